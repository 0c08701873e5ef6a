/** `phx serve` in a real browser: what happens on the node shows at once, and only who has the token may have something run. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { Project } from '../scenario/rig.ts';
import { look, looksWell, openBrowser } from './browser.ts';

const browser = await openBrowser();
const served: ChildProcess[] = [];
after(async () => {
  await browser.close();
  for (const child of served) child.kill('SIGTERM');
});

/** Starts it; answers the address that it prints. */
async function serving(project: Project, ...words: string[]): Promise<string> {
  const child = project.start('serve', '--port', '0', ...words);
  served.push(child);
  assert.ok(child.stdout);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  assert.match(line, /^http:\/\/127\.0\.0\.1:\d+\//);
  return line;
}

const project = Project.fleet();
project.run(['ctid:900']);
const address = await serving(project);

test('graph, runs and a run look well', async () => {
  await looksWell(browser, address, 'serve-graph', undefined, (url) => url.startsWith(address));
  await looksWell(browser, `${address}runs`, 'serve-runs', undefined, (url) => url.startsWith(address));
});

test('a run that somebody starts elsewhere is seen while it goes on and when it has ended, without a reload', async () => {
  const { page, complaints } = await look(browser, address);
  const task = page.locator('[data-at][aria-label^="ctid:953/define"]');
  assert.equal(await task.getAttribute('data-verdict'), 'stale');
  await task.click();
  await page.locator('p.live', { hasText: 'live' }).waitFor();
  project.run(['ctid:953']);
  await page.locator('[aria-label="ctid:953/define, fresh"]').waitFor();
  await page.locator('p.live', { hasText: 'the run ended: ok' }).waitFor();
  // The panel that was open tells of it, too.
  await page.locator('aside .commands', { hasText: 'pct clone' }).waitFor();
  assert.deepEqual(complaints, []);
});

test('an edit shows what it makes stale; a mistake shows what is wrong, until it is mended', async () => {
  const { page } = await look(browser, address);
  await page.locator('p.live', { hasText: 'live' }).waitFor();
  const path = project.guest(953);
  const before = project.read(path);
  project.write(path, before.replace("kind: 'ct',", "kind: 'ct',\n  description: 'another one',"));
  await page.locator('[aria-label="ctid:953/configure, stale"]').waitFor();
  project.write(path, before.replace('memory: 4096', "memory: 'much'"));
  await page.locator('pre', { hasText: 'memory' }).waitFor();
  project.write(path, before);
  await page.locator('[aria-label="ctid:953/configure, fresh"]').waitFor();
});

test('runs lead to their timelines', async () => {
  const { page, complaints } = await look(browser, `${address}runs`);
  await page.getByRole('link', { name: 'phx run ctid:900' }).click();
  await page.locator('.figures', { hasText: 'ended' }).waitFor();
  await page.getByRole('link', { name: 'Graph' }).click();
  await page.locator('.card').first().waitFor();
  assert.deepEqual(complaints, []);
});

test('without --allow-run nothing can be run, with it only by the token, from a page of its own', async () => {
  const ask = (url: string, headers: Record<string, string> = {}) =>
    fetch(`${url}run`, { method: 'POST', headers, body: JSON.stringify({ targets: ['ctid:901'] }) });
  assert.equal((await ask(address)).status, 403);
  const allowed = await serving(project, '--allow-run');
  const [url = '', token = ''] = allowed.split('#token=');
  assert.equal((await ask(url)).status, 401);
  assert.equal((await ask(url, { authorization: `Bearer ${[...token].reverse().join('')}` })).status, 401);
  // A name of somebody else that leads here is refused, with the token and without.
  const { page } = await look(browser, allowed);
  const foreign = await page.request.get(url, { headers: { host: 'somebody.example' } });
  assert.equal(foreign.status(), 403);
});

test('who has the address with the token runs what the panel offers, and sees it come about', async () => {
  const allowed = await serving(project, '--allow-run');
  const { page } = await look(browser, allowed);
  assert.doesNotMatch(page.url(), /token/);
  await page.click('[data-at][aria-label^="ctid:901/define"]');
  await page.getByRole('button', { name: 'Run ctid:901', exact: true }).click();
  await page.locator('[aria-label="ctid:901/snapshot:sealed, fresh"]').waitFor();
});

test('a port that is taken is told, with the way out', () => {
  const port = new URL(address).port;
  const { code, err } = project.phx('serve', '--port', port);
  assert.equal(code, 1);
  assert.match(err, new RegExp(`Port ${port} of this machine cannot be had`));
});
