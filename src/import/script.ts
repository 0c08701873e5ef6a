/**
 * `phx import script`: wraps a bash script as it stands as a template of a layer, or as a step of the node, and says what
 * can be seen to be in the way of running it twice. It is handed a text and answers texts.
 */

/** What the script becomes. */
export type ScriptKind = 'feature' | 'app' | 'task';

/** A script in its new form. */
export interface Wrapped {
  /** Path from the project's folder. */
  readonly path: string;
  readonly text: string;
  readonly warnings: readonly Warning[];
}

/** Something that is in the way of running a script twice. */
export interface Warning {
  /** From 1; none for the script as a whole. */
  readonly line?: number;
  readonly message: string;
}

const folders = { feature: 'templates/features', app: 'templates/apps', task: 'scripts' } as const;

/** `file` is what the script was called, for its description. */
export function wrapScript(text: string, kind: ScriptKind, name: string, file: string): Wrapped {
  const warnings = warningsOf(text, kind);
  if (kind === 'task') return { path: `${folders.task}/${name}.sh`, text, warnings };
  const head = { description: descriptionOf(text, file), requires: [], params: {}, provides: [], verify: [] };
  const metadata = JSON.stringify(head, null, 2).replaceAll('}}', '} }');
  return {
    path: `${folders[kind]}/${name}.sh.hbs`,
    text: `{{!-- phx\n${metadata}\n--}}\n${escapeTemplate(text)}`,
    warnings,
  };
}

/**
 * Text that renders to itself. A backslash before `{{` makes it plain; where one stands there already, the braces are said
 * by a helper, since two backslashes mean one and a value.
 */
