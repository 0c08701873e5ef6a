/** What the node serves: exports, shares, names, certificates, AppArmor profiles. It knows no other section. */
import {
  absolutePath,
  accountName,
  anyAddress,
  hostName,
  pattern,
  projectFile,
  secretRef,
  singleLine,
} from './scalar.ts';
import { z } from './z.ts';

export const nfs = z.strictObject({
  exports: z.record(
    absolutePath,
    z.strictObject({ clients: z.array(z.string().min(1)).min(1), options: z.array(z.string().min(1)) }),
  ),
});

export const samba = z.strictObject({
  workgroup: pattern(/^[A-Za-z0-9-]{1,15}$/, 'a workgroup of at most 15 letters').default('WORKGROUP'),
  user: accountName,
  password: z.exactOptional(secretRef),
  shares: z.record(
    pattern(/^[^\s[\]/\\:|<>+=;,*?"]([^[\]/\\:|<>+=;,*?"]*[^\s[\]/\\:|<>+=;,*?"])?$/, 'the name of a share'),
    z.strictObject({
      path: absolutePath,
      validUsers: z.array(singleLine.min(1)).default([]),
      browseable: z.boolean().default(true),
      writable: z.boolean().default(false),
    }),
  ),
});

export const dns = z
  .strictObject({
    domain: hostName,
    upstream: z.array(anyAddress).min(1).meta({ description: 'Where other names are looked up.' }),
    records: z.record(hostName, anyAddress).default({}),
  })
  .meta({ description: 'A name server on the node (dnsmasq) that knows the guests by name.' });

export const certificates = z.strictObject({
  trusted: z
    .record(pattern(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a file name without its ending'), projectFile)
    .meta({ description: 'Name → file of the project with a CA certificate that the node trusts.' }),
  renew: z.exactOptional(
    z
      .strictObject({
        script: projectFile,
        calendar: singleLine.min(1).default('hourly').meta({ description: 'As in systemd.time(7).' }),
      })
      .meta({ description: 'A script of the project that renews certificates, started by systemd.' }),
  ),
});

export const apparmor = z.strictObject({
  profiles: z
    .record(pattern(/^[A-Za-z][A-Za-z0-9_.-]*$/, 'the name of a profile'), projectFile)
    .meta({ description: 'Profile name → file of the project that holds it.' }),
  homeDirs: z.array(pattern(/^\/\S*\/$/, 'a directory that ends with a slash')).meta({
    description: 'Directories below which users have their homes, besides /home/.',
  }),
});
