/** Every edit of the guests' files. */

import { ofConfig } from './all.ts';
import { prove } from './prove.ts';

await prove(ofConfig.filter(({ file }) => file.startsWith('config/guests/')));
