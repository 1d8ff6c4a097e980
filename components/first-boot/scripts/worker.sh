#!/bin/bash

fetch_registry_login() {
  echo "Authorization: Bearer $KPAAS_JOIN_TOKEN" >"$run/authorization"
  until curl -sf --max-time 5 --cacert "$run/kubernetes-ca.crt" -H @"$run/authorization" \
    "$api/api/v1/namespaces/kube-system/secrets/kpaas-registry-pull" >"$run/registry-pull"; do
    sleep 0.5
  done
  sed -n 's/.*"login": "\([A-Za-z0-9+/=]*\)".*/\1/p' "$run/registry-pull"
  rm "$run/authorization" "$run/registry-pull"
}

prepare_node

if [[ ! -e $state/joined ]]; then
  phase "waiting for admission to the cluster"
  await_admission
  verify_cluster

  phase "registry login"
  use_registry "$(fetch_registry_login)"

  phase "joining the cluster"
  # shellcheck disable=SC2086
  pull $KPAAS_IMAGES &
  pulling=$!
  join_cluster true

  phase images
  wait "$pulling"
fi

restrict_kubelet
finish
