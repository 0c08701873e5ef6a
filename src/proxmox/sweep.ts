/**
 * The facts sweep: one versioned script for `sh -s` that prints what a node looks like, and the words of its answer.
 * It only builds text; `facts.ts` parses the answer, a host runs it, the twin prints the same format from its state.
 *
 * Format: lines that begin with `@` open a section, lines that begin with `|` are its content (the rest of the line),
 * everything else is ignored. The last line is `@end`; without it the sweep was cut off. Fields of a `@` line are
 * separated by one blank; a path is always the last field, so it may hold blanks.
 *
 * Scopes (arguments): `host` everything about the node itself; `guests` every guest; `guest:<id>` one guest;
 * `guests-of:<node>` the conf files of the guests of another node of the cluster, one that cannot be asked itself;
 * `file:<path>` the text of one file; `dir:<path>` owner and mode of one directory; `unit:<name>` the state of one systemd
 * unit (all of them by one call); `clock:<epoch seconds>` how the node's clock stands to that of who asks, who says what
 * his own shows. A sweep without `host` leaves out the host's sections.
 */

import { hostFactsScript } from './sweep-host.ts';

/** First line of the script; a host that answers sweeps itself (the twin) knows it by this. */
export const sweepMark = '# phx-sweep 1';

/** Whether a scope names one thing that a task asks for, a file, a directory or a unit, besides what every sweep reads. */
export function isNamedScope(scope: string): boolean {
  return /^(file|dir|unit):/.test(scope);
}

/** Asks how the node's clock stands to this one. `now`: epoch milliseconds. */
export function clockScope(now: number): string {
  return `clock:${Math.round(now / 1000)}`;
}

/** argv of a sweep over the given scopes; the script goes to standard input. */
export function sweepArgv(scopes: readonly string[]): string[] {
  return ['sh', '-s', '--', ...scopes];
}

/**
 * The script. `PHX_ROOT` (empty on a real node) is put before every path, so that tests run it on a fake root.
 * Sections, in the order they are printed:
 *
 *   @sweep 1
 *   @node <name> <machine-id> <boot-id> <kernel release> <memory KiB> [<hardware threads>]
 *   @time <zone>             time zone, `-` when none is set
 *   @cmdline                 `|<kernel command line of this boot>`
 *   @boot <systemd-boot|grub>   which boot loader reads the command line, told as proxmox-boot-tool tells it
 *   @kernels                 `|<release>` of every installed kernel
 *   @iommu <count>           number of IOMMU groups
 *   @interfaces              one line a bridge: `|vmbr0`
 *   @packages                `|name<TAB>version` of every installed package
 *   @modules                 `|name` of every loaded kernel module that phx asks for (nvidia, nouveau, vfio …)
 *   @nvidia                  `|loaded <version>` and `|installed <version>`, each only when there is one; `|device <path>`
 *   @pci                     `|<address> <vendor>:<device> <class> <driver or ->` of every PCI device
 *   @gpus                    `|<PCI address>` of every NVIDIA display controller
 *   @disks                   `|<path>[<TAB><device>]` of every whole disk below /dev/disk/by-id
 *   @blocks                  the lines of `lsblk -P`: every block device with its signature and mount point
 *   @storage                 the lines of /etc/pve/storage.cfg
 *   @templates               `|<size in bytes> <path>` of every file in a dir storage's template/cache
 *   @rooms                   `|<size> <free> <available> <path>` in bytes, of the file system below every storage's directory
 *   @images                  `|<size in bytes> <path>` of every cloud image
 *   @groups                  `vgs` with name, size and free bytes, tabs between them
 *   @logical                 `lvs` with group, name, attributes, bytes, percents of data and metadata, thin pool
 *   @zpools                  `zpool list -H -p -o name,size,free,health`
 *   @vdevs                   `zpool status -P -L`-like: `|pool<TAB>vdev type or disk<TAB>disk path`
 *   @pools                   `zpool get -H -p -o name,property,value` of the swept pool properties
 *   @zfs                     `zfs get -H -p -o name,property,value,source` of the swept properties, file systems only
 *   @clock <seconds> <yes|no|->   how far it is ahead of the asking one, and whether it is held to a time server
 *   @guest <ct|vm> <id> <running|stopped|unknown> [<start>]   content: the conf file; `start` is another one after each
 *                            start; of another node's guest its name follows `unknown`
 *   @cut <id>                its conf file does not end with a line break; then, for a running container,
 *   @layers <id>             the lines of its /var/lib/phx/layers (section absent when it cannot be read)
 *   @file <path>             its text
 *   @absent <path>           there is no such file
 *   @dir <user>:<group> <uid>:<gid> <octal mode> <path>   `UNKNOWN` for a number without a name
 *   @nodir <path>            there is no such directory
 *   @unit <name> <ActiveState> <UnitFileState>   `-` for what is not known of it
 *   @end
 */
