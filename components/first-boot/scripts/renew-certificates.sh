#!/bin/bash
# Renews the control plane's certificates when they end within 90 days, then restarts what holds them open.
set -euo pipefail

readonly ninety_days=7776000
readonly manifests=/etc/kubernetes/manifests
readonly aside=/etc/kubernetes/manifests.restarting

restart_static_pod() {
  local process=$1 manifest=$2 end=$((SECONDS + 120))
  mv "$manifests/$manifest" "$aside/"
  # The kernel keeps 15 characters of a process's name.
  while pgrep -x "${process:0:15}" >/dev/null && ((SECONDS < end)); do sleep 0.5; done
  mv "$aside/$manifest" "$manifests/"
}

mkdir -p "$aside"
# Left by a run that was interrupted.
find "$aside" -name '*.yaml' -exec mv {} "$manifests/" \;

if openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -checkend "$ninety_days" >/dev/null; then exit 0; fi
kubeadm certs renew all
for process in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  restart_static_pod "$process" "$process.yaml"
done
