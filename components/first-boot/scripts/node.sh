#!/bin/bash
# What masters and workers share: container runtime, Kubernetes programs, the platform's registry, joining.

readonly api=https://$KPAAS_API
readonly pod_images=/etc/containerd/certs.d
readonly image_sources=/etc/kpaas/image-sources
readonly image_digests=/etc/kpaas/image-digests

if systemd-detect-virt --quiet --container; then readonly in_container=yes; else readonly in_container=no; fi
if [[ $(stat -fc %T /sys/fs/cgroup) == cgroup2fs ]]; then readonly cgroup=v2; else readonly cgroup=v1; fi
# A container's systemd does not manage pods' cgroups reliably, and neither does any on cgroup v1.
if [[ $in_container == no && $cgroup == v2 ]]; then readonly cgroup_driver=systemd; else readonly cgroup_driver=cgroupfs; fi

# install_kubernetes PROGRAM...: of the environment's version.
install_kubernetes() {
  local program architecture base source digest delivered=/usr/local/lib/kpaas/kubernetes
  architecture=$(dpkg --print-architecture)
  base=https://dl.k8s.io/v$KPAAS_KUBERNETES_VERSION/bin/linux/$architecture
  for program; do
    if [[ $(program_version "$program") == "v$KPAAS_KUBERNETES_VERSION" ]]; then continue; fi
    source=$delivered/v$KPAAS_KUBERNETES_VERSION/$program
    # Where the installer puts programs into running machines, they may come a moment later than this.
    if [[ -e $delivered/delivered ]]; then
      until [[ -e $source ]]; do sleep 0.3; done
    fi
    if [[ -e $source ]]; then
      ln -f "$source" "/usr/local/bin/$program"
      continue
    fi
    curl -fsSL --retry 5 "$base/$program" -o "$run/$program"
    # A version that is newer than the table of digests is only held against what is served beside it.
    digest=$(pinned_digest "$architecture/$program" || curl -fsSL --retry 5 "$base/$program.sha256")
    echo "$digest  $run/$program" | sha256sum --check --quiet
    install -m 0755 "$run/$program" "/usr/local/bin/$program"
    rm "$run/$program"
  done
}

# pinned_digest ARCHITECTURE/PROGRAM: SHA-256 of the release; fails where it is not known.
pinned_digest() {
  local entry
  for entry in $KPAAS_KUBERNETES_DIGESTS; do
    if [[ ${entry%%=*} == "$1" ]]; then
      echo "${entry#*=}"
      return
    fi
  done
  return 1
}

program_version() {
  command -v "$1" >/dev/null || return 0
  case $1 in
    kubelet) kubelet --version ;;
    kubeadm) kubeadm version -o short ;;
    kubectl) kubectl version --client ;;
  esac | sed -n '1s/.*v/v/p'
}

is_kubelet_current() {
  [[ $(program_version kubelet) == "v$KPAAS_KUBERNETES_VERSION" ]]
}

# The kubelet comes last: it must never be newer than the API server.
install_kubelet() {
  is_kubelet_current || { install_kubernetes kubelet && systemctl try-restart kubelet; }
}

# True where kubelet and its configuration are those of the cluster's present version and settings.
is_node_current() {
  is_kubelet_current && [[ $KPAAS_CLUSTER_REVISION == "$(cat "$state/cluster-revision" 2>/dev/null)" ]]
}

note_cluster_revision() {
  echo "$KPAAS_CLUSTER_REVISION" >"$state/cluster-revision"
}

# Takes the kubelet's configuration from the cluster, where the masters have put it, and the kubelet of its version.
update_kubelet() {
  local before
  before=$(sha256sum /var/lib/kubelet/config.yaml)
  kubeadm upgrade node phase kubelet-config
  restrict_kubelet
  if is_kubelet_current; then
    if [[ $before != "$(sha256sum /var/lib/kubelet/config.yaml)" ]]; then systemctl restart kubelet; fi
  else
    install_kubelet
  fi
}

set_kernel_options() {
  # In a container these modules are the host's to load, and may be there already.
  modprobe -aq overlay br_netfilter || [[ $in_container == yes ]]
  changed=no
  install_file 0644 root:root /etc/modules-load.d/kpaas.conf < <(printf '%s\n' overlay br_netfilter)
  install_file 0644 root:root /etc/sysctl.d/90-kpaas.conf </etc/kpaas/sysctl.conf
  sysctl -qep /etc/sysctl.d/90-kpaas.conf
}

# CAP_SYS_RESOURCE is capability 24.
can_lower_oom_score() {
  local bounding
  bounding=$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)
  ((16#$bounding >> 24 & 1))
}

start_containerd() {
  local systemd_cgroup=false restrict_oom=true plugin
  if [[ $cgroup_driver == systemd ]]; then systemd_cgroup=true; fi
  if can_lower_oom_score; then restrict_oom=false; fi
  install -d /opt/cni/bin
  for plugin in /usr/lib/cni/*; do
    [[ $plugin -ef /opt/cni/bin/${plugin##*/} ]] || ln -sfn "$plugin" /opt/cni/bin/
  done
  changed=no
  install_file 0644 root:root /etc/containerd/config.toml < <(
    sed "s/@SYSTEMD_CGROUP@/$systemd_cgroup/; s/@RESTRICT_OOM@/$restrict_oom/" /etc/kpaas/containerd.toml
  )
  start_service containerd
}

