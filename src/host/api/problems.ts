/** What the API of a node says when it does not answer as asked, with the way out. Pure; it never sees a token. */

import { PhxError, UnreachableError } from '../../core/error.ts';

export interface ApiPlace {
  /** What people call the node. */
  readonly label: string;
  /** `https://10.0.0.11:8006`. */
  readonly url: string;
}

/** An answer that is none: its status and what is said beside it. */
export interface Refusal {
  readonly status: number;
  readonly said: string;
  /** Path that was asked for. */
  readonly path: string;
}

/** Statuses above 590 are Proxmox's own words for a connection onwards, to another node or to its own service (F22). */
const onwards: Readonly<Record<number, string>> = {
  595: 'it could not reach the node that was asked for',
  596: 'the node or service that was asked for did not answer in time',
  597: 'the answer of the node that was asked for was cut off',
  599: 'the node that was asked for could not be asked',
};

export function refused(place: ApiPlace, refusal: Refusal): PhxError {
  const { label } = place;
  const { status, said, path } = refusal;
  const facts = factsOf(place, refusal);
  if (status === 401) {
    return new PhxError('failed', {
      title: `The API of ${label} does not take the token`,
      facts,
      hint: 'It is another one than the node knows, or it has expired, or its user is disabled.',
      command: 'pveum user token list …',
    });
  }
  if (status === 403) return missingRight(place, { ...refusal, ...rightIn(said) });
  if (status === 404 || status === 501) {
    return new PhxError('failed', {
      title: `The API of ${label} knows no ${path}`,
      facts,
      hint: 'Is this the API of a Proxmox VE node? phx reads those of 8.4 and newer.',
    });
  }
  const why = onwards[status] ?? (status >= 500 ? 'it has a fault of its own' : undefined);
  if (why === undefined)
    return new PhxError('failed', { title: `The API of ${label} refuses the question`, facts });
  return new UnreachableError({
    title: `The API of ${label} does not answer: ${why}`,
    facts,
    hint: 'Nothing is concluded from it: look at the node itself, or ask again.',
    command: 'systemctl status pveproxy pvedaemon',
  });
}

/** `right` and `at`: what is missing, and where, as far as Proxmox says it. */
export function missingRight(
  place: ApiPlace,
  missing: Omit<Refusal, 'status'> & Partial<Refusal> & { readonly right?: string; readonly at?: string },
): PhxError {
  const { right, at } = missing;
  return new PhxError('failed', {
    title: `The token has no right to read this from ${place.label}`,
    facts: [
      ...factsOf(place, missing),
      ...(right === undefined ? [] : [['missing', `${right} on ${at}`] as const]),
    ],
    hint: 'A role with Sys.Audit, VM.Audit and Datastore.Audit on / is enough. A token with privilege separation needs it itself, and its user, too.',
    command: `pveum acl modify ${at ?? '/'} --tokens … --roles PVEAuditor`,
  });
}

function rightIn(said: string): { right?: string; at?: string } {
  const [, at, right] = /\(([^,()]+),\s*([^()]+)\)/.exec(said) ?? [];
  return at === undefined || right === undefined ? {} : { at, right };
}

function factsOf(
  { url }: ApiPlace,
  { status, said, path }: Omit<Refusal, 'status'> & Partial<Refusal>,
): [string, string][] {
  return [
    ['asked', `${url}${path}`],
    ['said', `${status ?? ''} ${said}`.trim()],
  ];
}

/** No answer at all: no connection, none in time, one that was cut. */
export function silent({ label, url }: ApiPlace, why: string): UnreachableError {
  return new UnreachableError({
    title: `The API of ${label} cannot be reached`,
    facts: [
      ['api', url],
      ['why', why],
    ],
    hint: 'Is the node up, and does pveproxy listen there?',
    command: 'systemctl status pveproxy',
  });
}

/** The token is not sent to whoever has another certificate. */
export function stranger({ label, url }: ApiPlace, wanted: string, shown: string): PhxError {
  return new PhxError('failed', {
    title: `${url} has another certificate than that of ${label}`,
    facts: [
      ['wanted', wanted],
      ['shown', shown],
    ],
    hint: 'Nothing was asked, and the token was not sent. Where the certificate was renewed, take the new fingerprint from the node itself.',
    command: 'pvenode cert info',
  });
}

/** Nobody vouches for the certificate, and no fingerprint is known. */
export function untrusted({ label, url }: ApiPlace, why: string, shown: string): PhxError {
  return new PhxError('failed', {
    title: `The certificate of the API of ${label} is not trusted here`,
    facts: [
      ['api', url],
      ['why', why],
      ['shown', shown],
    ],
    hint: `The token was not sent. Compare with the fingerprint that the node itself tells, then write it down: nodes.${label}.api.fingerprint.`,
    command: 'pvenode cert info',
  });
}

export function unreadableAnswer({ label, url }: ApiPlace, path: string, why: string): PhxError {
  return new PhxError('failed', {
    title: `What the API of ${label} answered is not what Proxmox VE answers`,
    facts: [
      ['asked', `${url}${path}`],
      ['why', why],
    ],
    hint: 'Nothing was concluded from it. Is there something else at this address, a proxy say?',
  });
}
