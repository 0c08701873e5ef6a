/** What cloud-init data is made of, and what comes of it: plain data, with secrets as values. It knows no document. */

import type { CloudInit, IpConfig } from '../../src/config/fleet.ts';
import type { Revealed } from './cloud-init-secrets.ts';

export const kinds = ['user', 'network', 'meta', 'vendor'] as const;
export type Kind = (typeof kinds)[number];

export interface CloudInitSubject {
  readonly name: string;
  readonly ciuser?: string;
  readonly sshkeys?: readonly string[];
  readonly cipassword?: string;
  readonly ciupgrade?: boolean;
  readonly cloudInit: Revealed<CloudInit>;
  /** MAC address of each interface by its Proxmox name. */
  readonly macs: Readonly<Record<string, string>>;
  readonly ipconfig: Readonly<Record<string, IpConfig>>;
  readonly nameservers: readonly string[];
  readonly searchdomain?: string;
  /** Texts of the project's files that the configuration names, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Scripts to be found in the guest, below /var/lib/phx. */
  readonly scripts: readonly CloudInitScript[];
  /** What the templates rendered to. */
  readonly templates: Readonly<Record<Kind, string>>;
  /** Tells this VM from others that had its id, or will. */
  readonly incarnation: string;
  /** The instance that its meta data names by now. */
  readonly instance?: string;
}

export interface CloudInitScript {
  readonly path: string;
  readonly script: string;
}

export interface CloudInitData {
  readonly userData: string;
  readonly networkConfig: string;
  readonly metaData: string;
  readonly vendorData: string;
}

/** Host name and full name of a VM; a name with dots is a full one. */
export function hostNames(name: string, fqdn?: string, searchdomain?: string) {
  const [hostname = name] = name.split('.');
  const full = name.includes('.') || searchdomain === undefined ? name : `${name}.${searchdomain}`;
  return { hostname, fqdn: fqdn ?? full };
}
