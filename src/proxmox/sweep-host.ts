/**
 * The part of the facts sweep that looks at the node itself: the shell function `host_facts`, and the names that it
 * asks for. It only builds text; the format is told in sweep.ts.
 */

import { imagesFolder } from './workspace.ts';

/** ZFS properties that can be set at any time: those that a configuration may name, all of them swept. */
export const zfsSettable = [
  ...['recordsize', 'compression', 'sync', 'quota', 'refquota', 'reservation', 'refreservation'],
  ...['atime', 'relatime', 'xattr', 'acltype', 'aclinherit', 'aclmode', 'dedup', 'copies', 'checksum'],
  ...['primarycache', 'secondarycache', 'logbias', 'redundant_metadata', 'dnodesize'],
  ...[
    'special_small_blocks',
    'snapdir',
    'readonly',
    'canmount',
    'exec',
    'setuid',
    'devices',
    'mountpoint',
    'keylocation',
  ],
] as const;

/** Properties that ZFS takes only when a dataset is made. */
export const zfsCreationOnly = [
  ...['casesensitivity', 'utf8only', 'normalization', 'encryption', 'keyformat'],
] as const;

/** ZFS properties that a sweep reads of every dataset. */
export const sweptZfsProperties = [...zfsSettable, ...zfsCreationOnly, 'used', 'available'] as const;

/** Pool properties that a sweep reads of every pool. */
export const sweptPoolProperties = ['autotrim', 'ashift'] as const;

/** Kernel modules that a sweep tells of when they are loaded. */
export const sweptModules = ['nvidia', 'nouveau', 'vfio', 'vfio_iommu_type1', 'vfio_pci'] as const;

/** Columns of `@groups` and `@logical`. */
export const groupColumns = ['vg_name', 'vg_size', 'vg_free'] as const;
export const logicalColumns = [
  ...['vg_name', 'lv_name', 'lv_attr', 'lv_size'],
  ...['data_percent', 'metadata_percent', 'pool_lv'],
] as const;

/** Columns of `@blocks`. */
export const blockColumns = [
  ...['NAME', 'TYPE', 'SIZE', 'FSTYPE'],
  ...['PTTYPE', 'LABEL', 'MOUNTPOINT', 'PKNAME'],
] as const;

