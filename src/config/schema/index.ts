/** What the loader takes from the schemas: reached by one dynamic import. It knows no file system. */
import type { Container, Hypervisor, VirtualMachine } from '../fleet.ts';
import { container } from './container.ts';
import { containerFile, defaultsFile, hypervisorFile, pinsFile, profileFile, vmFile } from './files.ts';
import { hypervisor } from './hypervisor.ts';
import { vm } from './vm.ts';
import { z } from './z.ts';

/** Schemas of the merged configuration; each accepts exactly the type of `fleet.ts`. */
export const merged: {
  readonly hypervisor: z.ZodType<Hypervisor>;
  readonly ct: z.ZodType<Container>;
  readonly vm: z.ZodType<VirtualMachine>;
} = { hypervisor, ct: container, vm };

/** Schemas of single files. */
export const files = {
  hypervisor: hypervisorFile,
  node: hypervisorFile,
  defaults: defaultsFile,
  profile: profileFile,
  pins: pinsFile,
  ct: containerFile,
  vm: vmFile,
};

/** One of zod's issues. */
export type Issue = z.core.$ZodIssue;

/** JSON Schema of a file, for editors. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
}
