/** Writes docs/config.md, every key of the configuration with its type, meaning and an example, from the schemas. Run by `npm run schemas`. */

import { writeFileSync } from 'node:fs';
import { configReference } from '../src/config/reference.ts';
import { exampleValues } from './example-values.ts';

writeFileSync(new URL('../docs/config.md', import.meta.url), configReference(await exampleValues()));
