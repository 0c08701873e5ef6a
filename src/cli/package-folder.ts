/** Where the folders lie that come with phx: beside its compiled code, or beside its source. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageFolder(name: 'templates' | 'starter' | 'docs'): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, '..', name);
  return existsSync(built) ? built : join(here, '..', '..', name);
}
