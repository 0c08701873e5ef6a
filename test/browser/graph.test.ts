/** The page of a graph in a real browser: of the sample fleet, and of 2,000 tasks. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { GraphPage, GraphPageTask } from '../../src/page/graph-page.ts';
import { pageText } from '../../src/page/page.ts';
import { Project } from '../scenario/rig.ts';
import { tempFolder } from '../temp.ts';
import { look, looksWell, openBrowser, picture } from './browser.ts';

const browser = await openBrowser();
after(() => browser.close());

/** The sample fleet, built, and then one value edited. */
const fleet = (() => {
  const project = Project.fleet();
  project.run(['ctid:950']);
  const guest = 'config/guests/950-vllm-qwen2-5-7b-awq.json5';
  project.write(guest, project.read(guest).replace('memory: 72000', 'memory: 71000'));
  assert.equal(project.phx('graph', '--format', 'html', '-o', 'graph.html').code, 0);
  return join(project.root, 'graph.html');
})();

test('the sample fleet, with the panel of a task open', async () => {
  await looksWell(browser, fleet, 'graph');
  await looksWell(browser, fleet, 'graph-task', (page) =>
    page.click('[data-at][aria-label^="ctid:950/configure"]'),
  );
});

test('a task tells why, what it reads and leaves, how it ran last, and what it sent', async () => {
  const { page } = await look(browser, fleet);
  await page.click('[aria-label^="ctid:950/configure"]');
  const panel = page.locator('aside');
  assert.match((await panel.locator('.because').textContent()) ?? '', /memory: 72000 → 71000/);
  assert.match((await panel.locator('.commands').textContent()) ?? '', /pct set 950 --cores 6 /);
  // From there to what it waits for, and by the address back to it.
  await panel.getByRole('button', { name: 'ctid:950/define' }).click();
  assert.equal(await panel.locator('h2').textContent(), 'ctid:950/define');
  assert.match(page.url(), /#ctid%3A950%2Fdefine$/);
});

test('by keyboard alone: search, go to what was found, walk on, and clear', async () => {
  const { page } = await look(browser, fleet);
  await page.keyboard.press('/');
  await page.keyboard.type('950/');
  await page.keyboard.press('Enter');
  const title = page.locator('aside h2');
  assert.equal(await title.textContent(), 'ctid:950/define');
  await page.keyboard.press('Enter');
  assert.equal(await title.textContent(), 'ctid:950/configure');
  assert.match((await page.locator('[role=status]').textContent()) ?? '', /^\d+ of \d+ tasks$/);
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('aside').isVisible(), false);
  await page.locator('.task[tabindex="0"]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  assert.equal(await title.textContent(), 'ctid:950/firewall');
  await page.keyboard.press('ArrowLeft');
  assert.doesNotMatch((await page.locator(':focus').getAttribute('aria-label')) ?? '', /^ctid:950/);
});

test('filters by verdict', async () => {
  const { page } = await look(browser, fleet);
  await page.getByRole('button', { name: /^stale \d+$/ }).click();
  const found = await page
    .locator('.task[data-found]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-verdict')));
  assert.ok(found.length > 0);
  assert.deepEqual([...new Set(found)], ['stale']);
});

test('the way that an edit would take lights up: who reads it, and who reads what they leave', async () => {
  const { page } = await look(browser, fleet);
  await page.selectOption('select', 'templates/features/docker.sh.hbs');
  const lit = await page
    .locator('.task[data-lit]')
    .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  const ids = lit.map((label) => label?.replace(/, \w+$/, ''));
  assert.ok(ids.includes('ctid:902/feature:docker'));
  // A clone is made of what its source is.
  assert.ok(ids.includes('ctid:902/snapshot:sealed'));
  assert.ok(!ids.includes('ctid:900/feature:base_setup'));
  assert.ok((await page.locator('.edges path[data-kind]').count()) > 0);
  // An input of a task does the same.
  await page.keyboard.press('Escape');
  await page.click('[aria-label^="ctid:950/configure"]');
  await page.locator('aside summary', { hasText: 'reads' }).click();
  await page.locator('aside').getByRole('button', { name: 'memory', exact: true }).click();
  assert.match((await page.locator('[role=status]').textContent()) ?? '', /^An edit of memory: 1 read it/);
});

test('2,000 tasks are an overview first, and each of them can be found', async () => {
  const file = join(tempFolder(), 'large.html');
  const [script, style] = ['js', 'css'].map((ending) => readFileSync(`dist/page/graph.${ending}`, 'utf8'));
  writeFileSync(
    file,
    pageText({ title: 'large', data: largeGraph(200, 10), script: script ?? '', style: style ?? '' }),
  );
  const { page, complaints } = await look(browser, file);
  await picture(page, 'graph-large');
  await page.keyboard.press('/');
  await page.keyboard.type('ctid:1137/step9');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('aside h2').textContent(), 'ctid:1137/step9');
  assert.ok(await page.locator('[aria-current]').isVisible());
  assert.deepEqual(complaints, []);
});

/** Guests of so many chained tasks; one in ten is what the nine after it are cloned from. */
function largeGraph(guests: number, steps: number): GraphPage {
  const tasks: GraphPageTask[] = [];
  for (let guest = 0; guest < guests; guest++) {
    const target = `ctid:${1000 + guest}`;
    const source = guest % 10 === 0 ? undefined : (guest - (guest % 10)) * steps + steps - 1;
    for (let step = 0; step < steps; step++) {
      const before = step === 0 ? source : guest * steps + step - 1;
      const verdict = guest % 17 === 0 && step > 4 ? 'stale' : guest === 42 ? 'blocked' : 'fresh';
      tasks.push({
        ...{
          id: `${target}/step${step}`,
          title: `step ${step} of ${target}`,
          target,
          step: `step${step}`,
          verdict,
        },
        ...{
          because: verdict === 'stale' ? ['memory: 512 → 1024'] : [],
          reads: { memory: '512' },
          leaves: {},
        },
        waits: before === undefined ? [] : [{ task: before, kind: 'result' }],
      });
    }
  }
  return { name: 'large', host: 'twin', at: 0, tasks, edits: [], names: {} };
}
