/** What ssh said when it did not come through, with the way out. Pure. */

import { UnreachableError } from '../../core/error.ts';
import type { SshTarget } from './arguments.ts';

interface Way {
  readonly says: RegExp;
  readonly hint: string;
  /** What is typed next, for a node as it is typed after ssh. */
  readonly command?: (ssh: string) => string;
}

const ways: readonly Way[] = [
  {
    says: /Host key verification failed|No .* host key is known/,
    hint: 'Its key is not among the known hosts, or is another one than before. Connect once by hand and compare the fingerprint; phx accepts no key unseen.',
    command: (ssh) => `ssh ${ssh} true`,
  },
  {
    says: /Permission denied/,
    hint: 'phx asks for no password and no passphrase: it needs a key that ssh-agent holds, or one without a passphrase.',
    command: (ssh) => `ssh-copy-id ${ssh}`,
  },
  {
    says: /Could not resolve/,
    hint: 'Neither a name server nor ssh_config knows this name.',
    command: (ssh) => `ssh -G ${ssh} | head -3`,
  },
  {
    says: /ENOENT|not found/,
    hint: 'phx uses the ssh program of this machine; install OpenSSH (openssh-client).',
  },
  {
    says: /timed out|refused|No route|unreachable|closed|reset/i,
    hint: 'Is the node up, and does its sshd listen there? Nothing of it is known for now.',
    command: (ssh) => `ssh ${ssh} true`,
  },
];

export function unreachable(
  { label, ssh }: SshTarget & { readonly label: string },
  said: string,
): UnreachableError {
  const way = ways.find(({ says }) => says.test(said));
  const { hint = 'Try it by hand.', command = (target: string) => `ssh ${target} true` } = way ?? {};
  return new UnreachableError({
    title: `${label} cannot be reached`,
    facts: [
      ['ssh', ssh],
      ['said', said.trim() || 'nothing'],
    ],
    hint,
    ...(way && !way.command ? {} : { command: command(ssh) }),
  });
}
