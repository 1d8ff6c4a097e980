#!/bin/bash
# Once flannel has leased this node's subnet: the CNI configuration that gives pods their addresses from it.
# `ptp` routes each pod by itself, so nothing depends on the kernel filtering bridged traffic.
set -euo pipefail

readonly target=/etc/cni/net.d/10-kpaas.conflist

# shellcheck source=/dev/null
. /run/flannel/subnet.env

# flannel tells the node's own address in the subnet, its first; the plugin wants the subnet's.
address=${FLANNEL_SUBNET%/*}
subnet=${address%.*}.$((${address##*.} - 1))/${FLANNEL_SUBNET#*/}

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
if [[ ! -e $target || $new != "$(cat "$target")" ]]; then
  mkdir -p "${target%/*}"
  echo "$new" >"$target.new"
  mv "$target.new" "$target"
fi
