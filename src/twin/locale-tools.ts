/** Locales and certificates of the node (locale-gen, update-locale, update-ca-certificates), from their manuals. */

import { type Call, type Program, refuse } from './call.ts';
import { baseOf } from './files.ts';
import { nodeFile, removeNodeFile, writeNodeFile } from './node-files.ts';

/** The file that holds the locales that were made; here simply their names. */
const archive = '/usr/lib/locale/locale-archive';

/** Locales that need no file. */
const builtIn = ['C', 'POSIX', 'C.UTF-8'];

/** Makes every locale that stands in /etc/locale.gen without a comment sign. */
const localeGen: Program = (call) => {
  const wanted = (nodeFile(call.state, '/etc/locale.gen') ?? '')
    .split('\n')
    .map((line) => line.replace(/#.*$/, '').trim().split(/\s+/))
    .filter(([name = '']) => name !== '');
  call.out('Generating locales (this might take a while)...\n');
  for (const [name = '', charset] of wanted) {
    if (charset === undefined)
      return refuse(`error: Bad entry '${name} ' in /etc/locale.gen; should be 'locale charset'`, 1);
    call.out(`  ${name}... done\n`);
  }
  writeNodeFile(call.state, archive, wanted.map(([name]) => `${name}\n`).join(''));
  call.out('Generation complete.\n');
  return undefined;
};

function known(call: Call): string[] {
  const made = (nodeFile(call.state, archive) ?? '').split('\n').filter((name) => name !== '');
  return [...builtIn, ...made];
}

const locale: Program = (call) => {
  const names = known(call).map((name) => name.replace(/\.UTF-8$/, '.utf8'));
  if (call.args.includes('-a')) call.out(`${names.sort().join('\n')}\n`);
  return undefined;
};

/** `update-locale [--reset] NAME=value … NAME`: changes /etc/default/locale; a locale has to be made before. */
const updateLocale: Program = (call) => {
  const path = '/etc/default/locale';
  const before = call.args.includes('--reset') ? '' : (nodeFile(call.state, path) ?? '');
  const values = new Map<string, string>();
  for (const line of before.split('\n')) {
    const match = /^([A-Z_]+)="?([^"]*)"?$/.exec(line.trim());
    if (match) values.set(match[1] ?? '', match[2] ?? '');
  }
  for (const arg of call.args.filter((one) => !one.startsWith('-'))) {
    const [name = '', value] = arg.split('=');
    if (value === undefined || value === '') values.delete(name);
    else if (name === 'LANGUAGE' || known(call).includes(value)) values.set(name, value);
    else return refuse(`*** update-locale: Error: invalid locale settings:  ${arg}`, 255);
  }
  writeNodeFile(call.state, path, [...values].map(([name, value]) => `${name}=${value}\n`).join(''));
  return undefined;
};

/** Takes /usr/local/share/ca-certificates/*.crt over into /etc/ssl/certs. */
const updateCertificates: Program = (call) => {
  const paths = Object.keys(call.state.files);
  const sources = paths.filter((path) => /^\/usr\/local\/share\/ca-certificates\/.+\.crt$/.test(path));
  const target = (source: string) => `/etc/ssl/certs/${baseOf(source).replace(/\.crt$/, '.pem')}`;
  const targets = sources.map(target);
  const gone = paths.filter((path) => /^\/etc\/ssl\/certs\/.+\.pem$/.test(path) && !targets.includes(path));
  const fresh = targets.filter((path) => !paths.includes(path));
  for (const source of sources) writeNodeFile(call.state, target(source), nodeFile(call.state, source) ?? '');
  for (const path of gone) removeNodeFile(call.state, path);
  call.out(
    `Updating certificates in /etc/ssl/certs...\n${fresh.length} added, ${gone.length} removed; done.\nRunning hooks in /etc/ca-certificates/update.d...\ndone.\n`,
  );
  return undefined;
};

export const localeTools: Readonly<Record<string, Program>> = {
  locale,
  'locale-gen': localeGen,
  'update-ca-certificates': updateCertificates,
  'update-locale': updateLocale,
};
