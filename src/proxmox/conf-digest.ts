/** The digest by which Proxmox tells that a guest's configuration is still the one that was looked at (F7, B22). Pure. */

import { sha1 } from '../core/digest.ts';

/** What to send as `--digest`; nothing for a text that did not come over byte by byte: it could never fit. */
export function digestToSend(text: string): string | undefined {
  return text.includes('\uFFFD') ? undefined : sha1(text);
}
