#!/bin/bash
# Keeps this node's pods in the range that the cluster gives the node: flannel's lease, the CNI configuration and the pods' own
# addresses. A node whose object went and came back has another range, which flannel sees only when it starts.
# `ptp` routes each pod by itself, so nothing depends on the kernel filtering bridged traffic.
set -euo pipefail

readonly configuration=/etc/cni/net.d/10-kpaas.conflist
readonly addresses=/var/lib/cni/networks/kpaas
readonly kubelet_certificate=/var/lib/kubelet/pki/kubelet-client-current.pem

# What the cluster says of this node, asked with the kubelet's credentials: its range, and whether flannel has told the other nodes
# the way to it on this very object. Fails where there is no such node, no range yet or no answer.
read_node() {
  local server name node
  server=$(sed -n 's/^ *server: //p' /etc/kubernetes/kubelet.conf)
  name=$(openssl x509 -in "$kubelet_certificate" -noout -subject | sed 's/.*system:node://')
  node=$(curl -sf --max-time 10 --cacert /etc/kubernetes/pki/ca.crt --cert "$kubelet_certificate" \
    "$server/api/v1/nodes/$name?pretty=true") || return 1
  range=$(sed -n 's/^ *"podCIDR": "\(.*\)".*/\1/p' <<<"$node")
  announced=no
  if grep -q '^ *"flannel.alpha.coreos.com/kube-subnet-manager": "true"' <<<"$node"; then announced=yes; fi
  [[ -n $range ]]
}

# flannel tells the node's own address in the subnet, its first; the plugin wants the subnet's.
read_lease() {
  local address
  # shellcheck source=/dev/null
  . /run/flannel/subnet.env
  address=${FLANNEL_SUBNET%/*}
  subnet=${address%.*}.$((${address##*.} - 1))/${FLANNEL_SUBNET#*/}
}

lease_holds() {
  [[ $subnet == "$range" && $announced == yes ]]
}

renew_lease() {
  local end=$((SECONDS + 60))
  echo "flannel's lease of $subnet is of a former node of this name, which now has $range: flannel starts again"
  # Until it has, no pod gets an address that may be another node's.
  if [[ $subnet != "$range" ]]; then rm -f "$configuration"; fi
  pkill -x flanneld || echo "flannel does not run"
  until read_lease && read_node && lease_holds; do
    if ((SECONDS >= end)); then
      echo "flannel still has a lease of $subnet, announced on the node: $announced; the node's range is $range" >&2
      return 1
    fi
    sleep 0.5
  done
}

# The way that led to whichever node had this range before.
forget_route() {
  if [[ -e /sys/class/net/flannel.1 ]]; then ip route flush exact "$subnet" dev flannel.1; fi
}

write_configuration() {
  local new
  new=$(
    cat <<EOF
{
  "cniVersion": "0.4.0",
  "name": "kpaas",
  "plugins": [
    {
      "type": "ptp",
      "mtu": $FLANNEL_MTU,
      "ipMasq": false,
      "ipam": { "type": "host-local", "subnet": "$subnet", "routes": [{ "dst": "0.0.0.0/0" }] }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
EOF
  )
  if [[ -e $configuration && $new == "$(cat "$configuration")" ]]; then return 0; fi
  mkdir -p "${configuration%/*}"
  echo "$new" >"$configuration.new"
  mv "$configuration.new" "$configuration"
  echo "pods get addresses of $subnet"
}

number_of() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo $(((a << 24) + (b << 16) + (c << 8) + d))
}

is_of_subnet() {
  local shift=$((32 - ${subnet#*/}))
  (($(number_of "$1") >> shift == $(number_of "${subnet%/*}") >> shift))
}

# Whether every pod has an address of the subnet. One that has not loses its sandbox, which the kubelet makes anew with all that
# runs in it: the pod itself stays, so that even one without a controller comes back.
pods_are_of_subnet() {
  local file address sandbox containers tasks left=0
  for file in "$addresses"/*.*.*.*; do
    address=${file##*/}
    if [[ ! -e $file ]] || is_of_subnet "$address"; then continue; fi
    left=1
    IFS=$'\r' read -r sandbox _ <"$file"
    containers=$(ctr -n k8s.io containers ls -q) && tasks=$(ctr -n k8s.io tasks ls -q) || return 1
    if ! grep -qx "$sandbox" <<<"$containers"; then
      rm -f "$file"
    elif grep -qx "$sandbox" <<<"$tasks" && ctr -n k8s.io tasks kill --signal SIGKILL "$sandbox" 2>/dev/null; then
      echo "the pod at $address starts again, with an address of $subnet"
    fi
  done
  return "$left"
}

move_pods() {
  local end=$((SECONDS + 60))
  until pods_are_of_subnet; do
    if ((SECONDS >= end)); then
      echo "some pods still have addresses outside $subnet" >&2
      return 1
    fi
    sleep 1
  done
}

read_lease
if ! read_node; then
  echo "the cluster tells no range of this node" >&2
  exit 1
fi
if ! lease_holds; then renew_lease; fi
forget_route
write_configuration
move_pods
