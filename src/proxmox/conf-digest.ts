/** The digest by which Proxmox tells that a guest's configuration is still the one that was looked at (F7, B22). Pure. */

import { createHash } from 'node:crypto';

/** Of a conf file: its whole text, comments and snapshots included. */
export function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** What to send as `--digest`; nothing for a text that did not come over byte by byte: it could never fit. */
export function digestToSend(text: string): string | undefined {
  return text.includes('\uFFFD') ? undefined : sha1(text);
}
