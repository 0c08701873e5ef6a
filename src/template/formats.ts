/** Forms that parameters of many templates share, each with its words for an error. Pure; it knows no template. */

interface Format {
  readonly types: readonly string[];
  /** Completes the sentence "must be …". */
  readonly words: string;
  readonly fits: (value: string | number) => boolean;
}

const text = (pattern: RegExp, words: string, types: readonly string[] = ['string', 'strings']): Format => ({
  types,
  words,
  fits: (value) => pattern.test(String(value)),
});

const formats: Readonly<Record<string, Format>> = {
  port: {
    types: ['integer'],
    words: 'a port from 1 to 65535',
    fits: (value) => Number(value) >= 1 && Number(value) <= 65_535,
  },
  path: text(/^\/(?!.*(?:\/|^)\.\.(?:\/|$))[^\0\n]*$/, 'an absolute path without ..'),
  url: text(/^https?:\/\/[^\s/?#]+(?:[/?#]\S*)?$/, 'an address such as https://host.example/path'),
  version: text(/^v?\d+(?:\.\d+){1,3}(?:[-+~.][A-Za-z0-9.+~-]+)?$/, 'a version such as 1.2.3'),
  sha256: text(/^[0-9a-f]{64}$/, 'a SHA-256 sum: 64 hexadecimal digits'),
  address: text(
    /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$/,
    'a host name or an IP address',
  ),
  duration: text(/^\d+(?:ms|s|m|h|d|w|y)$/, 'a duration such as 15s or 30d'),
  variables: text(/^[A-Za-z_][A-Za-z0-9_]*$/, 'an object whose names are those of variables', ['map']),
};

export const formatNames: readonly string[] = Object.keys(formats);

export function formatOf(name: string): Format | undefined {
  return Object.hasOwn(formats, name) ? formats[name] : undefined;
}
