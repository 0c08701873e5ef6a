/** Rewrites the record of what each kind of step sends; refuses where a step's revision has to be raised first. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { complaints, fixture, type Kind, kindsNow, unraised } from '../test/property/revisions.ts';

const was = existsSync(fixture)
  ? (JSON.parse(readFileSync(fixture, 'utf8')) as Readonly<Record<string, Kind>>)
  : {};
const now = await kindsNow();
const found = complaints(was, now);
const refused = found.filter((complaint) => complaint.includes(unraised));
for (const complaint of refused.length > 0 ? refused : found) console.log(complaint);
if (refused.length > 0) process.exitCode = 1;
else writeFileSync(fixture, `${JSON.stringify(now, null, 2)}\n`);
