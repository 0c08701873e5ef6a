/** Every path of Proxmox's interface that the twin answers. A table only; each part says itself what was recorded. */

import { backupRoutes } from './backup-jobs.ts';
import { clusterRoutes } from './cluster.ts';
import { containerRoutes } from './containers.ts';
import type { Route } from './route.ts';
import { vmRoutes } from './vms.ts';

export const routes: readonly Route[] = [...clusterRoutes, ...containerRoutes, ...vmRoutes, ...backupRoutes];
