/** What the facts say of one guest, for tasks: what looks before a run reads it in the same way. */

export * from '../../src/proxmox/guest-conf.ts';
