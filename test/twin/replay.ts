/** Replays a recording of a real Proxmox VE against a fresh twin and tells every difference that counts. */

import { readFileSync } from 'node:fs';
import { openTwin, type Twin } from '../../src/twin/twin.ts';

export interface Step {
  readonly argv?: readonly string[];
  readonly do?: 'write' | 'append' | 'sleep';
  readonly path?: string;
  readonly text?: string;
  readonly stdin?: string;
  readonly exit?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly parallelWith?: readonly number[];
  readonly ms?: number;
  readonly signal?: { readonly name: string };
  readonly after?: Readonly<Record<string, unknown>>;
}

export interface Recording {
  readonly scenario: string;
  readonly steps: readonly Step[];
}

export interface ReplayOptions {
  /** Steps that show something the twin does not claim (other tools, another shell, artefacts of the machine). */
  readonly skip?: readonly number[];
  /** Steps that only have to end alike; what they print is not compared. */
  readonly exitOnly?: readonly number[];
  /** Steps that print more on standard output than the twin claims to; exit and standard error are compared. */
  readonly errOnly?: readonly number[];
  /** Files that the recorded machine had, and no step makes. */
  readonly files?: Readonly<Record<string, string>>;
  /** The same request through a program that the twin has: step → command line. */
  readonly instead?: Readonly<Record<number, string>>;
}

const storageCfg = `dir: local
\tpath /var/lib/vz
\tcontent rootdir,snippets,import,vztmpl,images,iso,backup

btrfs: local-btrfs
\tpath /mnt/btrfs
\tcontent rootdir,images

btrfs: tank
\tpath /mnt/btrfs2
\tcontent rootdir,images

`;

/** The node of the recordings: its storages and its two templates. */
export async function recordedNode(): Promise<Twin> {
  let now = Date.UTC(2025, 0, 1);
  let seed = 1;
  const twin = openTwin({
    killRun: () => {},
    hardware: {
      node: 'pve',
      memory: 23_552,
      disks: [],
      gpus: 0,
      address: '10.77.0.1/24',
      gateway: '10.77.0.1',
    },
    clock: () => {
      now += 1000;
      return now;
    },
    random: () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
  });
  await twin.writeFile('/etc/pve/storage.cfg', storageCfg);
  await twin.run({ argv: ['pve-firewall', 'stop'] });
  for (const name of ['alpine-3.20-default_20240908_amd64.tar.gz', 'debian-12-standard_12.7-1_amd64.tar.zst'])
    await twin.run({ argv: ['pveam', 'download', 'local', name] });
  return twin;
}