# Settings that depend on the machine, merged over the cluster's own kubelet configuration.
configure_kubelet() {
  changed=no
  install_file 0644 root:root /etc/kubernetes/kubelet.conf.d/10-machine.conf < <(
    printf '%s\n' 'apiVersion: kubelet.config.k8s.io/v1beta1' 'kind: KubeletConfiguration' "cgroupDriver: $cgroup_driver"
    if [[ $cgroup == v1 ]]; then echo 'failCgroupV1: false'; fi
    # Swap and disk usage are the host's: neither says anything about this machine.
    if [[ $in_container == yes ]]; then
      printf '%s\n' 'failSwapOn: false' 'imageGCHighThresholdPercent: 100' 'imageGCLowThresholdPercent: 99'
    fi
  )
  install_file 0644 root:root /etc/kpaas/resolv.conf < <(name_servers)
  systemctl --quiet enable kubelet
  # After a restart it may have waited for a data disk in vain.
  if [[ -e $state/joined ]]; then systemctl start kubelet; fi
  if [[ $changed == yes ]]; then systemctl try-restart kubelet; fi
}

# Name servers that pods reach, as lines of resolv.conf: none on the machine's loopback (systemd-resolved, Docker).
reachable_name_servers() {
  local source servers
  for source in /run/systemd/resolve/resolv.conf /etc/resolv.conf; do
    [[ -e $source ]] || continue
    servers=$(grep -E '^nameserver ' "$source" | grep -Ev '^nameserver (127\.|::1)' || true)
    if [[ -n $servers ]]; then
      echo "$servers"
      return
    fi
  done
}

# The machine's address on the platform's network.
own_address() {
  local gateway
  gateway=$(getent ahostsv4 "${KPAAS_API%:*}" | awk '{ print $1; exit }')
  ip -4 route get "$gateway" | sed -n 's/.* src \([0-9.]*\).*/\1/p'
}

name_servers() {
  local servers
  servers=$(reachable_name_servers)
  echo "${servers:-nameserver $(own_address)}"
}

# Where pods reach no name server, the machine asks its own ones for them, from its own address.
forward_names() {
  local forwarder=/usr/local/lib/kpaas/name-forwarder
  changed=no
  if [[ -n $(reachable_name_servers) ]]; then
    if systemctl --quiet is-enabled kpaas-name-forwarder 2>/dev/null; then
      systemctl --quiet disable --now kpaas-name-forwarder
    fi
    return
  fi
  install_file 0644 root:root /etc/kpaas/name-forwarder.env < <(
    printf '%s\n' "ADDRESS=$(own_address)" "PROGRAM=$(sha256sum <$forwarder)"
  )
  start_service kpaas-name-forwarder
}

# use_image_sources: containerd asks the registries of the table in its order; those of another host's images, only for these.
use_image_sources() {
  local host content
  while read -r host; do
    content=$(hosts_file "$host")
    install_file 0600 root:root "$pod_images/$host/hosts.toml" <<<"$content"
  done < <(cut -d ' ' -f 1 "$image_sources" | uniq)
}