export const sweepScript = `${sweepMark}
root="\${PHX_ROOT:-}"
text() { if [ -r "$1" ]; then sed 's/^/|/' "$1"; echo; fi; }
lines() { sed 's/^/|/'; echo; }
have() { command -v "$1" >/dev/null 2>&1; }

${hostFactsScript}
ct_facts() {
  id=$1
  conf="$root/etc/pve/lxc/$id.conf"
  [ -r "$conf" ] || return 0
  state=stopped
  # The directory is made anew by every start, so that its number tells one from the next.
  [ -d "$root/sys/fs/cgroup/lxc/$id" ] && state="running $(stat -c %i "$root/sys/fs/cgroup/lxc/$id" 2>/dev/null)"
  echo "@guest ct $id $state"
  text "$conf"
  [ -z "$(tail -c 1 "$conf")" ] || echo "@cut $id"
  [ "$state" != stopped ] || return 0
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
  pid=$(cat "$root/run/qemu-server/$id.pid" 2>/dev/null)
  # A pid file that was left behind may name another process by now: the command line tells whose it is, and the time of
  # its start (the 20th field after the name, which may hold blanks) tells one start of the VM from the next.
  if [ -n "$pid" ] && [ -r "$root/proc/$pid/cmdline" ]; then
    case " $(tr '\\000' ' ' <"$root/proc/$pid/cmdline") " in
      *" -id $id "*) state="running $(started "$root/proc/$pid/stat")" ;;
    esac
  fi
  echo "@guest vm $id $state"
  text "$conf"
  [ -z "$(tail -c 1 "$conf")" ] || echo "@cut $id"
}
other_facts() {
  for f in "$root/etc/pve/nodes/$1"/lxc/*.conf "$root/etc/pve/nodes/$1"/qemu-server/*.conf; do
    [ -r "$f" ] || continue
    id=\${f##*/} kind=ct
    case $f in */qemu-server/*) kind=vm ;; esac
    echo "@guest $kind \${id%.conf} unknown $1"
    text "$f"
    [ -z "$(tail -c 1 "$f")" ] || echo "@cut \${id%.conf}"
  done
}
clock_facts() {
  now=$(date +%s)
  synced=-
  if [ -e "$root/run/systemd/timesync/synchronized" ]; then synced=yes
  elif have chronyc; then
    case $(timeout 2 chronyc -c tracking 2>/dev/null) in
      '') ;;
      *',Not synchronised') synced=no ;;
      *) synced=yes ;;
    esac
  fi
  echo "@clock $((now - $1)) $synced"
}

started() { sed 's/^.*) //' "$1" 2>/dev/null | cut -d ' ' -f 20; }

# systemctl answers in the order of the names, a block each; it knows no name as an alias that was asked for.
unit_facts() {
  { have systemctl && systemctl show -p LoadState,ActiveState,UnitFileState -- "$@" 2>/dev/null; } |
    units="$*" awk '
      function tell() {
        if (load == "" || load == "not-found") active = file = ""
        print "@unit " name[at++] " " (active == "" ? "-" : active) " " (file == "" ? "-" : file)
        load = active = file = ""
      }
      BEGIN { count = split(ENVIRON["units"], name, " "); at = 1 }
      /^LoadState=/ { load = substr($0, 11) }
      /^ActiveState=/ { active = substr($0, 13) }
      /^UnitFileState=/ { file = substr($0, 15) }
      /^$/ { if (at <= count) tell() }
      END { while (at <= count) tell() }'
}

echo '@sweep 1'
units=
for scope in "$@"; do
  case $scope in
    clock:*) clock_facts "\${scope#clock:}" ;;
    host) host_facts ;;
    guests)
      for f in "$root"/etc/pve/lxc/*.conf; do f=\${f##*/}; ct_facts "\${f%.conf}"; done
      for f in "$root"/etc/pve/qemu-server/*.conf; do f=\${f##*/}; vm_facts "\${f%.conf}"; done ;;
    guests-of:*) other_facts "\${scope#guests-of:}" ;;
    guest:*) ct_facts "\${scope#guest:}"; vm_facts "\${scope#guest:}" ;;
    file:*)
      path=\${scope#file:}
      if [ -f "$root$path" ]; then echo "@file $path"; text "$root$path"; else echo "@absent $path"; fi ;;
    dir:*)
      path=\${scope#dir:}
      if [ -d "$root$path" ]; then
        echo "@dir $(stat -L -c '%U:%G %u:%g %a' "$root$path" 2>/dev/null || echo '? ? ?') $path"
      else echo "@nodir $path"; fi ;;
    unit:*) units="$units \${scope#unit:}" ;;
  esac
done
[ -n "$units" ] && unit_facts $units
echo '@end'
`;
