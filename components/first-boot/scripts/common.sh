#!/bin/bash
# What every role's first boot starts with. The role's own script follows in the same file.
# Each phase compares before it changes, so that a second run changes nothing and restarts nothing.
set -Eeuo pipefail

# shellcheck source=/dev/null
. /etc/kpaas/first-boot.env

readonly state=/var/lib/kpaas
readonly run=/run/kpaas
readonly secrets=/etc/kpaas/secrets
# The delivery that this run applies.
revision=$(cat /etc/kpaas/revision)
readonly revision

install -d -m 0755 "$state"
install -d -m 0700 "$run"
trap 'echo "first boot failed in phase $(cat "$run/phase"), line $LINENO" >&2' ERR

phase() {
  echo "$1" >"$run/phase"
  echo "$(date -u +%FT%T.%3NZ) phase: $1"
}

# The installer waits for the revision to be applied. One that came meanwhile is applied next.
finish() {
  phase "done"
  [[ -e $state/first-boot.done ]] || date -u +%FT%TZ >"$state/first-boot.done"
  echo "$revision" >"$state/applied"
  if [[ $(cat /etc/kpaas/revision) != "$revision" ]]; then exec "$0"; fi
}

# install_file MODE OWNER:GROUP PATH: standard input becomes the file; `changed` says whether that made a difference.
install_file() {
  local new
  new=$(mktemp "$run/file.XXXXXX")
  cat >"$new"
  if ! cmp -s "$new" "$3"; then
    install -D -m "$1" -o "${2%:*}" -g "${2#*:}" "$new" "$3"
    changed=yes
  fi
  rm "$new"
}

# start_service NAME [ACTION]: runs the service; after a change, ACTION (restart unless told) makes it take the new files.
start_service() {
  systemctl --quiet enable "$1"
  if [[ $changed == yes ]] && systemctl --quiet is-active "$1"; then
    systemctl "${2:-restart}" "$1"
  else
    systemctl start "$1"
  fi
}

# await SECONDS COMMAND...: polls until the command succeeds; fails when it has not within that time.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= end)); then return 1; fi
    sleep 0.2
  done
}

is_port_open() {
  (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

# Docker binds /etc/hosts into its containers, so it is written in place, never replaced.
write_host_names() {
  local new
  new=$(sed '/^# kpaas begin$/,/^# kpaas end$/d' /etc/hosts && cat /etc/kpaas/hosts)
  [[ $new == "$(cat /etc/hosts)" ]] || echo "$new" >/etc/hosts
}

install_packages() {
  local package missing=()
  for package in $KPAAS_PACKAGES; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  await_package_source
  local apt=(apt-get -q -y -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300)
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "${missing[@]}"
}

# Whole disks of the data disk's size without partitions and without any signature. Some clouds sell disks by ten GiB, and none below
# twenty; others round up by a few percent.
blank_disks() {
  local disk bytes wanted=$((KPAAS_DATA_GIB << 30))
  while read -r disk bytes; do
    ((bytes >= wanted && bytes <= wanted + wanted / 8 + (20 << 30))) || continue
    if [[ $(lsblk -no NAME "$disk" | wc -l) == 1 && -z $(wipefs --noheadings "$disk") ]]; then echo "$disk"; fi
  done < <(lsblk -bdnpo NAME,SIZE,TYPE | awk '$3 == "disk" { print $1, $2 }')
}

# The machine's own file system, by an id that is derived from its name; or the only one that an earlier release made, whose id is
# random. One whose id is derived from another name is another machine's.
data_device() {
  local device earlier=()
  blkid -U "$1" && return
  while read -r device; do
    [[ $(blkid -o value -s UUID "$device") =~ ^.{14}8 ]] || earlier+=("$device")
  done < <(blkid -t LABEL=kpaas-data -o device)
  ((${#earlier[@]} == 1)) && echo "${earlier[0]}"
}

# The data disk is the one with this machine's file system, or the only blank disk of its size, which gets it: with two, a person
# must say which. Containers have theirs mounted already. A disk that was made larger gets a larger file system.
mount_data_disk() {
  local path=${KPAAS_DATA_PATH:-} device id blank
  [[ -n $path ]] || return 0
  if systemd-detect-virt --quiet --container; then return 0; fi
  id=$(uuid_of "kpaas-data $KPAAS_HOSTNAME")
  if ! mountpoint -q "$path"; then
    # A disk is never mounted over what a machine of an earlier release keeps there: it takes the disk when it is made anew.
    if [[ -n $(ls -A "$path" 2>/dev/null) ]]; then return 0; fi
    until device=$(data_device "$id"); do
      mapfile -t blank < <(blank_disks)
      if ((${#blank[@]} > 1)); then
        echo "which is the data disk of $KPAAS_DATA_GIB GiB? blank are ${blank[*]}: detach what is not, or format it: mkfs.ext4 -U $id" >&2
        return 1
      fi
      if ((${#blank[@]} == 1)); then mkfs.ext4 -q -L kpaas-data -U "$id" "${blank[0]}"; else sleep 1; fi
    done
    id=$(blkid -o value -s UUID "$device")
    sed -i '/ # kpaas-data$/d; /^LABEL=kpaas-data /d' /etc/fstab
    echo "UUID=$id $path ext4 defaults,nofail 0 2 # kpaas-data" >>/etc/fstab
    systemctl daemon-reload
    mkdir -p "$path"
    mount "$path"
  fi
  await_size "$path"
  resize2fs "$(findmnt -no SOURCE "$path")" 2>"$run/resize.log"
}

# A disk that the installer has made larger shows its size a moment later.
await_size() {
  local device
  device=$(findmnt -no SOURCE "$1")
  await 60 has_size "$device" && return
  echo "the data disk $device is smaller than $KPAAS_DATA_GIB GiB" >&2
  return 1
}

has_size() {
  (($(lsblk -bdno SIZE "$1") >= KPAAS_DATA_GIB << 30))
}

# uuid_of TEXT: the same id for the same text (a name-based UUID, RFC 9562 version 8).
uuid_of() {
  sha256sum <<<"$1" | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-8\3-8\4-\5/'
}

prepare() {
  phase "host names"
  write_host_names
  phase "data disk"
  mount_data_disk
  phase packages
  prepare_package_source
  install_packages
  serve_packages
  maintain_packages
}