export function loadRecording(name: string): Recording {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/pve/${name}.json`, import.meta.url), 'utf8'),
  ) as Recording;
}

/** Placeholders with a number stand for one value throughout a scenario. */
class Placeholders {
  readonly #known = new Map<string, string>();
  /** Archives as the twin named them; a recording has `<TIME>` there. */
  readonly #archives: string[] = [];

  learnArchives(text: string): void {
    const freed = /^Removed volume '\S+:backup\/(\S+)'$/m.exec(text)?.[1];
    if (freed !== undefined)
      this.#archives.splice(0, Infinity, ...this.#archives.filter((name) => name !== freed));
    for (const [name] of text.matchAll(/vzdump-lxc-\d+-[\d_-]+\.tar(\.\w+)?/g))
      if (!this.#archives.includes(name)) this.#archives.push(name);
  }

  /** Puts known values into a text that the scenario passes in. */
  fill(text: string): string {
    const archived = text.replace(
      /(vzdump-lxc-\d+-)<TIME>(\.tar(?:\.(?:zst|gz|lzo))?)/,
      (whole, stem: string, end: string) => {
        const known = this.#archives.find((name) => name.startsWith(stem) && name.endsWith(end));
        return known ?? whole.replace('<TIME>', '2025_01_01-00_00_00');
      },
    );
    return archived.replace(/<[A-Za-z]+\d+(:[^>]*)?>/g, (token) => this.#known.get(token) ?? token);
  }

  /** Is `got` what `want` describes? Learns the values of new placeholders. */
  matches(want: string, got: string): boolean {
    const tokens: string[] = [];
    const pattern = literal(want).replace(
      /<([A-Za-z]+)(\d*)(:[^>]*)?>/g,
      (token, kind: string, number: string) => {
        const known = number === '' ? undefined : this.#known.get(token);
        if (known !== undefined) return literal(known);
        tokens.push(number === '' ? '' : token);
        return shapes[kind] ?? '(.+?)';
      },
    );
    const found = new RegExp(`^${pattern}$`).exec(got);
    if (!found) return false;
    tokens.forEach((token, at) => {
      if (token !== '') this.#known.set(token, found[at + 1] ?? '');
    });
    return true;
  }
}

const shapes: Readonly<Record<string, string>> = {
  MAC: '((?:[0-9A-F]{2}:){5}[0-9A-F]{2})',
  mac: '((?:[0-9a-f]{2}:){5}[0-9a-f]{2})',
  DIGEST: '([0-9a-f]{40})',
  UUID: '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})',
  PID: '(\\d+)',
  TIME: '(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d|\\d{4}_\\d\\d_\\d\\d-\\d\\d_\\d\\d_\\d\\d|\\d+)',
};

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Every difference between the recording and the twin, one line each; empty when the twin answers alike. */
export async function replay(recording: Recording, options: ReplayOptions = {}): Promise<string[]> {
  const twin = await recordedNode();
  for (const [path, text] of Object.entries(options.files ?? {})) await twin.writeFile(path, text);
  const holders = new Placeholders();
  const differences: string[] = [];
  const { steps } = recording;
  for (let at = 0; at < steps.length; at++) {
    const group = [at, ...(steps[at]?.parallelWith ?? []).filter((other) => other > at)];
    const outcomes = await Promise.all(
      group.map((index) => play(twin, asked(steps[index], options.instead?.[index]), holders)),
    );
    group.forEach((index, n) => {
      const step = steps[index];
      const outcome = outcomes[n];
      if (!step?.argv || !outcome || group.length > 1 || options.skip?.includes(index)) return;
      const tell = (what: string, want: string, got: string) =>
        differences.push(
          `[${index}] ${step.argv?.join(' ')}: ${what} want ${JSON.stringify(want)} got ${JSON.stringify(got)}`,
        );
      if (!sameExit(step, outcome.exit)) tell('exit', String(step.exit), `${outcome.exit} ${outcome.stderr}`);
      if (options.exitOnly?.includes(index)) return;
      for (const stream of ['stdout', 'stderr'] as const) {
        if (stream === 'stdout' && options.errOnly?.includes(index)) continue;
        const want = step[stream] ?? '';
        if (!sameLines(want, outcome[stream], holders)) tell(stream, want, outcome[stream]);
      }
    });
    at = group.at(-1) ?? at;
    const last = steps[at];
    if (last?.after && group.length === 1 && !options.skip?.includes(at))
      differences.push(...(await compareAfter(twin, at, last.after, holders)));
  }
  return differences;
}

function asked(step: Step | undefined, line: string | undefined): Step | undefined {
  return step && line !== undefined ? { ...step, argv: line.split(' ') } : step;
}

async function play(twin: Twin, step: Step | undefined, holders: Placeholders) {
  const path = step?.path ?? '';
  const text = holders.fill(step?.text ?? '');
  if (step?.do === 'write') await twin.writeFile(path, text);
  if (step?.do === 'append') await twin.writeFile(path, `${(await twin.readFile(path)) ?? ''}${text}`);
  if (step?.do === 'sleep') await twin.time.sleep((step.ms ?? 0) * 10);
  if (!step?.argv) return undefined;
  if (step.signal?.name === 'SIGKILL')
    twin.addFault({ match: step.argv.slice(0, 3).join(' '), nth: 1, kill: 'during' });
  const stdin = step.stdin === undefined ? {} : { stdin: step.stdin };
  const ended = new AbortController();
  const running = twin.run({
    argv: step.argv.map((word) => holders.fill(word)),
    ...stdin,
    signal: ended.signal,
  });
  if (step.signal?.name === 'SIGTERM' && step.argv[0] === 'qm') ended.abort();
  const outcome = await running;
  holders.learnArchives(outcome.stdout);
  return outcome;
}

/** Only `pct exec` gives numbers that mean something (B1, B11). */
function sameExit(step: Step, exit: number): boolean {
  const verbatim = step.argv?.[1] === 'exec' && !(step.stderr ?? '').includes('Configuration file');
  return verbatim ? exit === step.exit : (exit === 0) === (step.exit === 0);
}

const volatileLine = /^(disk|diskread|diskwrite|maxdisk|mem|netin|netout|swap|uptime|pid|cpu): /;

/** Compares line by line: `<progress>` stands for one or more lines, figures of `status --verbose` are volatile. */
function sameLines(want: string, got: string, holders: Placeholders): boolean {
  const wanted = tidy(want);
  const given = tidy(got);
  let at = 0;
  for (let n = 0; n < wanted.length; n++) {
    const line = wanted[n] ?? '';
    if (line === '<progress>') {
      const next = wanted[n + 1];
      at++;
      while (at < given.length && (next === undefined || !holders.matches(next, given[at] ?? ''))) at++;
      continue;
    }
    const found = given[at++];
    if (found === undefined) return false;
    const key = volatileLine.exec(line)?.[0];
    if (key !== undefined ? !found.startsWith(key) : !holders.matches(line, found)) return false;
  }
  return at === given.length;
}

/** Lines without what the recordings call volatile: Perl's positions, lxc's own words, usage after its first line. */
function tidy(text: string): string[] {
  return text
    .replace(/^Use of uninitialized value .*\n/gm, '')
    .replace(/ at \/usr\/share\/perl5\/\S+ line \d+\.?/g, '')
    .replace(/creation-qemu=[\d.]+/g, 'creation-qemu=…')
    .replace(/^(runningmachine|runningcpu): .*$/gm, '$1: …')
    .replace(/^(completed saving the VM state in).*$/gm, '$1')
    .replace(/^\[\{.*\}\]$/gm, (list) =>
      JSON.stringify((JSON.parse(list) as unknown[]).map((one) => JSON.stringify(one)).sort()),
    )
    .replace(/^(INFO: starting new backup job: ).*$/gm, '$1…')
    .replace(
      /^(INFO: (?:Total bytes written|archive file size|guest is online again after|Finished Backup)).*$/gm,
      '$1',
    )
    .replace(/^(\S+:backup\/\S+ +\S+ +backup) .* (\d+)$/gm, '$1 $2')
    .replace(/^(Volid +Format +Type) .*$/gm, '$1')
    .replace(/^lxc-attach: .* - Failed to exec/gm, 'lxc-attach: Failed to exec')
    .split('\n')
    .map((line) =>
      line.replace(
        /^\tcontent .*$/,
        (content) => `\tcontent ${content.slice(9).split(',').sort().join(',')}`,
      ),
    )
    .map((line) =>
      line
        .replace(/^(\S+ +(?:dir|btrfs|zfspool|lvmthin|lvm) +(?:active|disabled|inactive)).*$/, '$1')
        .replace(/ +/g, ' '),
    );
}

async function compareAfter(
  twin: Twin,
  at: number,
  after: Readonly<Record<string, unknown>>,
  holders: Placeholders,
): Promise<string[]> {
  const differences: string[] = [];
  for (const [key, want] of Object.entries(after)) {
    if (key === 'status') {
      const got: Record<string, string> = {};
      for (const guest of twin.describe().guests) got[guest.id] = guest.status;
      const wanted = Object.fromEntries(Object.entries(want as Record<string, string>));
      if (JSON.stringify(got) !== JSON.stringify(wanted))
        differences.push(`[${at}] status want ${JSON.stringify(wanted)} got ${JSON.stringify(got)}`);
    } else if (
      key.startsWith('lxc/') ||
      key.startsWith('qemu-server/') ||
      key === 'storage.cfg' ||
      key === 'user.cfg' ||
      key === 'jobs.cfg' ||
      key.startsWith('firewall/')
    ) {
      const got = await twin.readFile(`/etc/pve/${key}`);
      const same =
        typeof want === 'string' ? got !== undefined && sameLines(want, got, holders) : got === undefined;
      if (!same) differences.push(`[${at}] ${key} want ${JSON.stringify(want)} got ${JSON.stringify(got)}`);
    } else if (key === 'volumes')
      differences.push(...(await compareVolumes(twin, at, want as Record<string, number | false | null>)));
  }
  return differences;
}

async function compareVolumes(
  twin: Twin,
  at: number,
  want: Readonly<Record<string, number | false | null>>,
): Promise<string[]> {
  const differences: string[] = [];
  for (const [volid, size] of Object.entries(want)) {
    if (volid.endsWith('.subvol')) continue;
    const { stdout } = await twin.run({ argv: ['pvesm', 'list', volid.split(':')[0] ?? ''] });
    // A linked clone in a directory is listed with its base before it.
    const listed = stdout.replace(/:\d+\/base-[^/]+\/(?=\d+\/)/g, ':').split('\n');
    const there = listed.some((line) => line.startsWith(`${volid} `));
    if (there !== (size !== false)) differences.push(`[${at}] volume ${volid} want ${size} got ${there}`);
  }
  return differences;
}
