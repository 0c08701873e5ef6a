/**
 * The facts sweep: one versioned script for `sh -s` that prints what a node looks like, and the words of its answer.
 * It only builds text; `facts.ts` parses the answer, a host runs it, the twin prints the same format from its state.
 *
 * Format: lines that begin with `@` open a section, lines that begin with `|` are its content (the rest of the line),
 * everything else is ignored. The last line is `@end`; without it the sweep was cut off. Fields of a `@` line are
 * separated by one blank; a path is always the last field, so it may hold blanks.
 *
 * Scopes (arguments): `host` everything about the node itself; `guests` every guest; `guest:<id>` one guest;
 * `file:<path>` the text of one file. A sweep without `host` leaves out the host's sections.
 */

/** First line of the script; a host that answers sweeps itself (the twin) knows it by this. */
export const sweepMark = '# phx-sweep 1';

/** argv of a sweep over the given scopes; the script goes to standard input. */
export function sweepArgv(scopes: readonly string[]): string[] {
  return ['sh', '-s', '--', ...scopes];
}

/** ZFS properties that a sweep reads of every dataset. */
export const sweptZfsProperties = [
  'recordsize',
  'compression',
  'sync',
  'quota',
  'reservation',
  'atime',
  'mountpoint',
  'used',
  'available',
] as const;

/**
 * The script. `PHX_ROOT` (empty on a real node) is put before every path, so that tests run it on a fake root.
 * Sections, in the order they are printed:
 *
 *   @sweep 1
 *   @node <name> <machine-id> <boot-id> <kernel release> <memory KiB>
 *   @interfaces              one line a bridge: `|vmbr0`
 *   @packages                `|name<TAB>version` of every installed package
 *   @modules                 `|name` of every loaded kernel module that phx asks for (nvidia, nouveau, vfio_pci)
 *   @nvidia                  `|loaded <version>` and `|installed <version>`, each only when there is one; `|device <path>`
 *   @gpus                    `|<PCI address>` of every NVIDIA display controller
 *   @disks                   `|<path>` of every whole disk below /dev/disk/by-id
 *   @storage                 the lines of /etc/pve/storage.cfg
 *   @templates               `|<size in bytes> <path>` of every file in a dir storage's template/cache
 *   @zpools                  `zpool list -H -p -o name,size,free,health`
 *   @vdevs                   `zpool status -P -L`-like: `|pool<TAB>vdev type or disk<TAB>disk path`
 *   @zfs                     `zfs get -H -p -o name,property,value,source` of the swept properties, file systems only
 *   @guest <ct|vm> <id> <running|stopped>   content: the conf file; then, for a running container,
 *   @layers <id>             the lines of its /var/lib/phx/layers (section absent when it cannot be read)
 *   @file <path>             its text
 *   @absent <path>           there is no such file
 *   @end
 */
