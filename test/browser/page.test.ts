/** The frame of every page: nothing that data says becomes markup or is run, and nothing is asked of a network. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { GraphPage } from '../../src/page/graph-page.ts';
import { pageText } from '../../src/page/page.ts';
import { tempFolder } from '../temp.ts';
import { accessibilityProblems, look, openBrowser } from './browser.ts';

const browser = await openBrowser();
after(() => browser.close());

test('texts that would end an element, or be a script, are shown as they are', async () => {
  const nasty = '</script><script>document.title = "taken"</script><img src=x onerror="document.title = 1">';
  const data: GraphPage = {
    ...{ name: nasty, host: nasty, at: 0, edits: [{ file: nasty, tasks: [0] }], names: { [nasty]: nasty } },
    tasks: [
      {
        ...{ id: nasty, title: nasty, target: nasty, step: nasty, verdict: 'stale' },
        ...{ because: [nasty], waits: [], reads: { [nasty]: nasty }, leaves: { [nasty]: nasty } },
      },
    ],
  };
  const file = join(tempFolder(), 'page.html');
  const script = readFileSync('dist/page/graph.js', 'utf8');
  const style = readFileSync('dist/page/graph.css', 'utf8');
  writeFileSync(file, pageText({ title: nasty, data, script, style }));
  const { page, complaints, requests } = await look(browser, file);
  assert.equal(await page.title(), nasty);
  assert.equal(await page.textContent('h1'), nasty);
  await page.locator('.task').click();
  assert.equal(await page.textContent('aside h2'), nasty);
  assert.equal(await page.locator('img').count(), 0);
  assert.deepEqual(complaints, []);
  assert.equal(requests.length, 1);
  assert.deepEqual(await accessibilityProblems(page), []);
});
