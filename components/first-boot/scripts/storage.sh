#!/bin/bash

# NFS 4 needs neither rpcbind nor statd; Debian's unit would start both.
readonly unwanted=(nfs-ganesha.service nfs-ganesha-lock.service rpcbind.service rpcbind.socket rpc-statd.service)

prepare

phase "storage server"
systemctl --quiet stop "${unwanted[@]}"
systemctl --quiet mask "${unwanted[@]}"
install -d /var/lib/nfs/ganesha "$KPAAS_DATA_PATH"
changed=no
install_file 0644 root:root /etc/ganesha/ganesha.conf </etc/kpaas/ganesha.conf
start_service kpaas-nfs
await 60 is_port_open 127.0.0.1 2049

finish
