/**
 * Calendar events as Proxmox VE reads them: days of the week, a date and a time, each of which may be left out, or a word
 * such as `daily`. It is systemd's form, and besides a time that is minutes alone (every 15th: a star, a slash, 15). Pure.
 */

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const longDays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];
const names = [
  ...['minutely', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'annually'],
  ...['quarterly', 'semiannually', 'semi-annually', 'biannually', 'bi-annually'],
];

/** What is wrong with it, as the end of a sentence; undefined where it looks right. */
export function calendarProblem(event: string): string | undefined {
  if (names.includes(event)) return undefined;
  const parts = event.trim().split(/\s+/);
  if (parts.at(-1) === 'UTC') parts.pop();
  const [first = ''] = parts;
  if (first === '') return 'it says nothing';
  const named = /^[a-z]/i.test(first);
  const rest = named ? parts.slice(1) : [...parts];
  if (named) {
    const wrong = first.split(',').find((range) => !isDays(range));
    if (wrong !== undefined) return `'${wrong}' is no day of the week and no range of them such as mon..fri`;
  }
  const date = rest[0]?.includes('-') ? rest.shift() : undefined;
  if (date !== undefined && !isDate(date)) return `'${date}' is no date such as *-*-01`;
  const time = rest.shift();
  if (time !== undefined && !isTime(time)) return `'${time}' is no time such as 02:30 or 8..17:0/15`;
  return rest.length > 0 ? `'${rest.join(' ')}' is one part too many` : undefined;
}

function isDays(range: string): boolean {
  const [from = '', to = from, ...more] = range.toLowerCase().split('..');
  const known = (day: string) => days.includes(day) || longDays.includes(day);
  return more.length === 0 && known(from) && known(to);
}

function isDate(text: string): boolean {
  const parts = text.split('-');
  if (parts.length < 2 || parts.length > 3) return false;
  const [day = '', month = '', year = '*'] = parts.reverse();
  return isList(day, 1, 31) && isList(month, 1, 12) && isList(year, 1970, 9999);
}

/** `hour:minute`, `hour:minute:second`, or the minutes alone. */
function isTime(text: string): boolean {
  const parts = text.split(':');
  if (parts.length === 1) return isList(text, 0, 59);
  const [hour = '', minute = '', second = '0', ...more] = parts;
  return more.length === 0 && isList(hour, 0, 23) && isList(minute, 0, 59) && isList(second, 0, 59);
}

/** Values, ranges `8..17` and repetitions `0/15`, separated by commas. */
function isList(text: string, least: number, most: number): boolean {
  return text.split(',').every((one) => {
    const [, from = '', to, step] = /^(\*|\d+)(?:\.\.(\d+))?(?:\/(\d+))?$/.exec(one) ?? [];
    if (from === '' || (from === '*' && to !== undefined) || step === '0') return false;
    const within = (value: string | undefined) =>
      value === undefined || value === '*' || (Number(value) >= least && Number(value) <= most);
    return within(from) && within(to) && (to === undefined || Number(from) < Number(to));
  });
}
