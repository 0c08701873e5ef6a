/** What a served page does beside showing its document: lead to the others, listen, and ask for a run. */

import type { Live, Running } from '../page/live.ts';
import { element } from './data.ts';

/** Links to the other pages. */
export function navigation({ here }: Live): HTMLElement {
  const link = (to: string, text: string, current: boolean) =>
    element('a', { href: to, 'aria-current': current ? 'page' : undefined }, text);
  return element(
    'nav',
    { 'aria-label': 'pages' },
    link('/', 'Graph', here === 'graph'),
    link('/runs', 'Runs', here !== 'graph'),
  );
}

export interface Listener {
  /** The project, or what is on the node, is no more what it was. */
  changed(): void;
  running?(running: Running): void;
  /** Whether phx is there. */
  connected(yes: boolean): void;
}

export function listen({ changed, running, connected }: Listener): void {
  const source = new EventSource('/events');
  let lost = false;
  source.addEventListener('open', () => {
    connected(true);
    // What happened meanwhile was not heard.
    if (lost) changed();
    lost = false;
  });
  source.addEventListener('error', () => {
    lost = true;
    connected(false);
  });
  source.addEventListener('changed', changed);
  source.addEventListener('running', (event) => running?.(JSON.parse(event.data as string) as Running));
}

const key = 'phx-token';

/** The token of the address, kept for this tab, and taken out of the address so that no picture shows it. */
export function takeToken(): string | undefined {
  const given = /[#&]token=([\w-]+)/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(key, given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(key) ?? undefined;
}

/** Asks for a run; answers what is in the way, or nothing. */
export async function askForRun(
  targets: readonly string[],
  token: string | undefined,
): Promise<string | undefined> {
  if (token === undefined) return 'Open the address that phx serve printed: it carries the token.';
  const response = await fetch('/run', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ targets }),
  });
  return response.ok ? undefined : (await response.text()).trim();
}
