/** Samba's smb.conf: print a [global] with safe defaults and shares, parse, and what must not stand there. Pure text. */

export interface SmbGlobal {
  readonly workgroup: string;
  /** What clients see beside the name. */
  readonly serverString?: string | undefined;
  /** True if some share is for guests: unknown users become guests then, known ones still need their password. */
  readonly guests?: boolean | undefined;
}

export interface SmbShare {
  readonly path: string;
  /** Users, and groups as `@name`. Empty only for a share of guests. */
  readonly validUsers: readonly string[];
  readonly browseable: boolean;
  readonly writable: boolean;
  readonly guestOk?: boolean | undefined;
  /** Octal, `0660`. */
  readonly createMask?: string | undefined;
  readonly directoryMask?: string | undefined;
  readonly forceUser?: string | undefined;
  readonly forceGroup?: string | undefined;
  readonly comment?: string | undefined;
}

type Line = readonly [key: string, value: string | undefined] | string;

/** The section [global]; every line says why in the file itself. */
export function printGlobal({ workgroup, serverString, guests }: SmbGlobal): string {
  return printSection('global', [
    ['workgroup', workgroup],
    ['server string', serverString],
    'One machine with users of its own, in no domain.',
    ['server role', 'standalone server'],
    guests
      ? 'Who is unknown is a guest; a wrong password of a known user is refused.'
      : 'A wrong name or password is refused, never taken for a guest.',
    ['map to guest', guests ? 'bad user' : 'never'],
    'SMB1 has neither encryption nor a future.',
    ['server min protocol', 'SMB2'],
    'Files only: no printers are looked for, none is offered.',
    ['load printers', 'no'],
    ['printing', 'bsd'],
    ['printcap name', '/dev/null'],
    ['disable spoolss', 'yes'],
    'Shares are those of this file; users cannot add their own.',
    ['usershare max shares', '0'],
    'One log for each client, no larger than 1 MB.',
    ['logging', 'file'],
    ['log file', '/var/log/samba/log.%m'],
    ['max log size', '1000'],
  ]);
}

export function printShare(name: string, share: SmbShare): string {
  const { validUsers } = share;
  return printSection(name, [
    ['comment', share.comment],
    ['path', share.path],
    ['valid users', validUsers.length > 0 ? validUsers.join(' ') : undefined],
    ['browseable', yes(share.browseable)],
    ['read only', yes(!share.writable)],
    ['guest ok', yes(share.guestOk ?? false)],
    ['create mask', share.createMask],
    ['directory mask', share.directoryMask],
    ['force user', share.forceUser],
    ['force group', share.forceGroup],
  ]);
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}

function printSection(name: string, lines: readonly Line[]): string {
  const text = lines.flatMap((line) => {
    if (typeof line === 'string') return [`   # ${line}`];
    return line[1] === undefined ? [] : [`   ${line[0]} = ${line[1]}`];
  });
  return `[${name}]\n${text.join('\n')}\n`;
}

const reserved: ReadonlySet<string> = new Set(['global', 'homes', 'printers', 'print$', 'ipc$', 'admin$']);
const account = /^[a-z_][a-z0-9_.-]*\$?$/i;

/** Why a section [global] cannot stand so; empty: it can. */
export function globalProblems({ workgroup, serverString }: SmbGlobal): string[] {
  return [
    ...(/^[A-Za-z0-9][A-Za-z0-9!@#$^&()_.{}~-]{0,14}$/.test(workgroup)
      ? []
      : [`workgroup: ${JSON.stringify(workgroup)} is no name of up to 15 letters, digits or -`]),
    ...textProblems('server string', serverString),
  ];
}

/** Why a share cannot stand so; empty: it can. Users and paths are not looked up. */
export function shareProblems(name: string, share: SmbShare): string[] {
  const users = share.validUsers;
  return [
    ...nameProblems(name),
    ...(share.path.startsWith('/') ? [] : [`path: ${JSON.stringify(share.path)} does not begin with /`]),
    ...textProblems('path', share.path),
    ...textProblems('comment', share.comment),
    ...(users.length === 0 && !share.guestOk ? ['valid users: nobody could use the share'] : []),
    ...(users.length > 0 && share.guestOk
      ? ['guest ok: a guest is none of the valid users; choose one']
      : []),
    ...users.flatMap((user) => accountProblems('valid users', user.replace(/^[@+&]{1,2}/, ''))),
    ...accountProblems('force user', share.forceUser),
    ...accountProblems('force group', share.forceGroup?.replace(/^\+/, '')),
    ...maskProblems('create mask', share.createMask),
    ...maskProblems('directory mask', share.directoryMask),
  ];
}

function nameProblems(name: string): string[] {
  if (reserved.has(name.trim().toLowerCase())) return [`the name ${name} means something else to Samba`];
  if (name === '' || name !== name.trim() || name.length > 80)
    return [`${JSON.stringify(name)} is no name of a share: 1 to 80 characters, no blank at its ends`];
  const odd = /[[\]"/\\:|<>+=;,*?%\p{Cc}]/u.exec(name)?.[0];
  return odd === undefined ? [] : [`the name ${JSON.stringify(name)} cannot contain ${JSON.stringify(odd)}`];
}

function textProblems(key: string, value: string | undefined): string[] {
  if (value === undefined) return [];
  if (value.trim() === '') return [`${key}: is empty`];
  if (/[\p{Cc}\u2028\u2029]/u.test(value)) return [`${key}: has a line break`];
  // `%U` and the like are replaced for each client: where it ends could not be told from here.
  if (value.includes('%')) return [`${key}: cannot contain %, which Samba replaces`];
  return value.endsWith('\\') ? [`${key}: ends with \\, which would join the next line`] : [];
}

function accountProblems(key: string, name: string | undefined): string[] {
  return name === undefined || account.test(name) ? [] : [`${key}: ${JSON.stringify(name)} is no account`];
}

function maskProblems(key: string, mask: string | undefined): string[] {
  return mask === undefined || /^0?[0-7]{3}$|^[0-7]{4}$/.test(mask)
    ? []
    : [`${key}: ${JSON.stringify(mask)} is no octal mode such as 0660`];
}

/** Section → key → value, names in lower case as Samba compares them; a section that comes again goes on. Never throws. */
export function parseSmbConf(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  // What stands before the first section belongs to [global].
  let section = 'global';
  for (const raw of text.replace(/\\[ \t]*\n/g, ' ').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const head = /^\[([^\]]*)\]/.exec(line)?.[1];
    const equals = line.indexOf('=');
    if (head === undefined && equals < 1) continue;
    if (head !== undefined) section = tidy(head);
    const keys = sections.get(section) ?? new Map<string, string>();
    sections.set(section, keys);
    if (head === undefined) keys.set(tidy(line.slice(0, equals)), line.slice(equals + 1).trim());
  }
  return sections;
}

function tidy(name: string): string {
  return name.trim().toLowerCase().replace(/\s+/g, ' ');
}
