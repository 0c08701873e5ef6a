/** The page of a past run in a real browser: of the sample fleet, one command of which failed. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Project } from '../scenario/rig.ts';
import { look, looksWell, openBrowser } from './browser.ts';

const browser = await openBrowser();
after(() => browser.close());

const project = Project.fleet();
project.phx('twin', 'fault', 'pct set 953', '--exit', '255', '--stderr', 'unable to write');
assert.equal(project.phx('run', 'all', '--keep-going').code, 1);
const told = project.phx('report', '-o', 'report.html', '--trace', 'trace.json');
const file = join(project.root, 'report.html');

test('the summary says how it came out, what failed, and what it took its time for', () => {
  assert.equal(told.code, 0, told.err);
  assert.match(told.out, /^phx run all: ended: failed, \d+ done, 1 failed/);
  assert.match(told.out, /\nfailed\n {2}ctid:953\/configure: pct set failed/);
  assert.match(told.out, /\nwhat it took this long for: /);
  assert.ok(JSON.parse(project.read('trace.json')));
});

test('the page of the run, with the panel of a task open', async () => {
  await looksWell(browser, file, 'report');
  await looksWell(browser, file, 'report-task', (page) => page.click('[aria-label^="ctid:900/define"]'));
});

test('what failed is named above, leads to the task, and to what it waited for', async () => {
  const { page } = await look(browser, file);
  await page.locator('.findings').getByRole('button', { name: 'ctid:953/configure' }).click();
  const panel = page.locator('aside');
  assert.equal(await panel.locator('h2').textContent(), 'ctid:953/configure');
  assert.match((await panel.locator('.commands').textContent()) ?? '', /pct set 953 .*exit 255/);
  await panel.getByRole('button', { name: 'ctid:953/' }).click();
  assert.match((await panel.locator('h2').textContent()) ?? '', /^ctid:953\//);
});

test('by keyboard: search, walk, zoom, the longest chain, and back', async () => {
  const { page } = await look(browser, file);
  await page.keyboard.press('/');
  await page.keyboard.type('900/def');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('aside h2').textContent(), 'ctid:900/define');
  const width = () => page.locator('.chart').evaluate((chart) => chart.clientWidth);
  const before = await width();
  await page.locator('[aria-current]').focus();
  await page.keyboard.press('+');
  assert.ok((await width()) > before * 1.5);
  await page.keyboard.press('f');
  assert.equal(await width(), before);
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await page.locator(':focus').getAttribute('aria-label'), null);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('aside').isVisible(), false);
  await page.getByRole('button', { name: 'Longest chain' }).click();
  assert.ok((await page.locator('.span[data-chain]').count()) > 5);
});
