/** Which profiles a file rests on: follows `extends` through the profiles, and finds circles. It knows no value of theirs. */
import type { ParsedFile } from './files.ts';
import { nearest, type Path } from './path.ts';
import type { Complaint } from './problem.ts';

/** Names of the profiles that a file rests on, each once, the lowest first. */
export function linearise(from: ParsedFile, files: readonly ParsedFile[], complaints: Complaint[]): string[] {
  const profiles = new Map(
    files.flatMap((file) =>
      file.role.kind === 'profile' && file.env === undefined ? [[file.role.name, file] as const] : [],
    ),
  );
  const order: string[] = [];
  const visit = (file: ParsedFile, trail: readonly string[]): void => {
    const wanted = file.value.extends;
    const list = typeof wanted === 'string' ? [wanted] : Array.isArray(wanted) ? wanted : [];
    for (const [index, name] of list.entries()) {
      if (typeof name !== 'string') continue;
      const path: Path = Array.isArray(wanted) ? ['extends', index] : ['extends'];
      const profile = profiles.get(name);
      if (profile === undefined) {
        const meant = nearest(name, profiles.keys());
        const hint =
          meant === undefined ? `create config/profiles/${name}.json5` : `did you mean '${meant}'?`;
        complaints.push({ file: file.path, path, message: `there is no profile '${name}'`, hint });
      } else if (trail.includes(name)) {
        const circle = [...trail.slice(trail.indexOf(name)), name].join(' → ');
        complaints.push({
          file: file.path,
          path,
          message: `profiles extend each other in a circle: ${circle}`,
          hint: 'take one of them out',
        });
      } else if (!order.includes(name)) {
        visit(profile, [...trail, name]);
        order.push(name);
      }
    }
  };
  visit(from, []);
  return order;
}
