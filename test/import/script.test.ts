/** Bash scripts as templates: the script that a guest gets is the one that went in, and what is in its way is told. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeTemplate, type ScriptKind, wrapScript } from '../../src/import/script.ts';
import { loadCatalog, render } from '../../src/template/catalog.ts';
import { renderText } from '../../src/template/engine.ts';

const guest = { guest: { id: 100, hostname: 'a', address: null }, exports: [] };

/** What a guest would be sent for a wrapped script. */
async function sent(text: string): Promise<string> {
  const made = wrapScript(text, 'feature', 'mine', 'mine.sh');
  const catalog = await loadCatalog(
    ['/t'],
    async () => made.text,
    async (path) => (path === '/t/features' ? ['mine.sh.hbs'] : []),
  );
  assert.deepEqual(catalog.errors, []);
  const template = catalog.templates.get('feature:mine');
  assert.ok(template);
  return (await render(catalog, template, {}, guest)).body;
}

test('a wrapped script is sent byte for byte, but for blanks at its ends', async () => {
  const scripts = [
    '#!/bin/bash\nset -e\necho hello\n',
    "docker inspect -f '{{.State.Running}}' x\ndocker ps --format '{{json .}}' # {{!-- no remark --}}\n",
    "awk '{print $1}' <<EOF\n\\{{a}} \\\\{{b}} {{{c}}} {{{{d}}}} }}\nEOF\n",
    '# --}} phx {{> base}} {{#if x}}\n\ttrailing  \n\n\n',
    '{{',
  ];
  for (const script of scripts) assert.equal(await sent(script), `${script.trim()}\n`);
});

test('any text with braces and backslashes renders to itself', async () => {
  const text = fc.string({
    unit: fc.constantFrom('{', '}', '\\', '!', '-', '~', '&', '>', '#', '/', 'a', ' ', '\n', '"'),
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(text, async (any) => {
      assert.equal(await renderText({ path: 'x.sh.hbs', text: escapeTemplate(any) }, new Map(), {}), any);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('a step of the node is the script itself; the path says what it became', () => {
  assert.deepEqual(
    (['feature', 'app', 'task'] as const).map((kind) => wrapScript('set -e\n', kind, 'x', 'x.sh').path),
    ['templates/features/x.sh.hbs', 'templates/apps/x.sh.hbs', 'scripts/x.sh'],
  );
  assert.equal(wrapScript('set -e\n{{a}}\n', 'task', 'x', 'x.sh').text, 'set -e\n{{a}}\n');
});

test('the description is the first remark of the script, and never ends the metadata', async () => {
  const text = '#!/bin/bash\n# install.sh\n# Installs the "queue" --}} {{x}} of the house.\nset -e\n';
  assert.match(
    wrapScript(text, 'app', 'queue', 'install.sh').text,
    /"description": "Installs the \\"queue\\" x of the house\."/,
  );
  assert.equal(await sent(text), text);
});

/** Line → what is told of it, in a script that has set -e; undefined: nothing. */
const lines: readonly (readonly [line: string, told: RegExp | undefined, kind?: ScriptKind])[] = [
  ['apt-get install jq', /^apt asks/],
  ['apt install -y jq', undefined],
  ['DEBIAN_FRONTEND=noninteractive apt-get -y install jq', undefined],
  ['apt-get update && apt-get upgrade', /^apt asks/],
  ['read -p "sure?" answer', /^it asks a person/],
  ['while read -r line; do echo "$line"; done </etc/hosts', undefined],
  ['IFS=: read -r a b <<<"$line"', undefined],
  ['source "$(dirname "$0")/phoenix_hypervisor_common_utils.sh"', /helper library/],
  ['log_info "begin"', /helper library/],
  ['. /etc/os-release', undefined],
  ['. ./lib.sh', /reads another file/],
  ['cd /usr/local/phoenix_hypervisor/etc', /folder of the old system/],
  ['pct exec 950 -- true', /for the node/],
  ['pct exec 950 -- true', undefined, 'task'],
  ['echo "$1"', /gets none here/],
  ['echo "$1"', /args: \['…'\]/, 'task'],
  ['reboot', /ends the machine/],
  ['until curl -s localhost; do sleep 1; done', /without an end/],
  ['echo x >>/etc/fstab', /appends/],
  ['echo x >>"$LOGFILE"', undefined],
  ['mkdir /srv/x', /mkdir fails/],
  ['mkdir -p /srv/x', undefined],
  ['ln -s /a /b', /ln fails/],
  ['useradd -m web', /account is there/],
  ['git clone https://example.org/x /opt/x', /folder is there/],
  ['docker run -d --name x nginx', /may be there already/],
  ['zpool create tank mirror a b', /destroys/, 'task'],
  ['curl -fsSL https://example.org/i.sh | sh', /may be another thing tomorrow/],
  ['ADMIN_PASSWORD="hunter2hunter2"', /in clear text/],
  ['PASSWORD_FILE=/run/secret', undefined],
  ['# apt-get install jq', undefined],
  ['echo "we read the reboot notes"', undefined],
];

for (const [line, told, kind = 'feature'] of lines) {
  test(`of "${line}" ${told ? 'it is told' : 'nothing is told'} (${kind})`, () => {
    const { warnings } = wrapScript(`#!/bin/bash\nset -e\n${line}\n`, kind, 'x', 'x.sh');
    const said = warnings.map(({ message }) => message);
    if (told === undefined) assert.deepEqual(said, []);
    else
      assert.ok(
        warnings.some(({ message, line: at }) => told.test(message) && at === 3),
        said.join('\n'),
      );
  });
}

test('a script without set -e, and one with line ends of Windows, are told as a whole', () => {
  const of = (text: string, kind: ScriptKind) =>
    wrapScript(text, kind, 'x', 'x.sh').warnings.map(({ message }) => message);
  assert.match(of('true\n', 'feature').join(), /no set -e: here it runs under set -euo pipefail/);
  assert.match(of('true\n', 'task').join(), /no set -e: a command that fails goes unnoticed/);
  assert.match(of('set -e\r\ntrue\r\n', 'app').join(), /as in Windows/);
  assert.deepEqual(of('set -euo pipefail\n', 'app'), []);
});
