#!/bin/bash

prepare_node

phase "image sources"
use_image_sources

if [[ ! -e $state/joined ]]; then
  phase "waiting for admission to the cluster"
  await_admission
  verify_cluster

  phase "joining the cluster"
  # shellcheck disable=SC2086
  pull $KPAAS_IMAGES &
  pulling=$!
  install_kubelet
  join_cluster true

  phase images
  wait "$pulling"
elif ! is_node_current; then
  phase "node settings"
  # shellcheck disable=SC2086
  pull $KPAAS_IMAGES
  update_kubelet
fi

restrict_kubelet
note_cluster_revision
finish
