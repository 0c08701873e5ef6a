/** The panel of the report: all that is known of how one task went. */

import { waitWords } from '../../page/findings.ts';
import type { ReportPage } from '../../page/report-page.ts';
import { element } from '../data.ts';
import { commandList, linkTo, outputOf, section } from '../panel.ts';
import { lengthWords } from '../words.ts';

const stateWords = {
  done: '✓ done',
  failed: '✗ failed',
  unfinished: '- unfinished: the run ended before it did',
} as const;

export function details(page: ReportPage, at: number, pick: (at: number) => void): Node[] {
  const task = page.tasks[at];
  if (task === undefined) return [];
  const {
    id,
    state,
    title,
    start,
    ms,
    usual,
    waited = 0,
    on,
    after,
    tries = 1,
    commands,
    files,
    said,
  } = task;
  const before = page.tasks.findIndex((other) => other.id === after);
  return [
    element('h2', {}, id),
    element('p', { class: 'verdict', 'data-state': state }, `${stateWords[state]}, ${lengthWords(ms)}`),
    ...(title === undefined ? [] : [element('p', { class: 'error' }, title)]),
    element(
      'ul',
      {},
      element('li', {}, `began ${lengthWords(start)} after the run`),
      ...(usual === undefined ? [] : [element('li', {}, `usually takes ${lengthWords(usual)}`)]),
      ...(waited > 0 && on !== undefined
        ? [element('li', {}, `waited ${lengthWords(waited)} ${waitWords(on)}`)]
        : []),
      ...(tries > 1 ? [element('li', {}, `tried ${tries} times`)] : []),
      ...(page.chain.includes(at)
        ? [element('li', {}, 'is one of those that the run took this long for')]
        : []),
    ),
    ...(before < 0
      ? []
      : [
          element(
            'p',
            {},
            'could go on after ',
            linkTo(after ?? '', () => pick(before)),
          ),
        ]),
    ...commandList(commands),
    ...section('files', files.length, () =>
      element('ul', {}, ...files.map((file) => element('li', {}, element('code', {}, file)))),
    ),
    ...outputOf(said),
  ];
}
