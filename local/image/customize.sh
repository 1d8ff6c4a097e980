#!/bin/sh
# Run by mmdebstrap with the new root file system as its argument: makes of plain packages a machine that boots fast in a
# container and does nothing until first boot tells it to.
set -eu
root=$1
cp -a "$(dirname "$0")/files/." "$root/"
chroot "$root" sh -eu <<'INSIDE'
for unit in apache2 apache-htcacheclean apparmor containerd docker-registry haproxy keepalived mariadb nfs-ganesha \
  nfs-ganesha-lock rpcbind rpcbind.socket rpc-statd nfs-client.target remote-fs.target cloud-init-hotplugd.socket \
  systemd-networkd systemd-resolved systemd-timesyncd systemd-pstore getty@tty1 cron; do
  systemctl disable "$unit" 2>/dev/null || true
done
systemctl mask systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket \
  systemd-udevd-control.socket systemd-logind.service getty.target console-getty.service systemd-modules-load.service \
  systemd-sysctl.service systemd-remount-fs.service systemd-tmpfiles-clean.timer apt-daily.timer \
  apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer logrotate.timer man-db.timer \
  phpsessionclean.timer run-rpc_pipefs.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  dev-hugepages.mount dev-mqueue.mount modprobe@.service rpc-statd-notify.service auth-rpcgss-module.service \
  systemd-journal-flush.service systemd-update-utmp.service 2>/dev/null
systemctl set-default multi-user.target 2>/dev/null
systemctl enable nftables.service 2>/dev/null
rm -rf /var/lib/mysql/* /var/lib/docker-registry/* /etc/cloud/cloud.cfg.d/* /usr/share/doc/* /usr/share/man/* \
  /usr/share/locale/* /usr/share/info/*
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
python3 -m compileall -q /usr/lib/python3/dist-packages/cloudinit || true
mkdir -p /opt/cni && ln -sfn /usr/lib/cni /opt/cni/bin
INSIDE
