/** Edits of every template and every script. */

import { ofTemplates } from './all.ts';
import { prove } from './prove.ts';

await prove(ofTemplates);
