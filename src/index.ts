/** What a `phoenixfile.ts`, and a plugin, import from `phoenix-orchestrator`. What is here keeps its meaning. */

export { guestTasks, nodeTasks } from '../tasks/cluster/nodes.ts';
export { addressOf, nameOf } from '../tasks/guest/address.ts';
export { hypervisor } from '../tasks/hypervisor/index.ts';
export { type ScriptSettings, script } from '../tasks/hypervisor/script.ts';
export { lxc } from '../tasks/lxc/index.ts';
export { vm } from '../tasks/vm/index.ts';
export {
  type Feature,
  type FeatureDefinition,
  type FeatureLine,
  type FeatureParam,
  feature,
} from './config/feature.ts';
export type * from './config/fleet.ts';
export {
  blocked,
  type Given,
  type PluginDefinition,
  plugin,
  type Refusal,
  refuse,
  type SettingCheck,
  type TaskConfig,
  type TaskDefinition,
  task,
} from './config/plugin.ts';
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
