/** Who is asked before guests are made anew. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAskedAbout, requireWholeGuests } from '../../src/cli/recreate-words.ts';

test('one guest that is named by its own id, on the twin, needs no question', () => {
  assert.equal(isAskedAbout([], ['hypervisor'], 'local'), false);
  assert.equal(isAskedAbout([950], ['ctid:950'], 'twin'), false);
  assert.equal(isAskedAbout([950], ['ctid:95*'], 'twin'), true);
  assert.equal(isAskedAbout([950], ['all'], 'twin'), true);
  assert.equal(isAskedAbout([950, 951], ['ctid:950', 'ctid:951'], 'twin'), true);
  assert.equal(isAskedAbout([950], ['ctid:950'], 'local'), true);
});

test('a part of a guest is refused', () => {
  assert.doesNotThrow(() => requireWholeGuests(['ctid:950', 'tag:gpu', 'all']));
  assert.throws(() => requireWholeGuests(['ctid:950', 'ctid:951/app']), /--recreate is for whole guests/);
});
