#!/bin/bash

readonly pki=/etc/kubernetes/pki
readonly api_files=/etc/kubernetes/apiserver
readonly admin=/etc/kubernetes/admin.conf
readonly cluster=/etc/kpaas/kubeadm-cluster.yaml
readonly etcd_data=$KPAAS_DATA_PATH

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
  install_file 0600 root:root "$api_files/$KPAAS_ADMISSION_FILE" </etc/kpaas/admission.yaml
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

# Any sign of another control plane: behind the gateway, or on a master that the gateway does not know to be well; of etcd, too, which
# is there without an API server where it has lost its quorum.
cluster_exists() {
  local master port probe probes=() found=1
  if curl -sk --connect-timeout 1 --max-time 5 "$api/readyz" | grep -q '^ok'; then return 0; fi
  for master in $KPAAS_OTHER_MASTERS; do
    for port in 6443 2380; do
      timeout 1 bash -c "exec 3<>/dev/tcp/$master/$port" 2>/dev/null &
      probes+=($!)
    done
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

is_api_ready() {
  curl -sk --connect-timeout 1 --max-time 5 "https://$KPAAS_ADDRESS:6443/readyz" | grep -q '^ok'
}

# The machine was made anew and its data disk has a member of etcd: the control plane is made around it again, and the cluster finds
# its member as it was.
resume_control_plane() {
  local parts=(kubeadm init phase) with=(--config "$cluster")
  if [[ $(cat "$etcd_data/kpaas-cluster" 2>/dev/null || echo "$KPAAS_CA_PIN") != "$KPAAS_CA_PIN" ]]; then
    echo "the data disk at $etcd_data has the data of another cluster: attach this machine's own disk, or an empty one" >&2
    return 1
  fi
  "${parts[@]}" certs all "${with[@]}"
  "${parts[@]}" kubeconfig all "${with[@]}"
  "${parts[@]}" etcd local "${with[@]}"
  "${parts[@]}" control-plane all "${with[@]}"
  "${parts[@]}" kubelet-start "${with[@]}"
  await 600 is_api_ready
  await 120 kubectl --kubeconfig "$admin" get node "$KPAAS_HOSTNAME" -o name
  "${parts[@]}" mark-control-plane "${with[@]}"
  await 120 test -e /var/lib/kubelet/pki/kubelet-client-current.pem
  "${parts[@]}" kubelet-finalize all "${with[@]}"
  touch "$state/joined"
}

# Version of the API server that this machine is to run now.
control_plane_version() {
  sed -n 's/.*image: .*kube-apiserver:v//p' /etc/kubernetes/manifests/kube-apiserver.yaml
}

# Version that the whole cluster was last made or upgraded to.
cluster_version() {
  kubectl --kubeconfig "$admin" -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' |
    sed -n 's/^kubernetesVersion: v//p'
}

# save_etcd NAME: a snapshot on the data disk, which outlives the machine; the three newest stay.
save_etcd() {
  local folder=$etcd_data/kpaas-snapshots
  install -d -m 0700 "$folder"
  etcdctl "etcd-$KPAAS_HOSTNAME" snapshot save "$folder/$1.db"
  find "$folder" -name '*.db' -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d ' ' -f 2- | xargs -r rm -f
}

# The first master to be upgraded upgrades the cluster, the others follow it. The installer sees to it that one goes at a time.
upgrade_control_plane() {
  local running etcd
  running=$(control_plane_version)
  # shellcheck disable=SC2086
  pull $KPAAS_CONTROL_PLANE_IMAGES $KPAAS_IMAGES
  etcd=$(tr ' ' '\n' <<<"$KPAAS_CONTROL_PLANE_IMAGES" | grep -m 1 /etcd:)
  # The kubelet's settings follow by update_kubelet: a second time within the same second kubeadm fails.
  local options=(--skip-phases preflight,kubelet-config)
  # kubeadm would restart etcd even for the version that runs.
  if grep -qF "image: $etcd" /etc/kubernetes/manifests/etcd.yaml; then options+=(--etcd-upgrade=false); fi
  if [[ $(cluster_version) == "$KPAAS_KUBERNETES_VERSION" ]]; then
    kubeadm upgrade node "${options[@]}"
  else
    save_etcd "before-$KPAAS_KUBERNETES_VERSION"
    # Its settings first, as `upgrade apply` takes them from the cluster.
    sed "s/^kubernetesVersion: .*/kubernetesVersion: v$running/" "$cluster" >"$run/kubeadm-cluster.yaml"
    kubeadm init phase upload-config all --config "$run/kubeadm-cluster.yaml"
    kubeadm upgrade apply "v$KPAAS_KUBERNETES_VERSION" --yes "${options[@]}"
    rm "$run/kubeadm-cluster.yaml"
  fi
}

# The serving certificate names every master; a new one is read by the API server as soon as it is there.
renew_api_certificate() {
  local name option
  for name in $KPAAS_API_NAMES; do
    option=-checkhost
    if [[ $name =~ ^[0-9.]+$ ]]; then option=-checkip; fi
    if openssl x509 -in "$pki/apiserver.crt" -noout "$option" "$name" | grep -q 'does match'; then continue; fi
    rm "$pki/apiserver.crt" "$pki/apiserver.key"
    kubeadm init phase certs apiserver --config "$cluster"
    return
  done
}

# Brings a control plane that is there to the present version and settings; what is so already stays as it runs.
update_control_plane() {
  export KUBECONFIG=$admin
  if [[ $(control_plane_version) == "$KPAAS_KUBERNETES_VERSION" ]]; then
    phase "control plane settings"
    apply_cluster_settings
  else
    phase "upgrading the control plane"
    upgrade_control_plane
  fi
  renew_api_certificate
  phase "node settings"
  update_kubelet
  await 300 is_api_ready
}

# The kubelet restarts those programs whose manifests change.
apply_cluster_settings() {
  local manifest=/etc/kubernetes/manifests/kube-apiserver.yaml before process
  kubeadm init phase upload-config all --config "$cluster"
  before=$(sha256sum "$manifest")
  process=$(pgrep -xo kube-apiserver || true)
  kubeadm init phase control-plane all --config "$cluster"
  if [[ $before != "$(sha256sum "$manifest")" ]]; then await 300 is_replaced "$process"; fi
}

is_replaced() {
  local process
  process=$(pgrep -xo kube-apiserver) && [[ $process != "$1" ]]
}

# An owner of its own, whom no program runs as, keeps every other account out of etcd's data (CIS 1.1.11, 1.1.12).
protect_etcd_data() {
  id -u etcd >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin etcd
  install -d -m 0700 -o etcd -g etcd "$etcd_data"
  echo "$KPAAS_CA_PIN" >"$etcd_data/kpaas-cluster"
}

apply_addons() {
  local inputs
  inputs=$(echo "$KPAAS_KUBERNETES_VERSION" | cat - /etc/kpaas/addons/* | sha256sum)
  if [[ $inputs == "$(cat "$state/addons.sha256" 2>/dev/null)" ]]; then return 0; fi
  local apply=(kubectl --kubeconfig "$admin" --server "https://$KPAAS_ADDRESS:6443" apply --server-side --force-conflicts)
  "${apply[@]}" -f /etc/kpaas/addons
  if [[ -n $KPAAS_POD_NETWORK_MANIFEST ]]; then
    curl -fsSL --retry 5 "$KPAAS_POD_NETWORK_MANIFEST" -o "$run/pod-network.yaml"
    echo "$KPAAS_POD_NETWORK_MANIFEST_SHA256  $run/pod-network.yaml" | sha256sum --check --quiet
    "${apply[@]}" -f "$run/pod-network.yaml"
    rm "$run/pod-network.yaml"
  fi
  echo "$inputs" >"$state/addons.sha256"
}

prepare_node

phase "control plane images"
use_image_sources
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
  install_kubelet
  if [[ -d $etcd_data/member && ! -e $state/init.started && ! -e $state/join.started ]]; then
    phase "resuming the control plane"
    resume_control_plane
  elif [[ $KPAAS_INITIALISES == yes ]] && { [[ -e $state/init.started ]] || ! cluster_exists; }; then
    phase "initialising the cluster"
    initialise_cluster
  else
    phase "waiting for admission to the cluster"
    await_admission
    verify_cluster
    phase "joining the cluster"
    join_cluster forget_predecessor
  fi
elif ! is_node_current; then
  update_control_plane
elif [[ -e /etc/kpaas/packages.env && $(cat "$state/applied") != "$revision" ]]; then
  # Its member of etcd is back after a restart before the next master has its turn.
  phase "control plane"
  await 600 is_api_ready
fi

# The API server has started with the present one.
find "$api_files" -name 'admission-*.yaml' ! -name "$KPAAS_ADMISSION_FILE" -delete
restrict_kubelet
protect_etcd_data
note_cluster_revision

if [[ $KPAAS_INITIALISES == yes ]]; then
  phase addons
  apply_addons
fi
systemctl --quiet enable --now kpaas-certificate-renewal.timer

phase images
wait
finish
