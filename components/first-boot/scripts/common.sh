#!/bin/bash
# What every role's first boot starts with. The role's own script follows in the same file.
# Each phase compares before it changes, so that a second run changes nothing and restarts nothing.
set -Eeuo pipefail

# shellcheck source=/dev/null
. /etc/kpaas/first-boot.env

readonly state=/var/lib/kpaas
readonly run=/run/kpaas
readonly secrets=/etc/kpaas/secrets

install -d -m 0755 "$state"
install -d -m 0700 "$run"
trap 'echo "first boot failed in phase $(cat "$run/phase"), line $LINENO" >&2' ERR

phase() {
  echo "$1" >"$run/phase"
  echo "$(date -u +%FT%T.%3NZ) phase: $1"
}

finish() {
  phase "done"
  [[ -e $state/first-boot.done ]] || date -u +%FT%TZ >"$state/first-boot.done"
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
  local apt=(apt-get -q -y -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300)
  export DEBIAN_FRONTEND=noninteractive
  "${apt[@]}" update
  "${apt[@]}" install --no-install-recommends "${missing[@]}"
}

# A whole disk without partitions and without any signature.
blank_disk() {
  local disk
  for disk in $(lsblk -dnpo NAME,TYPE | awk '$2 == "disk" { print $1 }'); do
    if [[ $(lsblk -no NAME "$disk" | wc -l) == 1 && -z $(wipefs --noheadings "$disk") ]]; then
      echo "$disk"
      return
    fi
  done
}

# The data disk is found by its label, or is the one blank disk, which gets it. Containers have theirs mounted already.
mount_data_disk() {
  local path=${KPAAS_DATA_PATH:-} device=
  [[ -n $path ]] || return 0
  if mountpoint -q "$path" || systemd-detect-virt --quiet --container; then return 0; fi
  until device=$(blkid -L kpaas-data) || device=$(blank_disk) && [[ -n $device ]]; do sleep 1; done
  [[ $(blkid -o value -s LABEL "$device") == kpaas-data ]] || mkfs.ext4 -q -L kpaas-data "$device"
  grep -q '^LABEL=kpaas-data ' /etc/fstab || echo "LABEL=kpaas-data $path ext4 defaults,nofail 0 2" >>/etc/fstab
  systemctl daemon-reload
  mkdir -p "$path"
  mount "$path"
}

# The installer hands secrets over once the machine answers; `.complete` comes last.
await_secrets() {
  until [[ -e $secrets/.complete ]]; do sleep 0.2; done
}

prepare() {
  phase "host names"
  write_host_names
  phase "data disk"
  mount_data_disk
  phase packages
  install_packages
}
