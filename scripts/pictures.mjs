/**
 * `npm run pictures`: the pictures of the README, made of the built phx on a copy of the sample fleet: a terminal, the graph
 * and the timeline of a run. Needs the Chromium that scripts/tools.mjs provides.
 */

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { provideTools, toolEnvironment } from './tools.mjs';

const repository = resolve(import.meta.dirname, '..');
const folder = join(repository, 'docs', 'pictures');
const project = mkdtempSync(join(tmpdir(), 'phx-pictures-'));
for (const part of ['config', 'templates', 'phoenixfile.ts'])
  cpSync(join(repository, part), join(project, part), { recursive: true });
mkdirSync(join(project, 'node_modules'));
symlinkSync(repository, join(project, 'node_modules', 'phoenix-orchestrator'), 'dir');

/** What phx prints there, with its colours. */
function phx(...words) {
  const env = { PATH: process.env.PATH, HOME: project, FORCE_COLOR: '1' };
  const program = join(repository, 'dist', 'phx.js');
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: project,
    env,
    encoding: 'utf8',
  });
  return stdout + stderr;
}

const colours = {
  1: 'font-weight: bold',
  2: 'color: #8b93a1',
  31: 'color: #ff8a80',
  32: 'color: #7fd394',
  33: 'color: #f2c469',
};

/** Text with the colours of a terminal as HTML. */
function htmlOf(text) {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is how a terminal is told of colours
  return escaped.replace(/\u001b\[(\d+)m/g, (_, code) =>
    code in colours ? `<span style="${colours[code]}">` : '</span>',
  );
}

function screen(...commands) {
  const shown = commands
    .map((words) => `<b>$ phx ${words.join(' ')}</b>\n${htmlOf(phx(...words))}`)
    .join('\n');
  return `<body style="margin:0;background:#14171c"><pre style="margin:0;padding:18px 22px;width:max-content;color:#e8eaee;font:14px/1.4 'DejaVu Sans Mono',monospace">${shown.trimEnd()}</pre>`;
}

async function shot(page, name) {
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(join('docs', 'pictures', `${name}.png`));
}

provideTools(['chromium']);
Object.assign(process.env, toolEnvironment());
const program = ['/', process.env.PHX_TOOLS_ROOT ?? '/']
  .map((root) => join(root, 'usr', 'lib', 'chromium', 'chromium'))
  .find((path) => existsSync(path));
if (program === undefined) throw new Error('there is no chromium on this machine');
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });

phx('run', 'all', '-q');
const memory = ['--set', 'guests.950.memory=65536'];
await page.setContent(
  screen(['run', 'ctid:950'], ['plan', 'ctid:950', ...memory], ['run', 'ctid:950', ...memory, '--plain']),
);
await page.setViewportSize(
  await page
    .locator('pre')
    .evaluate(({ offsetWidth, offsetHeight }) => ({ width: offsetWidth, height: offsetHeight })),
);
await shot(page, 'terminal');
await page.setViewportSize({ width: 1280, height: 800 });
phx('graph', '--format', 'html', '-o', 'graph.html', '--set', 'guests.952.memory=4096');
await page.goto(pathToFileURL(join(project, 'graph.html')).href);
await page.click('[aria-label^="ctid:952/configure"]');
await shot(page, 'graph');
const [first] = JSON.parse(phx('history', '--json', '-n', '50')).slice(-1);
phx('report', first?.run ?? '', '-o', 'report.html');
await page.goto(pathToFileURL(join(project, 'report.html')).href);
await shot(page, 'report');
await browser.close();
rmSync(project, { recursive: true });
