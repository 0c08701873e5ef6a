/** The compiled code and style of the pages: they lie beside the compiled program, or are built beside the source. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PageAssets } from '../page/page.ts';

export { pageText } from '../page/page.ts';

export function assetsOf(name: 'graph' | 'report' | 'runs' | 'problem'): PageAssets {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = join(here, 'page');
  const folder = existsSync(built) ? built : join(here, '..', '..', 'dist', 'page');
  const read = (ending: string) => readFileSync(join(folder, `${name}.${ending}`), 'utf8');
  return { script: read('js'), style: read('css') };
}
