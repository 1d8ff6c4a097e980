#!/bin/bash
# Ends the pods of a machine that stops: each container is asked, as the kubelet would, and killed when it does not go. Whatever was left
# to systemd would hold the machine for a minute and a half, when its network is gone already.
set -euo pipefail

readonly patience_seconds=30
readonly container='labels."io.cri-containerd.kind"==container'
readonly name='labels."io.kubernetes.container.name"'

ctr() {
  command ctr -n k8s.io "$@"
}

running() {
  ctr tasks ls | awk '$3 == "RUNNING" { print $1 }'
}

# running_of FILTER: the running ones of containerd's containers.
running_of() {
  running | grep -xFf <(ctr containers ls -q "$1") || true
}

# send SIGNAL [OPTION...]: to the tasks that standard input names. One may have ended by itself.
send() {
  local task
  while read -r task; do ctr tasks kill --signal "$@" "$task" || true; done
}

# ask_to_end FILTER
ask_to_end() {
  local end=$((SECONDS + patience_seconds))
  running_of "$1" | send SIGTERM
  while [[ -n $(running_of "$1") ]] && ((SECONDS < end)); do sleep 0.3; done
}

# An API server that has lost its etcd does not end.
ask_to_end "$container,$name!=etcd"
ask_to_end "$container,$name==etcd"
# Sandboxes, which hold pods' namespaces, and what did not end.
running | send SIGKILL --all
