#!/bin/bash

prepare

phase haproxy
changed=no
install_file 0644 root:root /etc/haproxy/haproxy.cfg </etc/kpaas/haproxy.cfg
start_service haproxy reload

finish
