#!/bin/bash

readonly given=${secrets:?}/bosh
readonly work=$KPAAS_DATA_PATH
readonly program=${KPAAS_BOSH_PROGRAM:-/usr/local/bin/bosh}

# lacks WHAT: says so, and what to do about it.
lacks() {
  echo "$1. Once that is mended first boot goes on by itself; at once: systemctl restart kpaas-first-boot" >&2
}

# download URL FILE: the whole file, or none.
download() {
  curl -fsSL --proto '=https' --retry 5 --retry-connrefused -o "$2.part" "$1" || {
    lacks "cannot download $1"
    return 1
  }
  mv "$2.part" "$2"
}

# The command that is pinned, by its digest.
install_cli() {
  local url sha256
  read -r url sha256 <"$given/cli"
  if [[ -e $program ]] && sha256sum --check --status <<<"$sha256  $program"; then return 0; fi
  download "$url" "$work/tmp/bosh"
  if ! sha256sum --check --status <<<"$sha256  $work/tmp/bosh"; then
    lacks "$url is not the bosh that is pinned: its SHA-256 is not $sha256"
    return 1
  fi
  install -m 0755 "$work/tmp/bosh" "$program"
  rm "$work/tmp/bosh"
}

# Upstream's manifests: each file that a command names is checked by its digest, whatever archive it came in.
fetch_manifests() {
  local folder url
  while read -r folder url; do
    if [[ $(cat "$work/$folder.url" 2>/dev/null) == "$url" ]]; then continue; fi
    download "$url" "$work/tmp/$folder.tar.gz"
    rm -rf "$work/$folder.new"
    install -d "$work/$folder.new"
    tar -xzf "$work/tmp/$folder.tar.gz" -C "$work/$folder.new" --strip-components=1 --no-same-owner
    rm -rf "${work:?}/$folder" "$work/tmp/$folder.tar.gz"
    mv "$work/$folder.new" "$work/$folder"
    echo "$url" >"$work/$folder.url"
  done <"$given/upstream"
  (cd "$work" && sha256sum --check --quiet --strict "$given/upstream.sha256") || {
    rm -f "$work"/*-deployment.url
    lacks "upstream's manifests are not those that are pinned: $(cut -d ' ' -f 2 "$given/upstream" | paste -sd ' ')"
    return 1
  }
}

prepare

umask 0077
chmod 0700 "$work"
install -d "$work/home" "$work/tmp"

phase "bosh command"
install_cli

phase manifests
fetch_manifests

phase bosh
cp -R --no-preserve=mode "$given/files/." "$work/"
kpaas-bosh retry

finish