export const sweepScript = `${sweepMark}
root="\${PHX_ROOT:-}"
text() { if [ -r "$1" ]; then sed 's/^/|/' "$1"; echo; fi; }
lines() { sed 's/^/|/'; echo; }
have() { command -v "$1" >/dev/null 2>&1; }

host_facts() {
  echo "@node $(uname -n) $(cat "$root/etc/machine-id" 2>/dev/null || echo -) $(cat "$root/proc/sys/kernel/random/boot_id" 2>/dev/null || echo -) $(uname -r) $(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' "$root/proc/meminfo" 2>/dev/null)"
  echo '@interfaces'
  for b in "$root"/sys/class/net/*/bridge; do
    [ -e "$b" ] && { i=\${b%/bridge}; echo "|\${i##*/}"; }
  done
  echo '@packages'
  have dpkg-query && dpkg-query --admindir="$root/var/lib/dpkg" -W -f '|\${Package}\\t\${Version}\\t\${db:Status-Status}\\n' 2>/dev/null | sed -n 's/\\tinstalled$//p'
  echo '@modules'
  for m in nvidia nouveau vfio_pci; do
    [ -d "$root/sys/module/$m" ] && echo "|$m"
  done
  echo '@nvidia'
  v=$(sed -n 's/^NVRM version: .*Kernel Module[^0-9]*\\([0-9][0-9.]*\\).*/\\1/p' "$root/proc/driver/nvidia/version" 2>/dev/null)
  [ -n "$v" ] && echo "|loaded $v"
  v=$(modinfo -b "$root/" -F version nvidia 2>/dev/null)
  [ -n "$v" ] && echo "|installed $v"
  for d in "$root"/dev/nvidia*; do
    [ -e "$d" ] && echo "|device \${d#"$root"}"
  done
  echo '@gpus'
  for d in "$root"/sys/bus/pci/devices/*; do
    [ "$(cat "$d/vendor" 2>/dev/null)" = 0x10de ] || continue
    case $(cat "$d/class" 2>/dev/null) in 0x03*) echo "|\${d##*/}" ;; esac
  done
  echo '@disks'
  for d in "$root"/dev/disk/by-id/*; do
    case $d in *-part[0-9]*) continue ;; esac
    [ -e "$d" ] && echo "|\${d#"$root"}"
  done
  echo '@storage'
  text "$root/etc/pve/storage.cfg"
  echo '@templates'
  sed -n 's/^[[:space:]]*path[[:space:]]\\{1,\\}//p' "$root/etc/pve/storage.cfg" 2>/dev/null | while IFS= read -r dir; do
    for f in "$root$dir"/template/cache/*; do
      [ -f "$f" ] && echo "|$(wc -c <"$f" | tr -d ' ') \${f#"$root"}"
    done
  done
  if have zpool; then
    echo '@zpools'
    zpool list -H -p -o name,size,free,health 2>/dev/null | lines
    echo '@vdevs'
    zpool status -P 2>/dev/null | awk '
      $1 == "pool:" { pool = $2; kind = ""; next }
      pool != "" && ($1 ~ /^(mirror|raidz[123]?|draid)/) { kind = $1; sub(/-[0-9]+$/, "", kind); next }
      pool != "" && ($1 ~ /^\\//) { printf "|%s\\t%s\\t%s\\n", pool, (kind == "" ? "disk" : kind), $1 }'
    echo '@zfs'
    zfs get -H -p -t filesystem -o name,property,value,source ${sweptZfsProperties.join(',')} 2>/dev/null | lines
  fi
}

ct_facts() {
  id=$1
  conf="$root/etc/pve/lxc/$id.conf"
  [ -r "$conf" ] || return 0
  state=stopped
  [ -d "$root/sys/fs/cgroup/lxc/$id" ] && state=running
  echo "@guest ct $id $state"
  text "$conf"
  [ "$state" = running ] || return 0
  pid=$(sed -n 1p "$root/sys/fs/cgroup/lxc/$id/ns/init.scope/cgroup.procs" 2>/dev/null)
  [ -n "$pid" ] || pid=$(lxc-info -n "$id" -p -H 2>/dev/null)
  [ -n "$pid" ] && [ -d "$root/proc/$pid/root" ] || return 0
  echo "@layers $id"
  text "$root/proc/$pid/root/var/lib/phx/layers"
}

vm_facts() {
  id=$1
  conf="$root/etc/pve/qemu-server/$id.conf"
  [ -r "$conf" ] || return 0
  state=stopped
  pid=$(cat "$root/var/run/qemu-server/$id.pid" 2>/dev/null)
  [ -n "$pid" ] && [ -d "$root/proc/$pid" ] && state=running
  echo "@guest vm $id $state"
  text "$conf"
}

echo '@sweep 1'
for scope in "$@"; do
  case $scope in
    host) host_facts ;;
    guests)
      for f in "$root"/etc/pve/lxc/*.conf; do f=\${f##*/}; ct_facts "\${f%.conf}"; done
      for f in "$root"/etc/pve/qemu-server/*.conf; do f=\${f##*/}; vm_facts "\${f%.conf}"; done ;;
    guest:*) ct_facts "\${scope#guest:}"; vm_facts "\${scope#guest:}" ;;
    file:*)
      path=\${scope#file:}
      if [ -f "$root$path" ]; then echo "@file $path"; text "$root$path"; else echo "@absent $path"; fi ;;
  esac
done
echo '@end'
`;
