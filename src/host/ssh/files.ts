/** Files of a node over ssh: whole or not at all, by scripts for sh that take the path as their argument. Builds text only. */

/** Prints the file; exits with `noSuchFile` when there is none. */
export const readScript = `[ -e "$1" ] || [ -L "$1" ] || exit 44
exec cat -- "$1"`;

export const noSuchFile = 44;

/**
 * Writes its input of `$3` bytes to `$1` with mode `$2` (less is that of a connection which was cut): a temporary file beside it that takes its place, on the disk before it does.
 * Its owner stays who it was. The file system of a cluster has modes and owners of its own and refuses to set any (B117):
 * there a file that others may read is written without them.
 */
export const writeScript = `set -eu
path=$(readlink -m -- "$1")
mkdir -p -- "$(dirname -- "$path")"
umask 077
new=$path.tmp.phx
trap 'rm -f -- "$new"' EXIT
cat >"$new"
[ "$(wc -c <"$new")" -eq "$3" ] || { echo "not all of it arrived" >&2; exit 1; }
private=$((0$2 & 077 ? 0 : 1))
chmod "$2" "$new" 2>/dev/null || [ "$private" = 0 ] || { echo "the mode $2 cannot be set there" >&2; exit 1; }
if [ -e "$path" ]; then chown --reference="$path" -- "$new" 2>/dev/null || true; fi
sync "$new"
mv -fT -- "$new" "$path"
trap - EXIT`;

export const removeScript = 'exec rm -f -- "$1"';
