/** The address of a history database: what may stand in a phoenixfile, what the client is given, how it is named to people. */

/** Where a database is, and how it is told without any secret of it. */
export interface Address {
  /** A connection URI of PostgreSQL, with all that the client needs. */
  readonly url: string;
  /** `db.example.net/phx`, `/run/postgresql/phx`: never a user, a password or an option. */
  readonly place: string;
}

/** Undefined where the text is no connection URI. `user`: who connects where it names nobody. */
export function addressOf(text: string, user: string): Address | undefined {
  const url = parse(text);
  if (!url) return undefined;
  const { searchParams } = url;
  if (url.username === '' && !searchParams.has('user')) searchParams.set('user', user);
  // The client takes these for verify-full, warns of it on the screen, and is to take them for less one day.
  const mode = searchParams.get('sslmode') ?? '';
  if (['prefer', 'require', 'verify-ca'].includes(mode) && !searchParams.has('uselibpqcompat'))
    searchParams.set('sslmode', 'verify-full');
  return { url: url.href, place: placeOf(url) };
}

/** Whether a text holds a password, or might: it belongs into no file of a project, then. */
export function holdsPassword(text: string): boolean {
  const url = parse(text);
  return url?.password !== '' || url.searchParams.has('password');
}

/** The parts of an address that must be shown nowhere. */
export function secretsOf(text: string): string[] {
  const url = parse(text);
  const written = url?.password ?? '';
  const passwords = [written, decoded(written), url?.searchParams.get('password') ?? ''];
  return [text, ...passwords].filter((part) => part !== '');
}

function parse(text: string): URL | undefined {
  try {
    const url = new URL(text);
    return ['postgres:', 'postgresql:'].includes(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

function placeOf({ host, pathname, searchParams }: URL): string {
  const server = decoded(host) || searchParams.get('host') || 'localhost';
  return `${server}${decoded(pathname)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
