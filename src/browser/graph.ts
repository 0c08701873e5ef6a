/** The page of a graph. */

import type { GraphPage } from '../page/graph-page.ts';
import { element, readData } from './data.ts';

const { name, tasks } = readData<GraphPage>();
document.body.append(
  element(
    'main',
    {},
    element('h1', {}, name),
    element('ul', {}, ...tasks.map(({ id }) => element('li', {}, id))),
  ),
);
