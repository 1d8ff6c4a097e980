#!/bin/bash
# Packages of the platform's own source: the registry's machine serves them. Elsewhere, and where the image's own sources count, these
# functions do nothing.

# On the registry's machine: the folder in which the installer puts the packages, once it is there; and no server but the platform's own.
prepare_package_source() {
  [[ -n ${KPAAS_SERVES_PACKAGES:-} ]] || return 0
  [[ -L /etc/systemd/system/nginx.service ]] || systemctl --quiet mask nginx.service
  install -d -m 0755 "$KPAAS_SERVES_PACKAGES"
}

# All machines come up at once, and the one that serves needs packages itself before it does.
await_package_source() {
  local source=${KPAAS_PACKAGE_SOURCE:-} phase
  [[ -n $source ]] || return 0
  if has_package_source "$source"; then return 0; fi
  phase=$(cat "$run/phase")
  phase "waiting for packages of $source"
  if ! await 600 has_package_source "$source"; then
    echo "no packages at $source after 600 s: the registry's machine has them once \`up --bundle\` has brought them" >&2
    return 1
  fi
  phase "$phase"
}

has_package_source() {
  case $1 in
    /*) [[ -e $1/dists ]] ;;
    *) timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "${1%:*}" "${1##*:}" 2>/dev/null ;;
  esac
}

serve_packages() {
  local configuration=/etc/nginx/kpaas-packages.conf
  if [[ -n ${KPAAS_SERVES_PACKAGES:-} ]]; then
    phase "package server"
    changed=no
    install_file 0644 root:root "$configuration" </etc/kpaas/package-server.conf
    start_service kpaas-packages
  elif [[ -e $configuration ]]; then
    systemctl stop kpaas-packages
    rm -rf "$configuration" /etc/systemd/system/multi-user.target.wants/kpaas-packages.service "$KPAAS_DATA_PATH/apt"
  fi
}
