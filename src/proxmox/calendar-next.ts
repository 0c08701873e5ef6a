/** When a calendar event comes next. Pure, in UTC; it expects an event that `calendarProblem` has nothing against. */

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** What systemd's words stand for. */
const words: Readonly<Record<string, string>> = {
  minutely: '*-*-* *:*',
  hourly: '*-*-* *:00',
  daily: '*-*-* 00:00',
  weekly: 'mon *-*-* 00:00',
  monthly: '*-*-01 00:00',
  yearly: '*-01-01 00:00',
  annually: '*-01-01 00:00',
  quarterly: '*-01,04,07,10-01 00:00',
  semiannually: '*-01,07-01 00:00',
  'semi-annually': '*-01,07-01 00:00',
  biannually: '*-01,07-01 00:00',
  'bi-annually': '*-01,07-01 00:00',
};

type Holds = (value: number) => boolean;

interface Times {
  readonly weekday: Holds;
  readonly day: Holds;
  readonly month: Holds;
  readonly year: Holds;
  readonly hour: Holds;
  readonly minute: Holds;
}

const minute = 60_000;
const day = 1440 * minute;
/** Further ahead nobody looks: leap days on a certain weekday come within 28 years. */
const horizon = 29 * 366;

/** The first minute after `from` (epoch milliseconds) that the event names; undefined: it never comes again. */
export function nextEvent(event: string, from: number): number | undefined {
  const times = parse(words[event] ?? event);
  const start = Math.floor(from / minute) * minute + minute;
  for (let n = 0, today = Math.floor(start / day) * day; n < horizon; n++, today += day) {
    const date = new Date(today);
    const fits =
      times.weekday(date.getUTCDay()) &&
      times.day(date.getUTCDate()) &&
      times.month(date.getUTCMonth() + 1) &&
      times.year(date.getUTCFullYear());
    if (!fits) continue;
    for (let at = today; at < today + day; at += minute) {
      const time = new Date(at);
      if (at >= start && times.hour(time.getUTCHours()) && times.minute(time.getUTCMinutes())) return at;
    }
  }
  return undefined;
}

function parse(event: string): Times {
  const parts = event
    .trim()
    .split(/\s+/)
    .filter((part) => part !== 'UTC');
  const weekdays = /^[a-z]/i.test(parts[0] ?? '') ? parts.shift() : undefined;
  const [date, time] = parts[0]?.includes('-') ? parts : [undefined, parts[0]];
  const [dayOf = '*', month = '*', year = '*'] = (date ?? '*-*-*').split('-').reverse();
  const clock = (time ?? '00:00').split(':');
  // Minutes alone are those of every hour.
  const [hour = '*', minutes = '*'] = clock.length === 1 ? ['*', clock[0]] : clock;
  return {
    weekday: weekdays === undefined ? () => true : onDays(weekdays),
    ...{ day: inList(dayOf, 1), month: inList(month, 1), year: inList(year, 0) },
    ...{ hour: inList(hour, 0), minute: inList(minutes, 0) },
  };
}

function onDays(text: string): Holds {
  const number = (name: string) => days.indexOf(name.toLowerCase().slice(0, 3));
  const known = new Set(
    text.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('..').map(number);
      const length = ((last - first + 7) % 7) + 1;
      return Array.from({ length }, (_, at) => (first + at) % 7);
    }),
  );
  return (value) => known.has(value);
}

/** Values, ranges `8..17` and repetitions `0/15`, separated by commas. */
function inList(text: string, least: number): Holds {
  const tests = text.split(',').map((one): Holds => {
    const [, from = '*', to, step] = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(one) ?? [];
    const first = from === '*' ? least : Number(from);
    const open = from === '*' || step !== undefined;
    const last = to === undefined ? (open ? Number.POSITIVE_INFINITY : first) : Number(to);
    return (value) => value >= first && value <= last && (value - first) % Number(step ?? 1) === 0;
  });
  return (value) => tests.some((test) => test(value));
}
