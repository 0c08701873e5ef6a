/** What the scripted node takes from a command that a case says nothing of: its plain effect, without any refusal. */

export interface Effect {
  readonly id: string;
  /** Key → value of the conf, null to remove; undefined: the guest is gone. */
  readonly conf?: Readonly<Record<string, string | null>> | null;
  readonly running?: boolean;
  readonly start?: string;
  readonly kind?: 'vm';
  /** What stood below the live section goes. */
  readonly more?: readonly string[];
}

/** The effect of a successful `pct` or `qm` command, or undefined for any other one. */
export function effectOf(
  argv: readonly string[],
  present: (key: string) => string | null | undefined,
): Effect | undefined {
  const [program, verb, id = ''] = argv;
  if (program !== 'pct' && program !== 'qm') return undefined;
  const options = optionsOf(argv.slice(3));
  const vm = program === 'qm';
  switch (verb) {
    case 'create':
      return {
        id,
        conf: {
          ...(vm ? made(id, setKeys(options)) : {}),
          ...{ '#': comment(options.get('description')), lock: null },
        },
        running: false,
        ...(vm ? { kind: 'vm' as const } : {}),
      };
    case 'restore':
      return { id, conf: { '#': comment(options.get('description')), lock: null }, running: false };
    case 'clone':
      return {
        id: argv[3] ?? '',
        conf: {
          ...{ '#': comment(options.get('description')), lock: null },
          ...(vm ? { name: options.get('name') ?? '' } : {}),
        },
        running: false,
        ...(vm ? { kind: 'vm' as const } : {}),
      };
    case 'set':
      return { id, conf: vm ? made(id, setKeys(options)) : setKeys(options) };
    case 'start':
      return { id, running: true };
    case 'reboot':
      return { id, running: true, start: '2', more: [] };
    case 'shutdown':
      return { id, running: false };
    case 'resize':
      return {
        id,
        conf: { [argv[3] ?? '']: (present(argv[3] ?? '') ?? '').replace(/size=\w+/, `size=${argv[4]}`) },
      };
    case 'rollback':
      return vm ? { id, running: false } : undefined;
    case 'unlock':
      return { id, conf: { lock: null } };
    case 'destroy':
      return { id, conf: null };
    default:
      return undefined;
  }
}

function optionsOf(words: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  words.forEach((word, at) => {
    if (word.startsWith('--')) options.set(word.slice(2), words[at + 1] ?? '');
  });
  return options;
}

function setKeys(options: ReadonlyMap<string, string>): Record<string, string | null> {
  const keys: Record<string, string | null> = {};
  for (const [key, value] of options) {
    if (key === 'digest' || key === 'revert') continue;
    if (key === 'delete') for (const name of value.split(',')) keys[name] = null;
    else if (key === 'description') keys['#'] = comment(value);
    else keys[key] = value;
  }
  return keys;
}

/** A description as the conf file holds it (B57). */
function comment(text = ''): string {
  return text
    .split('\n')
    .map((line) => `#${line.replaceAll('%', '%25').replaceAll(':', '%3A')}`)
    .join('\n');
}

/** What `qm` makes of the values that ask it to make something: volumes, the key file of ssh. */
function made(id: string, keys: Readonly<Record<string, string | null>>): Record<string, string | null> {
  const entries = Object.entries(keys).map(([key, value]) => {
    const [, storage, amount, rest = ''] = /^([\w-]+):(\d+|cloudinit)((?:,.*)?)$/.exec(value ?? '') ?? [];
    if (key === 'sshkeys') return [key, encodeURIComponent('ssh-ed25519 AAAA ann\n')] as const;
    if (storage === undefined) return [key, value] as const;
    if (amount === 'cloudinit') return [key, `${storage}:vm-${id}-cloudinit,media=cdrom`] as const;
    const options = rest.replace(/,(import-from|format)=[^,]*/g, '');
    const size = amount === '0' ? '3584M' : `${amount}G`;
    return [key, `${storage}:vm-${id}-${key}${options},size=${size}`] as const;
  });
  return Object.fromEntries(entries);
}
