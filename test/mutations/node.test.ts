/** Every edit of the node's file, of the defaults and of the profiles. */

import { ofConfig } from './all.ts';
import { prove } from './prove.ts';

await prove(ofConfig.filter(({ file }) => !file.startsWith('config/guests/')));