# hosts_file HOST: the last registry of the host is its `server`, which containerd asks after all others, with settings of its own: it
# would ask one that has none by the system's authorities. A file without any [host] is left aside as a whole by containerd 1.6.
hosts_file() {
  local sources source base ca login
  mapfile -t sources < <(awk -v host="$1" '$1 == host { print $2, $3, $4 }' "$image_sources")
  read -r base ca login <<<"${sources[-1]}"
  printf 'server = "%s"\n' "$base"
  source_settings "" "$ca" "$login" || return
  if ((${#sources[@]} > 1)); then unset 'sources[-1]'; fi
  for source in "${sources[@]}"; do
    read -r base ca login <<<"$source"
    printf '\n[host."%s"]\n' "$base"
    source_settings "host.\"$base\"." "$ca" "$login" || return
  done
}

# source_settings TABLE CA LOGIN
source_settings() {
  local login
  printf '%s\n' 'capabilities = ["pull", "resolve"]' 'override_path = true'
  if [[ $2 != - ]]; then printf 'ca = "%s"\n' "$2"; fi
  if [[ $3 == - ]]; then return 0; fi
  login=$(base64 -w0 "$secrets/$3") || return
  printf '\n[%sheader]\nAuthorization = "Basic %s"\n' "$1" "$login"
}

await_registry() {
  grep -q "^registry.k8s.io https://$KPAAS_REGISTRY/" "$image_sources" || return 0
  until curl -so /dev/null --max-time 5 --cacert /etc/kpaas/platform-ca.crt "https://$KPAAS_REGISTRY/v2/"; do
    sleep 0.3
  done
}

# pull IMAGE...: those that are missing, a few at a time, by their digests where these are known: what a tag means by then changes nothing.
# Of each that cannot be had it is told who was asked and what each said.
pull() {
  local missing
  missing=$(missing_images "$@")
  if [[ -z $missing ]]; then return 0; fi
  pulled_names <<<"$missing" | xargs -P 3 -n 2 bash -c "$pull_one" "$pod_images" >"$run/pull.log" && return
  missing=$(missing_images "$@")
  echo "images that could not be pulled: $(wc -l <<<"$missing")" >&2
  pulled_names <<<"$missing" | cut -d ' ' -f 2 | xargs -P 8 -n 1 /usr/local/lib/kpaas/ask-for-image >&2 || true
  return 1
}

# shellcheck disable=SC2016
readonly pull_one='
  ctr -n k8s.io images pull --hosts-dir "$0" "$2" || exit 1
  if [[ $1 != "$2" ]]; then ctr -n k8s.io images tag --force "$2" "$1"; fi'

# pulled_names: for each image of standard input its name and that by which it is asked for.
pulled_names() {
  local image digest
  while read -r image; do
    digest=$(digest_of "$image")
    echo "$image ${digest:+${image%:*}@}${digest:-$image}"
  done
}

# digest_of IMAGE: nothing where it is not known.
digest_of() {
  [[ -e $image_digests ]] || return 0
  awk -v image="$1" '$1 == image { print $2 }' "$image_digests"
}

# missing_images IMAGE...: also those whose name is there and stands for something else than is known of them.
missing_images() {
  local present image digest
  present=$(ctr -n k8s.io images ls | awk 'NR > 1 { print $1; print $1, $3 }' || true)
  for image; do
    digest=$(digest_of "$image")
    grep -qxF "$image${digest:+ $digest}" <<<"$present" || echo "$image"
  done
}

# The API server publishes its cluster-info signed with this machine's token once the installer has admitted it.
await_admission() {
  local id=${KPAAS_JOIN_TOKEN%%.*}
  until curl -sk --connect-timeout 1 --max-time 5 "$api/api/v1/namespaces/kube-public/configmaps/cluster-info" \
    >"$run/cluster-info" && grep -q "\"jws-kubeconfig-$id\"" "$run/cluster-info"; do
    sleep "0.$((RANDOM % 5 + 3))"
  done
}

# The cluster's CA, which must be the one whose public key this machine was told beforehand. kubeadm takes a bundle for good where any
# certificate of it has that key, and trusts them all.
verify_cluster() {
  local pin certificates
  sed -n 's/.*certificate-authority-data: \([A-Za-z0-9+/=]*\).*/\1/p' "$run/cluster-info" | base64 -d >"$run/kubernetes-ca.crt"
  certificates=$(grep -c 'BEGIN CERTIFICATE' "$run/kubernetes-ca.crt" || true)
  if [[ $certificates != 1 ]]; then
    echo "the API server at $KPAAS_API tells of $certificates certificates of CAs, where this platform has one" >&2
    return 1
  fi
  pin=$(openssl x509 -in "$run/kubernetes-ca.crt" -noout -pubkey | openssl pkey -pubin -outform der | sha256sum)
  if [[ sha256:${pin%% *} != "$KPAAS_CA_PIN" ]]; then
    echo "the API server at $KPAAS_API has another CA than this platform" >&2
    return 1
  fi
}

# join_cluster PREPARATION: a join that was interrupted leaves files that the next one refuses.
join_cluster() {
  if [[ -e $state/join.started ]]; then kubeadm reset --force; fi
  touch "$state/join.started"
  "$1"
  kubeadm join --config /etc/kpaas/kubeadm-join.yaml
  touch "$state/joined"
}

# kubeadm lets everyone read how the kubelet is configured (CIS 4.1.9).
restrict_kubelet() {
  chmod 0600 /var/lib/kubelet/config.yaml
}

# What pods may reach of machines, before there are any. It is replaced as a whole while they run.
guard_node() {
  local former=kpaas-metadata-guard.service
  changed=no
  install_file 0644 root:root "$state/node-guard.nft" </etc/kpaas/node-guard.nft
  start_service kpaas-node-guard
  # An earlier release's, which told of less.
  if [[ -L /etc/systemd/system/multi-user.target.wants/$former ]]; then
    systemctl --quiet stop "$former" || true
    rm "/etc/systemd/system/multi-user.target.wants/$former"
  fi
}

prepare_node() {
  prepare
  phase "Kubernetes programs"
  install_kubernetes kubeadm kubectl
  phase "container runtime"
  set_kernel_options
  guard_node
  systemctl --quiet enable --now kpaas-end-pods.service
  if [[ -n $KPAAS_POD_NETWORK_UNIT ]]; then systemctl --quiet enable --now "$KPAAS_POD_NETWORK_UNIT"; fi
  start_containerd
  forward_names
  configure_kubelet
}
