/** The keys of datacenter.cfg, from the schema of Proxmox VE 8.4. Data only. */

import type { Spec } from './formats.ts';

const flag: Spec = { type: 'boolean' };
const rate: Spec = { type: 'number', min: 0 };
const text: Spec = {};
const tag = '[a-z0-9_][a-z0-9_\\-+.]*';
const colour = '[0-9a-fA-F]{6}';

export const datacenterKeys: Readonly<Record<string, Spec>> = {
  bwlimit: { props: { clone: rate, default: rate, migration: rate, move: rate, restore: rate } },
  'consent-text': { maxLength: 65_536 },
  console: { values: ['applet', 'vv', 'html5', 'xtermjs'] },
  crs: { props: { ha: { values: ['basic', 'static'] }, 'ha-rebalance-on-start': flag } },
  description: { maxLength: 65_536 },
  email_from: { format: 'email-opt' },
  fencing: { values: ['watchdog', 'hardware', 'both'] },
  ha: {
    props: {
      shutdown_policy: { values: ['freeze', 'failover', 'conditional', 'migrate'], required: true },
    },
  },
  http_proxy: { pattern: /^http:\/\/.*$/ },
  keyboard: {
    values: [
      ...[
        'de',
        'de-ch',
        'da',
        'en-gb',
        'en-us',
        'es',
        'fi',
        'fr',
        'fr-be',
        'fr-ca',
        'fr-ch',
        'hu',
        'is',
        'it',
      ],
      ...['ja', 'lt', 'mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr'],
    ],
  },
  language: {
    values: [
      ...[
        'ar',
        'ca',
        'da',
        'de',
        'en',
        'es',
        'eu',
        'fa',
        'fr',
        'hr',
        'he',
        'it',
        'ja',
        'ka',
        'kr',
        'nb',
        'nl',
      ],
      ...['nn', 'pl', 'pt_BR', 'ru', 'sl', 'sv', 'tr', 'ukr', 'zh_CN', 'zh_TW'],
    ],
  },
  mac_prefix: { format: 'mac-prefix' },
  max_workers: { type: 'integer', min: 1 },
  migration: {
    defaultKey: 'type',
    props: { network: { format: 'CIDR' }, type: { values: ['secure', 'insecure'], required: true } },
  },
  migration_unsecure: flag,
  'next-id': { props: { lower: { type: 'integer' }, upper: { type: 'integer' } } },
  notify: {
    props: {
      fencing: { values: ['always', 'never'] },
      'package-updates': { values: ['auto', 'always', 'never'] },
      replication: { values: ['always', 'never'] },
      'target-fencing': text,
      'target-package-updates': text,
      'target-replication': text,
    },
  },
  'registered-tags': { pattern: new RegExp(`^(?:${tag};)*${tag}$`, 'i') },
  'tag-style': {
    props: {
      'case-sensitive': flag,
      'color-map': {
        pattern: new RegExp(
          `^(?:${tag}:${colour}(?::${colour})?)(?:;${tag}:${colour}(?::${colour})?)*$`,
          'i',
        ),
      },
      ordering: { values: ['config', 'alphabetical'] },
      shape: { values: ['full', 'circle', 'dense', 'none'] },
    },
  },
  u2f: { props: { appid: text, origin: text } },
  'user-tag-access': {
    props: {
      'user-allow': { values: ['none', 'list', 'existing', 'free'] },
      'user-allow-list': { pattern: new RegExp(`^${tag}(?:;${tag})*$`, 'i') },
    },
  },
  webauthn: { props: { 'allow-subdomains': flag, id: text, origin: text, rp: text } },
};
