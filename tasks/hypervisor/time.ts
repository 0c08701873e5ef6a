/** Steps `timezone`, `locale` and `ntp`: the node's clock and language. They know no other step. */

import type { PhxTask } from '../../src/config/project.ts';
import { installPackages, packagesTask } from './apt.ts';
import { fileProbe, fileScope, keepFile, lookAt, managedMark } from './files.ts';

export function timezoneStep(timezone: string): PhxTask {
  return {
    id: 'hypervisor/timezone',
    target: 'hypervisor',
    title: `time zone ${timezone}`,
    revision: '1',
    config: { timezone },
    dependencies: [],
    outputs: { timezone: (facts) => facts.host.timezone },
    touches: ['host'],
    run: async (context) => {
      const { timezone: before = 'Etc/UTC' } = context.facts().host;
      const wanted = String(context.config.timezone);
      if (before === wanted) return undefined;
      await context.run(['timedatectl', 'set-timezone', wanted], {
        undo: ['timedatectl', 'set-timezone', before],
      });
      return undefined;
    },
  };
}

const localeGen = '/etc/locale.gen';
const localeDefault = '/etc/default/locale';

export function localeStep(locale: string): PhxTask {
  return {
    id: 'hypervisor/locale',
    target: 'hypervisor',
    title: `locale ${locale}`,
    revision: '1',
    config: { locale },
    dependencies: [],
    outputs: { language: (facts) => facts.files.get(localeDefault) },
    touches: [fileScope(localeGen), fileScope(localeDefault)],
    run: async (context) => {
      const wanted = String(context.config.locale);
      const present = (await lookAt(context, localeGen)) ?? '';
      const text = withLocale(present, wanted);
      if (text !== present || context.unsettled()) {
        await keepFile(context, localeGen, text);
        await context.run(['locale-gen'], { deadline: 300_000, undo: 'again' });
      }
      await keepFile(context, localeDefault, `${managedMark}\nLANG=${wanted}\n`);
      return undefined;
    },
  };
}

/** The list of locales with this one switched on; C.UTF-8 is always there. */
function withLocale(present: string, locale: string): string {
  if (locale === 'C.UTF-8') return present;
  const line = `${locale} UTF-8`;
  const lines = present.split('\n');
  if (lines.some((one) => one.trim() === line)) return present;
  return [managedMark, line, ...lines.filter((one) => one !== managedMark)].join('\n');
}

const sources = '/etc/chrony/sources.d/phx.sources';

export function ntpStep(servers: readonly string[]): PhxTask {
  return {
    id: 'hypervisor/ntp',
    target: 'hypervisor',
    title: 'time servers',
    revision: '1',
    config: { servers },
    dependencies: [{ task: packagesTask, kind: 'order' }],
    outputs: {
      sources: fileProbe(sources),
      running: (facts) => facts.units.get('chrony.service')?.active ?? false,
    },
    pools: ['apt:host'],
    touches: ['host', fileScope(sources), 'unit:chrony.service'],
    run: async (context) => {
      const wanted = context.config.servers as readonly string[];
      await installPackages(context, ['chrony']);
      const text = [managedMark, ...wanted.map((server) => `server ${server} iburst`), ''].join('\n');
      const wrote = await keepFile(context, sources, text);
      if (wrote || !context.facts().units.get('chrony.service')?.active)
        await context.run(['systemctl', 'restart', 'chrony.service'], { undo: 'again' });
      return undefined;
    },
  };
}
