#!/bin/bash

# A pair shares the gateway's address. HAProxy listens on every address, so that it need not know who holds it.
start_keepalived() {
  local interface
  interface=$(ip -o route get "$KPAAS_PEER" | sed -n 's/.* dev \([^ ]*\).*/\1/p')
  changed=no
  sed "s/@INTERFACE@/$interface/" /etc/kpaas/keepalived.conf | install_file 0600 root:root /etc/keepalived/keepalived.conf
  start_service keepalived reload
}

prepare

phase haproxy
changed=no
install_file 0644 root:root /etc/haproxy/haproxy.cfg </etc/kpaas/haproxy.cfg
start_service haproxy reload

if [[ -n $KPAAS_PEER ]]; then
  phase "virtual address"
  start_keepalived
fi

finish
