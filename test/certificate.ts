/** A throw-away certificate that signs itself, made anew by each test process with node:crypto: no key lies in the repository. */

import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';

export interface Made {
  readonly key: string;
  readonly cert: string;
  /** SHA-256, as Proxmox shows it. */
  readonly fingerprint: string;
}

/** For `127.0.0.1`, valid until 2049. */
export function makeCertificate(name: string): Made {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const ed25519 = sequence(der(6, 0x2b, 0x65, 0x70));
  const subject = sequence(der(0x31, sequence(der(6, 0x55, 4, 3), der(0x0c, Buffer.from(name)))));
  const validity = sequence(time('200101000000Z'), time('491231235959Z'));
  const address = der(4, sequence(der(0x87, 127, 0, 0, 1)));
  const names = der(0xa3, sequence(sequence(der(6, 0x55, 0x1d, 0x11), address)));
  const serial = der(2, 1);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const content = sequence(der(0xa0, der(2, 2)), serial, ed25519, subject, validity, subject, spki, names);
  const signature = der(3, 0, sign(null, content, privateKey));
  const whole = sequence(content, ed25519, signature).toString('base64');
  const cert = `-----BEGIN CERTIFICATE-----\n${whole.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
  return {
    ...{ cert, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) },
    fingerprint: new X509Certificate(cert).fingerprint256,
  };
}

function time(text: string): Buffer {
  return der(0x17, Buffer.from(text));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function der(tag: number, ...parts: readonly (Buffer | number)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
