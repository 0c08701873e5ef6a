/** The handful of small programs that every guest of the twin has. They know no shell. */

import type { Call } from './call.ts';
import { exists, isDir, isFile, namesIn, normalPath, removeTree } from './files.ts';
import { answer } from './guest-answers.ts';
import { unitName } from './guest-layers.ts';
import { guestAddress } from './guest-net.ts';
import type { Guest } from './guests.ts';

export type Tool = (call: Call, guest: Guest, args: readonly string[]) => void;

export const guestTools: Readonly<Record<string, Tool>> = {
  true: () => {},
  false: (call) => call.exit(1),
  echo: (call, _guest, args) => call.out(`${args.join(' ')}\n`),
  tty: (call) => {
    call.out('not a tty\n');
    call.exit(1);
  },
  pwd: (call) => call.out('/root\n'),
  hostname: (call, guest) => call.out(`${guest.state.running?.hostname}\n`),
  wc: (call, _guest, args) => {
    if (args[0] === '-c') call.out(`${new TextEncoder().encode(call.stdin).length}\n`);
    else call.exit(1);
  },
  cat: (call, guest, args) => {
    if (args.length === 0) call.out(call.stdin);
    for (const arg of args) {
      const entry = guest.state.tree.files[normalPath(arg, '/root')];
      if (entry && !entry.dir) call.out(entry.text);
      else {
        call.err(`cat: ${arg}: ${entry ? 'Is a directory' : 'No such file or directory'}\n`);
        call.exit(1);
      }
    }
  },
  ls: (call, guest, args) => {
    const { files } = guest.state.tree;
    for (const arg of args.filter((one) => !one.startsWith('-'))) {
      const path = normalPath(arg, '/root');
      if (path === '/sys/class/net') call.out(`${interfaces(guest).join('\n')}\n`);
      else if (isDir(files, path))
        call.out(
          namesIn(files, path)
            .map((name) => `${name}\n`)
            .join(''),
        );
      else if (isFile(files, path)) call.out(`${arg}\n`);
      else {
        call.err(`ls: ${arg}: No such file or directory\n`);
        call.exit(1);
      }
    }
  },
  rm: (_call, guest, args) => {
    for (const arg of args.filter((one) => !one.startsWith('-')))
      removeTree(guest.state.tree.files, normalPath(arg, '/root'));
  },
  test: (call, guest, args) => {
    const { files } = guest.state.tree;
    const path = normalPath(args[1] ?? '', '/root');
    const good = { '-e': exists, '-f': isFile, '-d': isDir }[args[0] ?? ''];
    if (!good?.(files, path)) call.exit(1);
  },
  'dpkg-query': (call, guest, args) => {
    for (const name of args.filter((one, at) => !one.startsWith('-') && args[at - 1] !== '-f')) {
      const version = guest.state.tree.packages[name];
      if (version === undefined) {
        call.err(`dpkg-query: no packages found matching ${name}\n`);
        call.exit(1);
      } else call.out(args.includes('-f') ? version : `${name}\t${version}\n`);
    }
  },
  systemctl: (call, guest, args) => {
    const { units } = guest.state.tree;
    const verb = args.find((one) => !one.startsWith('-')) ?? '';
    const names = args
      .filter((one) => !one.startsWith('-'))
      .slice(1)
      .map(unitName);
    for (const name of names) {
      const known = units[name];
      if (verb === 'is-active') {
        if (!args.includes('--quiet') && !args.includes('-q')) call.out(known ? 'active\n' : 'inactive\n');
        if (!known) call.exit(3);
      } else if (known === undefined) {
        call.err(`Failed to ${verb} ${name}.service: Unit ${name}.service not found.\n`);
        call.exit(5);
      } else if (verb === 'start' || verb === 'restart' || verb === 'stop') units[name] = verb !== 'stop';
    }
  },
  // What phx applied there; of a real guest's journal the twin knows nothing.
  journalctl: (call, guest) => {
    const { events } = guest.state.tree;
    for (const event of events) call.out(`${event}\n`);
    if (events.length === 0) call.out('-- No entries --\n');
  },
  ip: (call, guest) => {
    const address = guestAddress(call, guest);
    if (address)
      call.out(
        `2: eth0    inet ${address} scope global eth0\\       valid_lft forever preferred_lft forever\n`,
      );
  },
  curl: (call, guest, args) => {
    const url = args.find((one) => /^https?:/.test(one)) ?? '';
    const status = answer(call, guest, `http:${url}`);
    const format = args.some((one, at) => args[at - 1] === '-w' && one.includes('http_code'));
    if (format) call.out(status || '000');
    if (status === '') {
      call.err(`curl: (7) Failed to connect to ${url}\n`);
      call.exit(7);
    }
  },
};

function interfaces(guest: Guest): string[] {
  const names = ['lo'];
  for (const [key, value] of guest.conf.keys)
    if (/^net\d+$/.test(key)) names.push(/(?:^|,)name=([^,]+)/.exec(value)?.[1] ?? key);
  return names.sort();
}
