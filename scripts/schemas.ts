/** Writes the JSON Schemas for editors to config/schema. Run by `npm run schemas`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { jsonSchemas } from '../src/config/json-schema.ts';

const dir = new URL('../config/schema/', import.meta.url);
mkdirSync(dir, { recursive: true });
for (const [name, text] of jsonSchemas()) writeFileSync(new URL(name, dir), text);
