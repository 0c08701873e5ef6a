/** One HTML file with all that it needs inside: style, script and data. It asks no network for anything, and knows no phx. */

import { createHash } from 'node:crypto';
import type { Live } from './live.ts';

/** What the build makes of src/browser: the code of one page, and the style that all of them share. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

export interface Page extends PageAssets {
  readonly title: string;
  /** What the script reads, by `readData` of src/browser/data.ts. */
  readonly data: unknown;
  /** Of a page that phx serves, read by `readLive`. */
  readonly live?: Live;
}

/**
 * Nothing may be loaded or sent; a page that phx serves may ask its own address. The one style and the one script are known
 * by their digests: whatever the data says, none of it is ever run.
 */
function policyOf(style: string, script: string, connect: 'none' | 'self'): string {
  const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `style-src ${digest(style)}`,
    `script-src ${digest(script)}`,
    'img-src data:',
    `connect-src '${connect}'`,
  ].join('; ');
}

/** The text of the file. */
export function pageText(page: Page): string {
  const connect = page.live === undefined ? 'none' : 'self';
  const style = `\n${page.style.trim()}\n`;
  const script = `\n${page.script.trim().replaceAll('</script', '<\\/script')}\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policyOf(style, script, connect)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${asText(page.title)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page is drawn by the script within it, which this browser does not run.</noscript>
<script type="application/json" id="data">${asScriptData(page.data)}</script>
<script type="application/json" id="live">${asScriptData(page.live ?? null)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Escapes what stands between tags or in an attribute. */
export function asText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}

/** JSON that cannot end the element that it stands in, whatever its texts say. */
function asScriptData(data: unknown): string {
  return JSON.stringify(data)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}
