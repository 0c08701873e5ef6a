/** Lists that are empty on a node that stands alone and has none of what they are about (from the source of Proxmox VE 8.4). */

import { columns, printRows } from '../tables.ts';
import type { Route } from './route.ts';

const paths = [
  ...['/cluster/acme/plugins', '/cluster/config/nodes', '/cluster/ha/groups'],
  ...['/cluster/mapping/dir', '/cluster/mapping/usb', '/cluster/metrics/server', '/cluster/replication'],
  ...['/cluster/sdn/controllers', '/cluster/sdn/vnets', '/cluster/sdn/zones', '/nodes/{node}/apt/update'],
  ...['/nodes/{node}/replication', '/nodes/{node}/scan/zfs'],
];

export const emptyRoutes: readonly Route[] = paths.map((path) => ({
  path,
  get: { run: (call, given) => printRows(call, given, columns('id'), []) as undefined },
}));
