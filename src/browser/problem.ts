/** The page that stands where another one cannot be made: what is wrong, until it is mended. */

import type { ProblemPage } from '../page/live.ts';
import { element, readData, readLive } from './data.ts';
import { listen, navigation } from './live.ts';

const { title, text } = readData<ProblemPage>();
const live = readLive();
const status = element('p', { role: 'status' }, 'This page shows the graph as soon as that is mended.');
document.body.append(
  element('header', {}, ...(live ? [navigation(live)] : []), element('h1', {}, title)),
  element(
    'main',
    { class: 'problem' },
    element('pre', { tabindex: 0, role: 'region', 'aria-label': 'what is wrong' }, text),
    status,
  ),
);
listen({
  changed: () => location.reload(),
  connected: (yes) =>
    status.replaceChildren(
      yes ? 'This page shows the graph as soon as that is mended.' : 'phx serve has ended.',
    ),
});
