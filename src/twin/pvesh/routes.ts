/** Every path of Proxmox's interface that the twin answers. A table only; each part says itself what was recorded. */

import { accessRoutes } from './access.ts';
import { backupRoutes } from './backup-jobs.ts';
import { clusterRoutes } from './cluster.ts';
import { containerRoutes } from './containers.ts';
import { datacenterRoutes } from './datacenter.ts';
import { emptyRoutes } from './empty-lists.ts';
import { firewallRoutes } from './firewall/routes.ts';
import { haRoutes } from './ha.ts';
import { mappingRoutes } from './mappings.ts';
import { networkRoutes } from './network.ts';
import { nodeRoutes } from './node.ts';
import { nodeSettingRoutes } from './node-settings.ts';
import type { Route } from './route.ts';
import { storageRoutes } from './storages.ts';
import { vmRoutes } from './vms.ts';

export const routes: readonly Route[] = [
  ...accessRoutes,
  ...clusterRoutes,
  ...datacenterRoutes,
  ...mappingRoutes,
  ...nodeRoutes,
  ...nodeSettingRoutes,
  ...containerRoutes,
  ...vmRoutes,
  ...storageRoutes,
  ...backupRoutes,
  ...emptyRoutes,
  ...haRoutes,
  ...firewallRoutes,
  ...networkRoutes,
];
