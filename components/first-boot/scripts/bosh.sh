#!/bin/bash
# kpaas-bosh deploy|retry|delete|run ARGUMENT...: what `bosh` does for this environment. `deploy` makes everything, or what differs;
# `retry` has the service do so once more; `delete` takes all away, the director last; `run` is `bosh` itself, logged in.
# BOSH resumes by itself what was cut short.
set -Eeuo pipefail

readonly work=${KPAAS_BOSH_WORK:-/srv/bosh}
readonly given=${KPAAS_BOSH_GIVEN:-/etc/kpaas/secrets/bosh}

umask 0077
export HOME=$work/home TMPDIR=$work/tmp
cd "$work"

# By environment variables, which no other user sees: never as a word of a command.
log_in() {
  set -a
  # shellcheck source=/dev/null
  . "$given/director.env"
  set +a
  BOSH_CLIENT_SECRET=$(bosh interpolate director/creds.yml --path "${client_secret_path:?}")
  BOSH_CA_CERT=$(bosh interpolate director/creds.yml --path "${ca_cert_path:?}")
  export BOSH_CLIENT_SECRET BOSH_CA_CERT
}

# `bosh ssh` enters VMs by way of the director, as the user of upstream's jumpbox-user.yml; it takes the key as a file.
use_gateway() {
  export BOSH_GW_HOST=$BOSH_ENVIRONMENT BOSH_GW_USER=jumpbox BOSH_GW_PRIVATE_KEY=$HOME/jumpbox.key
  bosh interpolate director/creds.yml --path /jumpbox_ssh/private_key >"$BOSH_GW_PRIVATE_KEY"
}

# run_command NAME WORDS: the words as a shell reads them.
run_command() {
  local name=$1 words=$2 code=0 argv=()
  eval "argv=($words)"
  echo "kpaas-bosh: $name begins: $words"
  (
    [[ $name == *-env ]] || log_in
    exec "${argv[@]}" </dev/null
  ) || code=$?
  if ((code)); then
    echo "kpaas-bosh: $name failed with exit code $code. By hand, as root in $work: kpaas-bosh run ${words#bosh }" >&2
    return "$code"
  fi
  echo "kpaas-bosh: $name is done"
}

# run_commands FILE: a name, a tab, the words. The director is there from the end of create-env to that of delete-env.
run_commands() {
  local name words
  while IFS=$'\t' read -r name words <&3; do
    if [[ $1 == */delete && $name != delete-env && ! -e .director ]]; then continue; fi
    run_command "$name" "$words"
    case $name in
      create-env) touch .director ;;
      delete-env) rm -f .director .deployed ;;
    esac
  done 3<"$1"
}

digest() {
  find "$given" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum
}

# What is delivered meanwhile is deployed next.
deploy() {
  local wanted
  exec 9>.lock
  flock 9
  while wanted=$(digest) && [[ $(cat .deployed 2>/dev/null) != "$wanted" ]]; do
    run_commands "$given/deploy"
    echo "$wanted" >.deployed
  done
  echo "kpaas-bosh: everything is as it was asked for"
}

delete() {
  systemctl stop kpaas-bosh.service
  exec 9>.lock
  flock 9
  if [[ ! -s director/state.json ]]; then
    echo "kpaas-bosh: no director was made, so there is nothing to delete"
    return
  fi
  run_commands "$given/delete"
}

# Between two tries systemd leaves a start waiting for the next one: only then is it a restart, which would cut a running bosh short.
retry() {
  local action=start
  systemctl reset-failed kpaas-bosh.service 2>/dev/null || true
  if [[ $(systemctl show -P SubState kpaas-bosh.service) == auto-restart ]]; then action=restart; fi
  systemctl "$action" --no-block kpaas-bosh.service
}

case ${1:-} in
  deploy) deploy ;;
  retry) retry ;;
  delete) delete ;;
  run)
    shift
    if [[ -e .director ]]; then
      log_in
      use_gateway
    fi
    exec bosh "$@"
    ;;
  *)
    sed -n '2,4s/^# //p' "$0"
    exit 2
    ;;
esac
