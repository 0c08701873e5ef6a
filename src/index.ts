/** What a `phoenixfile.ts` imports from `phoenix-orchestrator`. */

export { hypervisor } from '../tasks/hypervisor/index.ts';
export { type ScriptSettings, script } from '../tasks/hypervisor/script.ts';
export { lxc } from '../tasks/lxc/index.ts';
export { vm } from '../tasks/vm/index.ts';
export type * from './config/fleet.ts';
export {
  definePhoenix,
  type Phoenix,
  type PhxTask,
  type Plugin,
  type PluginInput,
} from './config/project.ts';
export type { Dependency, Probe, Task, TaskContext } from './core/task.ts';
export { unseen } from './core/task.ts';
export type { Facts } from './proxmox/facts.ts';
