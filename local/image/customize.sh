#!/bin/sh
# Run with a root file system as its argument: makes of plain packages a machine that boots fast in a container and does
# nothing until first boot tells it to.
set -eu
root=$1
cp -a "$(dirname "$0")/files/." "$root/"
chroot "$root" sh -eu <<'INSIDE'
for unit in apache2 apache-htcacheclean apparmor containerd docker-registry haproxy keepalived mariadb nfs-ganesha \
  nfs-ganesha-lock rpcbind rpcbind.socket rpc-statd nfs-client.target remote-fs.target cloud-init-hotplugd.socket \
  cloud-init-local cloud-config cloud-final e2scrub_reap systemd-networkd systemd-resolved systemd-timesyncd \
  systemd-pstore getty@tty1 cron; do
  systemctl disable "$unit" 2>/dev/null || true
done
# What belongs to the host, and what nobody uses here.
systemctl mask systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket \
  systemd-udevd-control.socket systemd-modules-load.service systemd-sysctl.service systemd-remount-fs.service \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount kmod-static-nodes.service modprobe@.service \
  run-rpc_pipefs.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
  systemd-logind.service systemd-user-sessions.service getty.target console-getty.service \
  systemd-ask-password-console.path systemd-ask-password-wall.path systemd-sysusers.service systemd-firstboot.service \
  systemd-tmpfiles-setup-dev.service systemd-random-seed.service systemd-machine-id-commit.service \
  systemd-journal-flush.service systemd-journald-audit.socket systemd-update-utmp.service \
  systemd-update-utmp-runlevel.service systemd-initctl.socket cloud-init-local.service cloud-config.service \
  cloud-final.service rpc-statd-notify.service auth-rpcgss-module.service systemd-tmpfiles-clean.timer apt-daily.timer \
  apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer logrotate.timer man-db.timer \
  phpsessionclean.timer 2>/dev/null
# Started by its socket when something wants it.
rm -f /lib/systemd/system/multi-user.target.wants/dbus.service
# Each is a process at boot and at every `systemctl enable`; /etc/fstab's is the one that is used.
mkdir -p /etc/systemd/system-generators
for generator in /lib/systemd/system-generators/*; do
  [ "${generator##*/}" = systemd-fstab-generator ] || ln -s /dev/null "/etc/systemd/system-generators/${generator##*/}"
done
# With a script here, `systemctl enable` starts Perl to keep System V links as well.
rm -f /etc/init.d/* /etc/rc*.d/*
# Runtime folders of the services only.
cd /usr/lib/tmpfiles.d
for snippet in *; do
  case $snippet in dbus.conf | haproxy.conf | mariadb.conf | rpcbind.conf | systemd.conf) ;; *) rm "$snippet" ;; esac
done
systemctl set-default multi-user.target 2>/dev/null
systemctl enable nftables.service cloud-init.service 2>/dev/null
rm -rf /var/lib/mysql/* /var/lib/docker-registry/* /etc/cloud/cloud.cfg.d/* /usr/share/doc/* /usr/share/man/* \
  /usr/share/locale/* /usr/share/info/*
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id
python3 -m compileall -q /usr/lib/python3/dist-packages || true
mkdir -p /opt/cni /var/lib/cloud/seed/nocloud && ln -sfn /usr/lib/cni /opt/cni/bin
INSIDE
