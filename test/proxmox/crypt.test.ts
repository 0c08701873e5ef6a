/** SHA-512 crypt, against hashes that OpenSSL made. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCryptOf, saltFrom, sha512Crypt } from '../../src/proxmox/crypt.ts';

const made: readonly (readonly [salt: string, password: string, hash: string])[] = [
  [
    ...(['saltstring', 'Hello world!'] as const),
    'svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
  ],
  [
    ...(['abcdefgh12345678', 'pä$$ wörd'] as const),
    'N/9FGHHMglaAHJ9.HMawFpVQYnhwj7eh9adJilQeNZDIb8Uzvr7P7AfROvYEFbMCjXvVmmB7ibsTnV5Nxnbfx1',
  ],
  [
    ...(['longsaltlongsalt', 'a'.repeat(130)] as const),
    'lLr2LvmnkL8vGOGeTqgG7tvI7fOKD3bPzINdI2Gd33uvGUbICWwAFHaZxI2hM7CsQe4UxK2ucswKMiw1BK.SQ0',
  ],
];

for (const [salt, password, hash] of made) {
  test(`a password of ${password.length} characters`, () => {
    assert.equal(sha512Crypt(password, salt), `$6$${salt}$${hash}`);
    assert.ok(isCryptOf(`$6$${salt}$${hash}`, password));
    assert.ok(!isCryptOf(`$6$${salt}$${hash}`, `${password} `));
  });
}

test('a hash of another kind is of no password, and a salt is what the alphabet has', () => {
  assert.ok(!isCryptOf('$y$j9T$salt$hash', 'x'));
  assert.equal(saltFrom('ab-c+/=d0123456789012345'), 'abcd012345678901');
});
