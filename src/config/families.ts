/** The numbered keys that files write at top level (net0, mp0, scsi1 …): where a guest keeps them, and how far they go. Pure. */

export interface Family {
  /** Key of the guest in `fleet.ts` that holds its members by their names. */
  readonly group: string;
  /** Highest number. */
  readonly last: number;
}

export const families: { readonly [kind in 'ct' | 'vm']: Readonly<Record<string, Family>> } = {
  ct: {
    net: { group: 'nets', last: 31 },
    mp: { group: 'mounts', last: 255 },
    dev: { group: 'devs', last: 255 },
  },
  vm: {
    net: { group: 'nets', last: 31 },
    ipconfig: { group: 'ipconfig', last: 31 },
    scsi: { group: 'drives', last: 30 },
    virtio: { group: 'drives', last: 15 },
    sata: { group: 'drives', last: 5 },
    ide: { group: 'drives', last: 3 },
    numa: { group: 'numas', last: 7 },
    serial: { group: 'serials', last: 3 },
    parallel: { group: 'parallels', last: 2 },
    hostpci: { group: 'hostpcis', last: 15 },
    usb: { group: 'usbs', last: 13 },
    virtiofs: { group: 'virtiofs', last: 9 },
  },
};

/** Keys of the merged form that files write otherwise. */
export const gathered: readonly string[] = [
  ...new Set(Object.values(families).flatMap((all) => Object.values(all).map(({ group }) => group))),
];

/** The group of a kind's key; undefined for a key that is no member of a family. */
export function groupOf(kind: 'ct' | 'vm', key: string): string | undefined {
  const [, name = '', number = ''] = /^([a-z]+)(0|[1-9]\d{0,2})$/.exec(key) ?? [];
  const family = Object.hasOwn(families[kind], name) ? families[kind][name] : undefined;
  return family && Number(number) <= family.last ? family.group : undefined;
}
