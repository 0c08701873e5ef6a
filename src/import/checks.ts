/** Health checks and tests of the old files. Scripts of theirs that phx has in its own form are brought along as files. */

import type { Json } from '../core/json.ts';
import { handsSecret, type Old } from './ledger.ts';
import { dropAll } from './node-storage.ts';
import { read, whole } from './values.ts';
import type { Guest, Work } from './work.ts';

type Check = Readonly<Record<string, Json>>;

/** What one of the old scripts became. */
interface Known {
  readonly health?: (guest: Guest) => Check;
  readonly test?: (
    guest: Guest,
  ) => { readonly script: string; readonly args?: readonly string[]; readonly from?: string } | undefined;
}

const param = (guest: Guest, name: string): string | undefined => {
  const value = guest.draft.get(['app', 'params', name]);
  return value === undefined ? undefined : String(value);
};

/** Port and model of the server, where there is one. */
const served = (guest: Guest): readonly [string, string] | undefined => {
  const model = param(guest, 'served_model_name') ?? param(guest, 'model');
  return model === undefined ? undefined : [param(guest, 'port') ?? '8000', model];
};
const embeds = (guest: Guest): boolean =>
  guest.old.at('vllm_model_type')?.value === 'embedding' || /embed/i.test(param(guest, 'model') ?? '');

const known: Readonly<Record<string, Known>> = {
  'docker/check_docker_service.sh': { health: () => ({ unit: 'docker' }) },
  'docker/check_network_access.sh': { test: () => ({ script: 'docker-network.sh' }) },
  'docker/check_dns_resolution.sh': { test: () => ({ script: 'docker-network.sh' }) },
  'docker/test_docker_hello_world.sh': { test: () => ({ script: 'docker-hello.sh' }) },
  'docker/test_docker_storage_driver.sh': {
    test: (guest) => ({
      script: 'docker-storage.sh',
      args: [guest.kind === 'vm' ? 'overlay2' : 'fuse-overlayfs'],
    }),
  },
  'docker/test_apparmor_confinement.sh': {
    test: (guest) =>
      guest.kind === 'ct' ? { script: 'confined.sh', args: [String(guest.id)], from: 'node' } : undefined,
  },
  'vllm/test_vllm_context_window.py': {
    test: (guest) => {
      const [most, server] = [param(guest, 'max_model_len'), served(guest)];
      if (most === undefined || server === undefined) return undefined;
      return { script: 'model-context.sh', args: [...server, most, embeds(guest) ? 'embedding' : 'chat'] };
    },
  },
  'vllm/test_vllm_responsiveness.py': {
    test: (guest) => {
      const server = served(guest);
      return server && { script: embeds(guest) ? 'embedding.sh' : 'chat-completion.sh', args: [...server] };
    },
  },
};

/** Everything that asked whether a guest is well. */
export function checks(work: Work, guest: Guest): void {
  const { old, draft } = guest;
  const wells: Check[] = [];
  const tests: Check[] = [];
  if (old.at('health_check') || old.at('tests')) draft.set(['health'], { checks: [] });
  healthCheck(guest, old.at('health_check'), wells);
  for (const [, suite] of old.at('tests')?.each() ?? [])
    for (const one of suite.items()) carried(work, guest, one, wells, tests);
  if (old.at('tests')?.isEmpty) old.at('tests')?.drop('no test is named');
  for (const key of ['vllm', 'integration_tests', 'run_integration_tests'])
    dropAll(
      old.at(key),
      'nothing in the old system ever read it, and the script that it names did not exist',
    );
  if (wells.length > 0) draft.set(['health', 'checks'], wells);
  else draft.drop(['health']);
  if (tests.length > 0) draft.set(['tests'], tests);
}

function carried(work: Work, guest: Guest, old: Old, wells: Check[], tests: Check[]): void {
  const path = String(old.at('path')?.value ?? '');
  const one = known[path];
  const settle = (list: Check[], place: readonly string[], check: Check) => {
    const same = list.findIndex((other) => JSON.stringify(other) === JSON.stringify(check));
    const at = same >= 0 ? same : list.push(check) - 1;
    old
      .at('path')
      ?.repair(
        guest.draft.at([...place, at]),
        same >= 0 ? 'one check of phx does both' : 'a check of phx that asks the same',
      );
    old.at('name')?.drop('a check says itself what it is');
    old.at('type')?.drop('what a check is its key says: script, http, tcp …');
  };
  const test = one?.test?.(guest);
  const text = test && work.known.checks.get(test.script);
  if (one?.health) settle(wells, ['health', 'checks'], one.health(guest));
  else if (test && text !== undefined) {
    const script = `templates/checks/${test.script}`;
    work.extra.set(script, text);
    settle(tests, ['tests'], { ...test, script, ...(test.args ? { args: [...test.args] } : {}) });
  } else if (/dummy/i.test(path)) dropAll(old, 'it tried the runner of tests, and nothing of the guest');
  else
    dropAll(
      old,
      `nothing in the old system ran it. To keep it: copy the script into the project and say tests: [{ script: 'checks/${path.replace(/^.*\//, '') || '…'}' }]`,
    );
}

/** `health_check`: a command, and how often it is tried. */
function healthCheck(guest: Guest, old: Old | undefined, wells: Check[]): void {
  if (old === undefined) return;
  const said = old.at('command');
  const words = String(said?.value ?? '')
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (said === undefined || words.length === 0) {
    dropAll(old, 'it has no command');
    return;
  }
  if (handsSecret(words)) {
    const why =
      "a secret is in its command, which has no place in a file: health: { checks: [{ script: 'checks/….sh' }] }, which reads it from a file of the guest";
    said.conceal(why);
    guest.draft.note(['health'], `Not carried: ${why}.`);
    dropAll(old, 'its command is not carried');
    return;
  }
  const urls = words.filter((word) => /^https?:\/\/[^\s'"|&;]+$/.test(word));
  const isCurl =
    words[0] === 'curl' &&
    urls.length === 1 &&
    words.slice(1).every((word) => word === urls[0] || /^-{1,2}[\w-]+$/.test(word));
  const target = guest.draft.at(['health', 'checks', wells.length]);
  if (isCurl) wells.push({ http: urls[0] as string });
  else wells.push({ exec: words });
  if (isCurl) said.repair(target, 'phx asks by itself');
  else if (/["'|&;$<>`]/.test(words.join(' ')))
    said.doubt(
      target,
      "The old system split the command at blanks and ran it without a shell, as here; if it wants one: exec: ['sh', '-c', '…'].",
    );
  else said.repair(target, 'a word each');
  for (const [key, least] of [
    ['retries', 0],
    ['interval', 1],
  ] as const) {
    const number = read<number>(old.at(key), whole(least));
    if (number !== undefined) old.at(key)?.carry(guest.draft.set(['health', key], number));
  }
}
