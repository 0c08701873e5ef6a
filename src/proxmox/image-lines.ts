/** Which raw lines in the conf of an application container came with its image (F30). Pure. */

/** What an OCI image brought is no drift, and a clone of the container needs them as well. */
export function isOfImage(key: string): boolean {
  return /^lxc\.(environment\.runtime|init\.(cwd|uid|gid|groups)|signal\.halt)$/.test(key);
}