export function escapeTemplate(text: string): string {
  return text.replace(/(\\*)\{\{/g, (_, slashes: string) =>
    slashes === '' ? '\\{{' : `${slashes}\\{{concat "{" "{"}}`,
  );
}

/** The first remark of the script, or its name. */
function descriptionOf(text: string, file: string): string {
  const remark = text
    .split(/\r?\n/)
    .slice(0, 15)
    .map((line) => /^#(?!!)\s*(?:File:|Description:)?\s*(\w.{9,})$/.exec(line)?.[1])
    .find((line) => line !== undefined && !/^[\w./-]+\.sh$/.test(line));
  return (remark ?? `${file}, as it was before phx.`)
    .replace(/[{}]|--/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 120);
}

interface Rule {
  readonly pattern: RegExp;
  /** Not where the line, or the script, has this. */
  readonly unless?: RegExp;
  readonly unlessAnywhere?: RegExp;
  readonly kinds?: readonly ScriptKind[];
  readonly message: string;
}

const inGuest: readonly ScriptKind[] = ['feature', 'app'];
const start = String.raw`(?:^|[;&|(]|\bthen|\bdo|\belse|\bsudo|\bif|!)\s*(?:\w+=\S*\s+)*`;
const word = (names: string) => new RegExp(`${start}(?:${names})(?![\\w.-])`);

const rules: readonly Rule[] = [
  {
    pattern:
      /phoenix_hypervisor_common_utils|\b(?:run_pct_command|run_qm_command|pct_exec|jq_get_value|jq_get_vm_value|log_(?:info|warn|error|fatal|debug|success|plain_output))\b/,
    unlessAnywhere: /^\s*(?:function\s+)?log_info\s*\(\)/m,
    message: 'it uses the helper library of the old system, which is not there',
  },
  {
    pattern: /\/usr\/local\/phoenix_hypervisor|\/tmp\/phoenix_run/,
    message: 'it names a folder of the old system',
  },
  {
    pattern: new RegExp(`${start}(?:source|\\.)\\s+\\S`),
    unless: /\/etc\/(?:os-release|profile|environment|default\/)/,
    message: 'it reads another file, which does not come along: make it one script',
  },
  {
    pattern: word('pct|qm|pvesm|pvesh|pveum|pveam|vzdump|ha-manager'),
    kinds: inGuest,
    message:
      'it is for the node: inside of a guest there are no tools of Proxmox. Wrap it as task:, or leave what stands behind pct exec',
  },
  {
    pattern: /\$\{?(?:[1-9@*]|#\}?(?=[\s\])"]))/,
    kinds: inGuest,
    message: 'it wants arguments, and gets none here',
  },
  { pattern: /\$\{?[1-9@*]/, kinds: ['task'], message: "it wants arguments: give them as args: ['…']" },
  {
    pattern: word(
      'apt(?:-get)?(?:\\s+-\\S+)*\\s+(?:\\S+\\s+)*?(?:install|upgrade|dist-upgrade|full-upgrade|remove|purge|autoremove)',
    ),
    unless: /\s(?:-y|-qq?y?|-yq+|--yes|--assume-yes)\b/,
    message: 'apt asks: say -y',
  },
  {
    pattern: word('read'),
    unless: /\bwhile\b|<<<|<\s*\S|\|\s*(?:while\s+)?(?:IFS=\S*\s+)?read/,
    message: 'it asks a person: standard input is closed here',
  },
  {
    pattern: word('reboot|shutdown|poweroff|halt|init\\s+6|systemctl\\s+(?:reboot|poweroff)'),
    message: 'it ends the machine that it runs on: phx does not wait for it',
  },
  { pattern: word('while\\s+(?:true|:)|until'), message: 'a wait without an end: give it a deadline' },
  {
    pattern: />>\s*["']?(?!&)[/$~\w]/,
    unless: /\.log\b|\$\{?LOG|\/dev\//,
    message: 'it appends: run twice, the line stands there twice. Ask with grep -q first',
  },
  {
    pattern: word('mkdir'),
    unless: /\s-\w*p|\|\|/,
    message: 'mkdir fails where the folder is there: say -p',
  },
  {
    pattern: word('ln\\s+-s'),
    unless: /\s-\w*f|\|\|/,
    message: 'ln fails where the link is there: say -sfn',
  },
  {
    pattern: word('useradd|adduser|groupadd|addgroup'),
    unless: /\|\||\bif\b/,
    unlessAnywhere: /\b(?:id|getent)\s/,
    message: 'it fails where the account is there: ask with getent first',
  },
  {
    pattern: word('git\\s+clone'),
    unless: /\|\||\bif\b/,
    unlessAnywhere: /\[\s*!?\s*-[de]\s/,
    message: 'it fails where the folder is there',
  },
  {
    pattern: /\bdocker\s+run\b.*--name/,
    unlessAnywhere: /docker\s+(?:rm|inspect|ps)\b/,
    message: 'a container of this name may be there already',
  },
  {
    pattern: word('zpool\\s+create|mkfs\\S*|wipefs|sgdisk'),
    message: 'it destroys what is on a disk, each time',
  },
  {
    pattern: /\b(?:curl|wget)\b[^|]*\|\s*(?:sudo\s+)?(?:ba)?sh\b/,
    message: 'what it fetches may be another thing tomorrow',
  },
  {
    pattern: /\b\w*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY)\w*=["']?[^\s"'$`(]{3,}/i,
    unless: /_FILE=|_PATH=/,
    message: 'a secret stands here in clear text: read it from a file of the guest',
  },
];

function warningsOf(text: string, kind: ScriptKind): Warning[] {
  const warnings: Warning[] = [];
  const code = text.split('\n').map((line) => line.replace(/^\s*#.*$/, '').replace(/\s#\s.*$/, ''));
  const whole = code.join('\n');
  if (text.includes('\r\n'))
    warnings.push({
      message: 'its lines end as in Windows: bash stumbles over that. Mend it with sed -i "s/\\r$//"',
    });
  if (!/^\s*set\s+(?:-\w*e|-o\s+errexit)/m.test(whole))
    warnings.push({
      message:
        kind === 'task'
          ? 'it has no set -e: a command that fails goes unnoticed, unless outputs tell'
          : 'it has no set -e: here it runs under set -euo pipefail, and ends at the first command that fails, or at a variable that nobody set',
    });
  for (const { pattern, unless, unlessAnywhere, kinds, message } of rules) {
    if ((kinds && !kinds.includes(kind)) || unlessAnywhere?.test(whole)) continue;
    const at = code.findIndex((line) => pattern.test(line) && !unless?.test(line));
    if (at >= 0) warnings.push({ line: at + 1, message });
  }
  return warnings;
}
