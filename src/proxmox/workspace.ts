/** Where phx keeps what is its own on a node: one folder, so that a person sees at a glance what belongs to it. */

export const workspace = '/var/lib/phx';

/** The one copy of what a person had where phx now writes. */
export const backupOf = (path: string): string => `${workspace}/backup${path}`;

/** Where a text waits to be checked by the node's own tool before it goes live. */
export const stagePath = (name: string): string => `${workspace}/stage/${name}`;

/** Whether a file is only phx's own note or copy, of which a plan needs not tell; the parts of shared files are more. */
export function isOwnNote(path: string): boolean {
  return path.startsWith(`${workspace}/`) && !path.startsWith(`${workspace}/parts/`);
}

/** Where the parts of a shared file wait to be put together, one a task. */
export const partsFolder = (file: string): string => `${workspace}/parts/${file}`;
export const partPath = (file: string, name: string): string =>
  `${partsFolder(file)}/${encodeURIComponent(name)}`;

/** The former state of files on trial. */
export const restoreFolder = (name: string): string => `${workspace}/restore/${name}`;

/** What waits for a reboot, a line each: boot id at the time, task, why. */
export const rebootFile = `${workspace}/reboot`;

/** Cloud images, each under the file name of its url. */
export const imagesFolder = `${workspace}/images`;

/** Where the image of a url lies: VMs are made from it. */
export function imageFile(url: string): string {
  return `${imagesFolder}/${url.replace(/[?#].*$/, '').replace(/^.*\//, '')}`;
}

/** Where a download came from, and the sum that it was found to have: what says whether a file is still the wanted one. */
export const originPath = (kind: string, name: string): string =>
  `${workspace}/downloads/${kind}/${encodeURIComponent(name)}`;

/** How far a container is that is being made anew, and what it was before. */
export const recreatePath = (id: number): string => `${workspace}/recreate/${id}`;

/** What was begun to make a guest, until it stands. */
export const makingFolder = `${workspace}/making/`;
export const makingPath = (id: number): string => `${makingFolder}${id}`;

/** Scripts of a project, as they were sent. */
export const scriptPath = (step: string): string => `${workspace}/scripts/${step}`;

/** Marker of a task whose effect cannot be looked at: the digest of what it did. */
export const donePath = (step: string): string => `${workspace}/done/${encodeURIComponent(step)}`;

/** What phx gave an account besides what it had, a line each: only that is taken away again. */
export const givenPath = (account: string): string => `${workspace}/given/${account}`;

/** Values of API tokens, mode 0600: Proxmox shows them once. */
export const tokenPath = (id: string): string => `${workspace}/tokens/${id}`;

/** What is known of a guest's safety points: work since one, what was taken back, which backups are points. */
export const safetyPath = (id: number): string => `${workspace}/safety/${id}`;

/** What is known of the inside of a guest that the node does not see into. */
export const insidePath = (id: number): string => `${workspace}/inside/${id}`;
