#!/bin/sh
# Run as `unshare -n -m --propagation private sh site.sh FOLDER`: makes of its namespaces a machine on a site without Internet, says so, and
# stays until its standard input ends. FOLDER keeps what the site has.
set -eu
folder=$1
# An empty home, no caches, no sockets of the outer machine's.
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /root
for program in /usr/bin/apt-get /usr/bin/mmdebstrap /usr/bin/git /usr/bin/curl /usr/bin/wget; do
  [ ! -e "$program" ] || mount --bind /bin/false "$program"
done
[ ! -d /usr/local/go ] || mount -t tmpfs tmpfs /usr/local/go
printf 'nameserver 127.0.0.1\n' >"$folder/resolv.conf"
mount --bind "$folder/resolv.conf" /etc/resolv.conf

ip link set lo up
# A way out that leads nowhere: without one, attempts to leave would end before they could be counted.
ip link add outside type veth peer name nowhere
sysctl -qw net.ipv6.conf.outside.disable_ipv6=1 net.ipv6.conf.nowhere.disable_ipv6=1
ip addr add 192.0.2.1/24 dev outside
ip link set nowhere up
ip link set outside up
ip route add default via 192.0.2.254
ip neigh add 192.0.2.254 lladdr 02:00:00:00:00:01 dev outside nud permanent

# The site's own name server, as a machine has one on its loopback: it knows no name.
node "$(dirname "$0")/name-server.mjs" "$folder/names" &
names=$!

mkdir -p "$folder/docker"
dockerd --host unix:///run/docker.sock --data-root "$folder/docker" --exec-root /run/docker \
  --pidfile /run/docker.pid --log-level warn >"$folder/dockerd.log" 2>&1 &
engine=$!
until [ -S /run/docker.sock ]; do
  kill -0 "$engine"
  sleep 0.1
done
echo ready
cat >/dev/null
# The engine ends its containers as it goes; what is left of them goes with it.
docker --host unix:///run/docker.sock ps -aq | xargs -r docker --host unix:///run/docker.sock rm -f >/dev/null 2>&1 || true
kill "$engine" "$names"
wait "$engine" || true
