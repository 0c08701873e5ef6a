/** Steps `certificates:<name>` and `certificates`: CAs that the node trusts, and a script of the project that renews. */

import type { Certificates } from '../../src/config/fleet.ts';
import type { PhxTask } from '../../src/config/project.ts';
import { scriptPath } from '../../src/proxmox/workspace.ts';
import { fileProbe, fileScope, keepFile, managedMark } from './files.ts';

const target = 'hypervisor';

/** `text` is the project's file: one certificate, or several, in PEM form. */
export function trustedStep(name: string, text: string): PhxTask {
  const path = `/usr/local/share/ca-certificates/${name}.crt`;
  return {
    id: `hypervisor/certificates:${name}`,
    target,
    title: `trusted certificate ${name}`,
    revision: '1',
    config: {},
    texts: { certificate: text },
    dependencies: [],
    // Text before the first BEGIN line is a comment in PEM (RFC 7468).
    outputs: { file: fileProbe(path) },
    pools: ['certificates'],
    touches: [fileScope(path)],
    run: async (context) => {
      if (await keepFile(context, path, `${managedMark}\n${context.texts.certificate}`))
        await context.run(['update-ca-certificates'], { undo: 'again' });
      return undefined;
    },
  };
}

const unit = '/etc/systemd/system/phx-certificates.service';
const timer = '/etc/systemd/system/phx-certificates.timer';
const script = scriptPath('certificates');

/** `text` is the script; systemd starts it by the calendar, and once after it has changed. */
export function renewStep({ calendar }: NonNullable<Certificates['renew']>, text: string): PhxTask {
  return {
    id: 'hypervisor/certificates',
    target,
    title: 'renewal of certificates',
    revision: '1',
    config: { calendar },
    texts: { script: text },
    dependencies: [],
    outputs: {
      unit: fileProbe(unit),
      timer: fileProbe(timer),
      script: fileProbe(script),
      enabled: (facts) => facts.units.get('phx-certificates.timer')?.enabled ?? false,
    },
    opaque: true,
    pools: ['certificates'],
    touches: [unit, timer, script].map(fileScope).concat('unit:phx-certificates.timer'),
    run: async (context) => {
      const changed = await keepFile(context, script, String(context.texts.script), { mode: 0o700 });
      let units = await keepFile(context, unit, unitText);
      units = (await keepFile(context, timer, timerText(String(context.config.calendar)))) || units;
      if (units) await context.run(['systemctl', 'daemon-reload'], { undo: 'again' });
      const state = (await context.refresh(['unit:phx-certificates.timer'])).units.get(
        'phx-certificates.timer',
      );
      if (units || !state?.enabled || !state.active) {
        await context.run(['systemctl', 'enable', '--now', 'phx-certificates.timer'], {
          undo: ['systemctl', 'disable', '--now', 'phx-certificates.timer'],
        });
      }
      if (changed || units) await context.run(['systemctl', 'start', 'phx-certificates.service']);
      return undefined;
    },
  };
}

const unitText = `${managedMark}
[Unit]
Description=Renews the certificates of this node
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/bin/bash ${script}
`;

const timerText = (calendar: string) => `${managedMark}
[Unit]
Description=Renews the certificates of this node

[Timer]
OnCalendar=${calendar}
RandomizedDelaySec=60
Persistent=true

[Install]
WantedBy=timers.target
`;
