/**
 * The question to a VM's agent whether its first boot is over. Builds text; runs nothing.
 *
 * `cloud-init status --wait` comes back once it is: 0 done, 1 failed, 2 done with errors that it could put up with. A guest
 * that was cleaned (guest-clean.ts) and not stopped yet would be waited for in vain: it has no instance any more.
 */

/** Made by the cleaning; gone with the next start. */
export const cleanedPath = '/run/phx-cleaned';
/** Exit code of the script where it is there. */
export const cleanedExit = 75;

export const bootedScript = `[ ! -e ${cleanedPath} ] || exit ${cleanedExit}; command -v cloud-init >/dev/null || exit 0; cloud-init status --wait --long`;
