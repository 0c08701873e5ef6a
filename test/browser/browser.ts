/** A page in a real Chromium without a window: what it logged, what axe-core has against it, and a picture to look at. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's, on the machine or unpacked by scripts/tools.mjs. */
const programs = ['/', process.env.PHX_TOOLS_ROOT ?? '/'].map((root) =>
  join(root, 'usr', 'lib', 'chromium', 'chromium'),
);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = resolve('.cache', 'pictures');

/** The widths that every page is looked at: a desk and a telephone. */
export const widths = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 780 } } as const;

/** One browser for a file of tests; the caller closes it. */
export function openBrowser(): Promise<Browser> {
  const program = programs.find((path) => existsSync(path));
  assert.ok(program, 'there is no chromium: node scripts/tools.mjs unpacks one');
  // The pages are our own, made a moment ago; root has no sandbox to offer.
  return chromium.launch({ executablePath: program, args: ['--no-sandbox'] });
}

export interface Look {
  readonly size?: keyof typeof widths;
  readonly scheme?: 'light' | 'dark';
}

export interface Looked {
  readonly page: Page;
  /** What stands on the console as an error or a warning, and what was thrown: to be empty at the end. */
  readonly complaints: string[];
  /** Everything that was asked of a network: of a self-contained page nothing but itself. */
  readonly requests: string[];
}

/** Opens a file or an address. */
export async function look(
  browser: Browser,
  target: string,
  { size = 'desk', scheme = 'light' }: Look = {},
): Promise<Looked> {
  const context = await browser.newContext({
    viewport: widths[size],
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(/^https?:/.test(target) ? target : pathToFileURL(target).href);
  return { page, complaints, requests };
}

/** What axe-core finds, each as `rule: selector`. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{
          violations: { id: string; nodes: { target: unknown[]; failureSummary?: string }[] }[];
        }>;
      };
    };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
  });
}

/** Whether something is wider than the window, so that one would have to scroll sideways. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { documentElement } = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document;
    return documentElement.scrollWidth > documentElement.clientWidth;
  });
}

/** Whatever the page is, at a desk by day and on a telephone by night: nothing on the console, nothing asked of a network, nothing wider
 * than the window, nothing that axe-core has against it. Keeps a picture of each. */
export async function looksWell(
  browser: Browser,
  target: string,
  name: string,
  act: (page: Page) => Promise<void> = async () => {},
  isOwn: (url: string) => boolean = () => false,
): Promise<void> {
  for (const [size, scheme] of [
    ['desk', 'light'],
    ['phone', 'dark'],
  ] as const) {
    const { page, complaints, requests } = await look(browser, target, { size, scheme });
    await act(page);
    await picture(page, `${name}-${size}-${scheme}`);
    const problems = await accessibilityProblems(page);
    assert.deepEqual(
      {
        complaints,
        problems,
        wide: await overflows(page),
        asked: requests.slice(1).filter((url) => !isOwn(url)),
      },
      { complaints: [], problems: [], wide: false, asked: [] },
      `${name}, ${size}, ${scheme}`,
    );
    await page.context().close();
  }
}

/** Keeps a picture of it in .cache/pictures, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}
