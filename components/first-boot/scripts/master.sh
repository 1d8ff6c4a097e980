#!/bin/bash

readonly pki=/etc/kubernetes/pki
readonly api_files=/etc/kubernetes/apiserver
readonly admin=/etc/kubernetes/admin.conf

install_pki() {
  local file mode
  while read -r file; do
    case $file in
      *.key) mode=0600 ;;
      *) mode=0644 ;;
    esac
    install_file "$mode" root:root "$pki/$file" <"$secrets/pki/$file"
  done < <(cd "$secrets/pki" && find . -type f -printf '%P\n')
}

install_api_server_files() {
  install -d -m 0700 /var/log/kubernetes/audit
  install_file 0600 root:root "$api_files/audit-policy.yaml" </etc/kpaas/audit-policy.yaml
  install_file 0600 root:root "$api_files/authentication.yaml" </etc/kpaas/authentication.yaml
  install_file 0600 root:root "$api_files/encryption.yaml" <<EOF
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: $(cat "$secrets/encryption-key")
      - identity: {}
EOF
}

# Any sign of another control plane: behind the gateway, or on a master that the gateway does not know to be well.
cluster_exists() {
  local master probe probes=() found=1
  if curl -sk --connect-timeout 1 --max-time 5 "$api/readyz" | grep -q '^ok'; then return 0; fi
  for master in $KPAAS_OTHER_MASTERS; do
    timeout 1 bash -c "exec 3<>/dev/tcp/$master/6443" 2>/dev/null &
    probes+=($!)
  done
  for probe in "${probes[@]}"; do
    if wait "$probe"; then found=0; fi
  done
  return "$found"
}

initialise_cluster() {
  touch "$state/init.started"
  kubeadm init --config /etc/kpaas/kubeadm-init.yaml
  touch "$state/joined"
}

# Before this machine joins as if it were new: what an earlier machine of its name has left behind would stop it.
forget_predecessor() {
  local pod id
  install_pki
  install_api_server_files
  kubeadm init phase kubeconfig admin --control-plane-endpoint "$KPAAS_API" \
    --kubernetes-version "v$KPAAS_KUBERNETES_VERSION" >/dev/null
  export KUBECONFIG=$admin
  for pod in $(kubectl -n kube-system get pods -l component=etcd -o name); do
    if [[ $pod == "pod/etcd-$KPAAS_HOSTNAME" ]]; then continue; fi
    id=$(etcdctl "$pod" member list) || continue
    id=$(awk -F ', ' -v name="$KPAAS_HOSTNAME" '$3 == name { print $1 }' <<<"$id")
    if [[ -n $id ]]; then etcdctl "$pod" member remove "$id"; fi
    break
  done
  kubectl delete node "$KPAAS_HOSTNAME" --ignore-not-found
}

# etcdctl POD ARGUMENT...
etcdctl() {
  local pod=$1
  shift
  kubectl -n kube-system exec "$pod" -- etcdctl --endpoints https://127.0.0.1:2379 --cacert "$pki/etcd/ca.crt" \
    --cert "$pki/etcd/server.crt" --key "$pki/etcd/server.key" "$@"
}

# An owner of its own, whom no program runs as, keeps every other account out of etcd's data (CIS 1.1.11, 1.1.12).
protect_etcd_data() {
  id -u etcd >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin etcd
  install -d -m 0700 -o etcd -g etcd /var/lib/etcd
}

# Nodes read the registry's login with their join tokens; the addons bring the role that lets them.
apply_addons() {
  local inputs
  inputs=$(cat /etc/kpaas/addons/* "$secrets/registry-pull" | sha256sum)
  if [[ $inputs == "$(cat "$state/addons.sha256" 2>/dev/null)" ]]; then return 0; fi
  local apply=(kubectl --kubeconfig "$admin" --server "https://$KPAAS_ADDRESS:6443" apply --server-side --force-conflicts)
  kubectl create secret generic kpaas-registry-pull -n kube-system --from-file=login="$secrets/registry-pull" \
    --dry-run=client -o yaml >"$run/registry-pull.yaml"
  "${apply[@]}" -f /etc/kpaas/addons -f "$run/registry-pull.yaml"
  rm "$run/registry-pull.yaml"
  if [[ -n $KPAAS_POD_NETWORK_MANIFEST ]]; then "${apply[@]}" -f "$KPAAS_POD_NETWORK_MANIFEST"; fi
  echo "$inputs" >"$state/addons.sha256"
}

prepare_node

phase secrets
await_secrets

phase "control plane images"
use_registry "$(base64 -w0 "$secrets/registry-pull")"
if [[ ! -e $state/joined ]]; then
  await_registry
  # shellcheck disable=SC2086
  pull $KPAAS_CONTROL_PLANE_IMAGES
  # shellcheck disable=SC2086
  pull $KPAAS_IMAGES &
fi

phase "control plane files"
install_pki
install_api_server_files

if [[ ! -e $state/joined ]]; then
  if [[ $KPAAS_INITIALISES == yes ]] && { [[ -e $state/init.started ]] || ! cluster_exists; }; then
    phase "initialising the cluster"
    initialise_cluster
  else
    phase "waiting for admission to the cluster"
    await_admission
    verify_cluster
    phase "joining the cluster"
    join_cluster forget_predecessor
  fi
fi

restrict_kubelet
protect_etcd_data

if [[ $KPAAS_INITIALISES == yes ]]; then
  phase addons
  apply_addons
fi
systemctl --quiet enable --now kpaas-certificate-renewal.timer

phase images
wait
finish
