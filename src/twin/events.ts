/** The twin's notes of what it does not act out, of the node and of guests: the last of them are kept. It knows no command. */

/** Adds one, and forgets the oldest beyond a hundred. */
export function noteEvent(events: string[], line: string, kept = 100): void {
  events.push(line.slice(0, 200));
  if (events.length > kept) events.splice(0, events.length - kept);
}