/** Defines `host_facts`; it uses `root`, `text`, `lines` and `have` of the whole script. */
export const hostFactsScript = `boot_loader() {
  if [ -d "$root/sys/firmware/efi" ] && [ -s "$root/etc/kernel/proxmox-boot-uuids" ]; then
    for v in "$root"/sys/firmware/efi/efivars/LoaderInfo-*; do
      [ -r "$v" ] || continue
      case $(tr -d '\\000' <"$v") in *systemd-boot*) echo systemd-boot; return ;; esac
    done
  fi
  echo grub
}

host_facts() {
  tab=$(printf '\\t')
  echo "@node $(uname -n) $(cat "$root/etc/machine-id" 2>/dev/null || echo -) $(cat "$root/proc/sys/kernel/random/boot_id" 2>/dev/null || echo -) $(uname -r) $(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' "$root/proc/meminfo" 2>/dev/null) $(grep -c '^processor' "$root/proc/cpuinfo" 2>/dev/null)"
  zone=$(readlink "$root/etc/localtime" 2>/dev/null)
  case $zone in
    */zoneinfo/*) zone=\${zone##*/zoneinfo/} ;;
    *) zone=; [ -r "$root/etc/timezone" ] && read -r zone <"$root/etc/timezone" ;;
  esac
  echo "@time \${zone:--}"
  echo '@cmdline'
  text "$root/proc/cmdline"
  echo "@boot $(boot_loader)"
  echo '@kernels'
  for k in "$root"/boot/vmlinuz-*; do
    [ -e "$k" ] && echo "|\${k##*/vmlinuz-}"
  done
  n=0
  for g in "$root"/sys/kernel/iommu_groups/*; do
    [ -e "$g" ] && n=$((n + 1))
  done
  echo "@iommu $n"
  echo '@interfaces'
  for b in "$root"/sys/class/net/*/bridge; do
    [ -e "$b" ] && { i=\${b%/bridge}; echo "|\${i##*/}"; }
  done
  echo '@packages'
  have dpkg-query && dpkg-query --admindir="$root/var/lib/dpkg" -W -f '|\${Package}\\t\${Version}\\t\${db:Status-Status}\\n' 2>/dev/null | sed -n 's/\\tinstalled$//p'
  echo '@modules'
  for m in ${sweptModules.join(' ')}; do
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
  echo '@pci'
  # No process is started for a device: a server has a hundred of them.
  bound=' ' gpus=
  for d in "$root"/sys/bus/pci/drivers/*/*:*:*.*; do
    i=\${d%/*}
    bound="$bound\${d##*/}=\${i##*/} "
  done
  for d in "$root"/sys/bus/pci/devices/*; do
    [ -r "$d/vendor" ] && [ -r "$d/device" ] && [ -r "$d/class" ] || continue
    read -r vendor <"$d/vendor"
    read -r device <"$d/device"
    read -r class <"$d/class"
    i=\${d##*/}
    case $bound in
      *" $i="*) driver=\${bound##*" $i="}; driver=\${driver%% *} ;;
      *) driver=- ;;
    esac
    echo "|$i \${vendor#0x}:\${device#0x} \${class#0x} $driver"
    case $vendor$class in 0x10de0x03*) gpus="$gpus|$i " ;; esac
  done
  echo '@gpus'
  for i in $gpus; do echo "$i"; done
  echo '@disks'
  set --
  for d in "$root"/dev/disk/by-id/*; do
    case $d in *-part[0-9]*) continue ;; esac
    [ -e "$d" ] && set -- "$@" "$d"
  done
  if [ $# -gt 0 ]; then
    { readlink -f "$@" 2>/dev/null; } | {
      while read -r real; do
        printf '|%s\\t%s\\n' "\${1#"$root"}" "\${real#"$root"}"
        shift
      done
      for d in "$@"; do echo "|\${d#"$root"}"; done
    }
  fi
  echo '@blocks'
  have lsblk && lsblk -P -b -p -o ${blockColumns.join(',')} 2>/dev/null | lines
  echo '@storage'
  text "$root/etc/pve/storage.cfg"
  # A network storage whose server is gone must not hold up the whole sweep.
  dirs=$(sed -n 's/^[[:space:]]*path[[:space:]]\\{1,\\}//p' "$root/etc/pve/storage.cfg" 2>/dev/null | while IFS= read -r dir; do
    room=$(timeout -s KILL 3 stat -f -c '%S %b %f %a' "$root$dir" 2>/dev/null) && echo "$room $dir"
  done)
  echo '@rooms'
  printf '%s\\n' "$dirs" | while read -r unit size free available dir; do
    [ -n "$dir" ] && echo "|$((unit * size)) $((unit * free)) $((unit * available)) $dir"
  done
  echo '@templates'
  printf '%s\\n' "$dirs" | while read -r unit size free available dir; do
    [ -n "$dir" ] && [ -d "$root$dir/template/cache" ] || continue
    for f in "$root$dir"/template/cache/*; do
      [ -f "$f" ] && echo "|$(wc -c <"$f" | tr -d ' ') \${f#"$root"}"
    done
  done
  echo '@images'
  for f in "$root"${imagesFolder}/*; do
    case $f in *.part) continue ;; esac
    [ -f "$f" ] && echo "|$(wc -c <"$f" | tr -d ' ') \${f#"$root"}"
  done
  if have vgs && have lvs; then
    echo '@groups'
    vgs --noheadings --nosuffix --units b --separator "$tab" -o ${groupColumns.join(',')} 2>/dev/null | lines
    echo '@logical'
    lvs --noheadings --nosuffix --units b --separator "$tab" -o ${logicalColumns.join(',')} 2>/dev/null | lines
  fi
  if have zpool; then
    echo '@zpools'
    zpool list -H -p -o name,size,free,health 2>/dev/null | lines
    echo '@vdevs'
    zpool status -P 2>/dev/null | awk '
      $1 == "pool:" { pool = $2; kind = aux = ""; next }
      pool != "" && ($1 ~ /^(logs|cache|spares|special|dedup)$/) { aux = $1; next }
      pool != "" && ($1 ~ /^(mirror|raidz[123]?|draid)/) { kind = $1; sub(/-[0-9]+$/, "", kind); next }
      pool != "" { disk = $1 }
      pool != "" && / was \\// { disk = $0; sub(/^.* was /, "", disk) }
      pool != "" && (disk ~ /^\\//) { printf "|%s\\t%s\\t%s\\n", pool, (aux != "" ? aux : kind == "" ? "disk" : kind), disk }'
    echo '@pools'
    zpool get -H -p -o name,property,value ${sweptPoolProperties.join(',')} 2>/dev/null | lines
    echo '@zfs'
    zfs get -H -p -t filesystem -o name,property,value,source ${sweptZfsProperties.join(',')} 2>/dev/null | lines
  fi
}
`;
