/** History in the files of one machine. */

import { join } from 'node:path';
import { FileHistory } from '../../src/history/files.ts';
import { tempFolder } from '../temp.ts';
import { keepsHistory } from './behaviour.ts';

keepsHistory('files', async () => {
  const history = new FileHistory({ folder: join(tempFolder(), 'journal'), isAtWork: () => false });
  return { writer: history, reader: history };
});
