/** Steps `apparmor:homes` and `apparmor:<profile>`: tunables first, then each profile of the project, checked and loaded. */

import type { PhxTask } from '../../src/config/project.ts';
import type { TaskContext } from '../../src/core/task.ts';
import type { Facts } from '../../src/proxmox/facts.ts';
import { apparmorTask } from '../guest/names.ts';
import { checkStaged, complaintOf, fileProbe, fileScope, keepFile, managedMark } from './files.ts';

const homesTask = 'hypervisor/apparmor:homes';
const homes = '/etc/apparmor.d/tunables/home.d/phx';
/** Every loaded profile, as `name (mode)`. */
const loaded = '/sys/kernel/security/apparmor/profiles';

export function homesStep(homeDirs: readonly string[]): PhxTask {
  return {
    id: homesTask,
    target: 'hypervisor',
    title: 'where homes are, for AppArmor',
    revision: '1',
    config: { homeDirs },
    dependencies: [],
    outputs: { homes: fileProbe(homes) },
    pools: ['apparmor'],
    touches: [fileScope(homes)],
    run: async (context) => {
      const dirs = context.config.homeDirs as readonly string[];
      if (await keepFile(context, homes, `${managedMark}\n@{HOMEDIRS}+=${dirs.join(' ')}\n`))
        await context.run(['systemctl', 'reload', 'apparmor.service'], { undo: 'again' });
      return undefined;
    },
  };
}

/** `text` is the project's file; it may hold several profiles, of which one has the name that it is kept under. */
export function profileStep(name: string, text: string, tunables: boolean): PhxTask {
  const path = `/etc/apparmor.d/${name}`;
  return {
    id: apparmorTask(name),
    target: 'hypervisor',
    title: `AppArmor profile ${name}`,
    revision: '1',
    config: {},
    texts: { profile: text },
    dependencies: tunables ? [{ task: homesTask, kind: 'result' }] : [],
    outputs: { file: fileProbe(path), loaded: (facts) => isLoaded(facts, name) || undefined },
    pools: ['apparmor'],
    touches: [fileScope(path), fileScope(loaded)],
    run: async (context) => {
      const wanted = `${managedMark}\n${context.texts.profile}`;
      if (context.facts().files.get(path) !== wanted) await check(context, name, wanted);
      const wrote = await keepFile(context, path, wanted);
      if (wrote || !isLoaded(context.facts(), name))
        await context.run(['apparmor_parser', '-r', '-W', path], { undo: 'again' });
      return undefined;
    },
  };
}

function isLoaded(facts: Facts, name: string): boolean {
  return (facts.files.get(loaded) ?? '').split('\n').some((line) => line.startsWith(`${name} (`));
}

/** `-Q -K`: compiled, but neither loaded nor kept (apparmor_parser(8)). */
async function check(context: TaskContext<Facts>, name: string, text: string): Promise<void> {
  await checkStaged(context, `apparmor.${name}`, text, (path) =>
    complaintOf(context, ['apparmor_parser', '-Q', '-K', path]),
  );
}
