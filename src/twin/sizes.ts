/** Sizes as Proxmox and ZFS write them. Pure text and numbers. */

const units = ['', 'K', 'M', 'G', 'T', 'P'];

/** Bytes in the largest unit that divides them evenly: `1G`, `512M`, `1073741924`, `0T` (ct-resize-errors, snap-running). */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0T';
  let unit = 0;
  let value = bytes;
  while (unit < 4 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}

/** Bytes of `8G`, `0.5T`, `128K`, `1048576`; undefined when it is no size. Letters count by 1024, in either case. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGTPkmgtp]?)(?:i?[Bb])?$/.exec(text);
  if (!match) return undefined;
  const unit = units.indexOf((match[2] ?? '').toUpperCase());
  return Math.round(Number(match[1]) * 1024 ** unit);
}

/** Bytes as ZFS prints them for people: `128K`, `1.81T`. */
export function humanSize(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return `${value}${bytes === 0 ? '' : 'B'}`;
  const digits = value >= 100 || Number.isInteger(value) ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${units[unit]}`;
}
