#!/bin/bash
# Security updates of the distribution's packages, each time that the installer asks for them as of another time.

readonly packages=$state/packages
# Packages that running programs hold on to: only a restart puts the new ones into use. Ubuntu says so itself.
readonly need_restart='^(linux-image-[^ ]+|libc6|libssl[^ ]*|systemd|dbus)(:[^ ]+)? '

# A machine that was never asked has no such file, and none that is being made has one: neither loses time here.
maintain_packages() {
  [[ -e /etc/kpaas/packages.env ]] || return 0
  # shellcheck source=/dev/null
  . /etc/kpaas/packages.env
  [[ $(noted as-of) != "$KPAAS_PACKAGES_AS_OF" ]] || return 0
  install -d -m 0755 "$packages"
  if [[ $(noted upgraded-as-of) != "$KPAAS_PACKAGES_AS_OF" ]]; then
    phase "security updates"
    upgrade_packages
    note upgraded-as-of
  fi
  if [[ $KPAAS_REBOOT == if-needed ]]; then restart_if_needed; fi
  note as-of
}

noted() {
  cat "$packages/$1" 2>/dev/null || true
}

# Whole or not at all, whenever the machine is cut off.
note() {
  echo "$KPAAS_PACKAGES_AS_OF" >"$packages/$1.new"
  mv "$packages/$1.new" "$packages/$1"
}

upgrade_packages() {
  local preferences=$run/security.preferences upgraded=$packages/upgraded
  local apt=(apt-get -q -y -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any)
  # needrestart would restart this very script.
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C
  configure_unpacked
  await_package_source
  "${apt[@]}" update
  prefer_security >"$preferences"
  # Of a run that was cut off the first list counts.
  [[ -e $packages/before ]] || package_versions "$packages/before"
  "${apt[@]}" -o "Dir::Etc::Preferences=$preferences" -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Options::=--force-confold upgrade --with-new-pkgs
  "${apt[@]}" clean
  package_versions "$packages/after"
  # Each as `package version-before version-now`; of a new one the version before is empty.
  join -a 2 -e '' -o 0,1.2,2.2 "$packages/before" "$packages/after" | awk '$2 != $3' >"$upgraded"
  if grep -qE "$need_restart" "$upgraded"; then touch /run/reboot-required; fi
  echo "$(wc -l <"$upgraded") packages upgraded"
  rm "$packages/before" "$packages/after"
}

# What was unpacked when the machine was cut off is configured first, without which apt does nothing. The distribution's own
# upgrades may hold the lock for a while.
configure_unpacked() {
  local end=$((SECONDS + 300))
  until dpkg --force-confdef --force-confold --configure -a 2>"$run/dpkg.log"; do
    if ((SECONDS >= end)) || ! grep -q 'lock' "$run/dpkg.log"; then
      cat "$run/dpkg.log" >&2
      return 1
    fi
    sleep 5
  done
}

# Preferences by which only security archives upgrade what is installed, and a bundle, whose maker chose what is in it. Others still
# serve a new package that one of those asks for. The machine's own preferences come after; those for packages by name win over these.
prefer_security() {
  local pin
  for pin in '990 release a=*-security' '990 release l=Debian-Security' '990 release o=kpaas' '100 release a=now' '1 release a=*' \
    '1 origin "*"' '1 origin ""'; do
    printf 'Package: *\nPin: %s\nPin-Priority: %s\n\n' "${pin#* }" "${pin%% *}"
  done
  if [[ -e /etc/apt/preferences ]]; then cat /etc/apt/preferences; fi
}

# package_versions FILE: of all that is installed, in the order that `join` wants.
package_versions() {
  dpkg-query -W -f '${db:Status-Status} ${binary:Package} ${Version}\n' | sed -n 's/^installed //p' | sort >"$1.new"
  mv "$1.new" "$1"
}

# Once for each time asked for. /run goes with the restart, and so tells whether there has been one.
restart_if_needed() {
  [[ -e /run/reboot-required ]] || return 0
  if [[ $(noted restarted-as-of) == "$KPAAS_PACKAGES_AS_OF" && ! -e $run/restarting ]]; then return 0; fi
  phase "restarting for security updates"
  touch "$run/restarting"
  note restarted-as-of
  sync
  systemctl reboot
  sleep 300
  echo "the machine was told to restart, and runs on" >&2
  return 1
}
