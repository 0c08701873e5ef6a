/** What is in the way of a snapshot of a container, for tasks: said before a run in the same words. */

export { snapshotObstacle } from '../../src/proxmox/snapshot-obstacle.ts';
