"""Gives running machines their network as Neutron's database has it, twice a second: python -m devcloud_boots.agent NEUTRON_CONF

A router container has all of it in its network namespace: a bridge for each network, an end of each port, the routers' addresses,
floating addresses. The other end of a port and its security groups are in the machine's namespace.
"""
import ipaddress
import json
import logging
import subprocess
import sys
import time

from devcloud_boots.config import Config, PUBLIC, ROUTER, SERVER, uplink_mtu
from devcloud_boots.engine import Engine
from devcloud_boots.neutron_state import connect, read_state
from devcloud_boots.rules import machine_rules, router_rules

LOG = logging.getLogger('devcloud-boots')
UPLINK = 'eth0'


def bridge_of(network_id):
    return 'br%s' % network_id[:12]


def tap_of(port_id):
    return 'tap%s' % port_id[:11]


class Namespace:
    """A container's network namespace; its programs are the container's, where they are not of this machine."""
    def __init__(self, pid):
        self._pid = pid
        with open('/proc/%d/stat' % pid) as f:
            self._started = f.read().rsplit(') ', 1)[1].split()[19]

    @property
    def pid(self):
        return str(self._pid)

    def lives(self):
        try:
            with open('/proc/%d/stat' % self._pid) as f:
                fields = f.read().rsplit(') ', 1)[1].split()
            return fields[19] == self._started and fields[0] != 'Z'
        except OSError:
            return False

    def run(self, *command):
        return _run(['nsenter', '--target', self.pid, '--net'] + list(command))

    def ip(self, *lines):
        if lines:
            _run(['nsenter', '--target', self.pid, '--net', 'ip', '-batch', '-'], '\n'.join(lines) + '\n')

    def nft(self, rules):
        _run(['nsenter', '--target', self.pid, '--mount', '--net', 'nft', '-f', '-'], rules)

    def set(self, name, value):
        self.run('sh', '-c', '[ ! -e "$0" ] || echo "$1" >"$0"', '/proc/sys/net/' + name, value)

    def links(self):
        return {link['ifname'] for link in json.loads(self.run('ip', '-json', 'link'))}

    def addresses(self):
        """Set of (interface, address/length)."""
        found = json.loads(self.run('ip', '-json', '-4', 'address'))
        return {(link['ifname'], '%s/%d' % (a['local'], a['prefixlen'])) for link in found for a in link.get('addr_info', [])}


def _run(command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError('%s: %s\n%s' % (' '.join(command), done.stderr.strip(), text or ''))
    return done.stdout


class Router:
    def __init__(self, config, engine):
        self._config = config
        self._engine = engine
        self._mtu = uplink_mtu()
        self._space = None
        self._applied = None

    def ensure(self):
        """Gives the router's namespace."""
        if self._space and self._space.lives():
            return self._space
        if not self._engine.network(PUBLIC):
            self._engine.create_network({
                'Name': PUBLIC, 'Driver': 'bridge', 'Options': {'com.docker.network.driver.mtu': str(self._mtu)},
                'IPAM': {'Config': [{'Subnet': self._config.public_subnet, 'Gateway': self._config.public_gateway}]}})
        if not self._engine.inspect(ROUTER):
            last = ipaddress.ip_network(self._config.public_subnet)[-2]
            self._engine.create(ROUTER, {
                'Image': self._config.machine_image, 'Cmd': ['sleep', 'infinity'], 'Hostname': 'router',
                'HostConfig': {'NetworkMode': PUBLIC, 'Sysctls': {'net.ipv4.ip_forward': '1'}, 'Init': True},
                'NetworkingConfig': {'EndpointsConfig': {PUBLIC: {'IPAMConfig': {'IPv4Address': str(last)}}}}})
        self._engine.start(ROUTER)
        self._space = Namespace(self._engine.inspect(ROUTER)['State']['Pid'])
        self._applied = None
        # bridges of its own carry what the router's rules do not speak of
        self._space.set('bridge/bridge-nf-call-iptables', '0')
        return self._space

    def apply(self, state):
        space = self.ensure()
        networks = sorted({p.network for p in state.ports.values() if p.device} - state.external)
        wanted = self._addresses(state)
        rules = router_rules(state, UPLINK, bridge_of)
        key = (networks, sorted(wanted), rules)
        if key == self._applied:
            return
        links, bridges = space.links(), {bridge_of(n) for n in networks}
        space.ip(*['link delete %s' % b for b in sorted(links) if b.startswith('br') and b not in bridges])
        space.ip(*[line for b in sorted(bridges - links) for line in
                   ('link add %s mtu %d type bridge' % (b, self._mtu), 'link set %s up' % b)])
        present = {(i, a) for i, a in space.addresses() if i != 'lo'}
        space.ip(*['address add %s dev %s' % (a, i) for i, a in sorted(wanted - present)])
        space.ip(*['address delete %s dev %s' % (a, i) for i, a in sorted(present - wanted)])
        space.ip('route replace %s dev %s' % (self._config.public_subnet, UPLINK),
                 'route replace default via %s dev %s onlink' % (self._config.public_gateway, UPLINK))
        space.nft(rules)
        self._applied = key
        LOG.info('router: networks %s, addresses %s', networks, sorted(wanted))

    def _addresses(self, state):
        wanted = {(UPLINK, '%s/32' % f.floating) for f in state.floating}
        length = self._config.public_subnet.split('/')[1]
        for port in state.gateways.values():
            if port in state.ports:
                wanted |= {(UPLINK, '%s/%s' % (a.ip, length)) for a in state.ports[port].addresses}
        for _, port_id in state.router_ports:
            port = state.ports.get(port_id)
            for a in port.addresses if port else []:
                if a.subnet in state.subnets:
                    wanted.add((bridge_of(port.network), '%s/%s' % (a.ip, state.subnets[a.subnet].cidr.split('/')[1])))
        return wanted


class Machine:
    """Ports and rules of a running machine."""
    def __init__(self, space, mtu):
        self.space = space
        self._mtu = mtu
        self._rules = None
        self._plugged = space.links()

    def apply(self, ports, state, router):
        # ens3 is the first one's name on KVM, and the rest follow
        interfaces = [('ens%d' % (3 + index), port) for index, port in enumerate(ports)]
        rules = machine_rules(interfaces, state)
        if rules != self._rules:
            self.space.nft(rules)
            self._rules = rules
        for name, port in interfaces:
            if name not in self._plugged:
                self._plug(name, port, state, router)
                self._plugged.add(name)

    def _plug(self, name, port, state, router):
        tap = tap_of(port.id)
        if tap in router.links():
            router.ip('link delete %s' % tap)
        router.ip('link add %s mtu %d type veth peer name %s address %s mtu %d netns %s'
                  % (tap, self._mtu, name, port.mac, self._mtu, self.space.pid),
                  'link set %s master %s up' % (tap, bridge_of(port.network)))
        # who had the address before has another MAC address
        self.space.set('ipv4/conf/%s/arp_notify' % name, '1')
        lines = ['address add %s/%s dev %s' % (a.ip, state.subnets[a.subnet].cidr.split('/')[1], name) for a in port.addresses]
        lines += ['link set %s up' % name]
        own = {a.subnet for a in port.addresses}
        # as Neutron's DHCP tells them: other subnets of the network are on the link, too
        lines += ['route replace %s dev %s' % (s.cidr, name) for s in state.subnets.values()
                  if s.network == port.network and s.id not in own]
        gateways = [state.subnets[a.subnet].gateway for a in port.addresses]
        lines += ['route replace default via %s dev %s' % (g, name) for g in gateways[:1] if g and name == 'ens3']
        self.space.ip(*lines)
        LOG.info('plugged %s of %s: %s', name, port.device, [a.ip for a in port.addresses])


class Agent:
    def __init__(self, config, engine, neutron_conf):
        self._engine = engine
        self._neutron_conf = neutron_conf
        self._connection = None
        self._router = Router(config, engine)
        self._machines = {}

    def turn(self):
        router = self._router.ensure()
        if self._connection is None:
            self._connection = connect(self._neutron_conf)
        try:
            state = read_state(self._connection)
        except Exception:
            self._connection = None
            raise
        self._router.apply(state)
        servers = self._running()
        for server in list(self._machines):
            if server not in servers:
                del self._machines[server]
        for server, container in servers.items():
            try:
                self._apply(server, container, state, router)
            except Exception:
                LOG.exception('machine %s', server)
                self._machines.pop(server, None)

    def _running(self):
        found = self._engine.containers(SERVER, running_only=True)
        return {c['Labels'][SERVER]: c['Id'] for c in found}

    def _apply(self, server, container, state, router):
        machine = self._machines.get(server)
        if machine is None or not machine.space.lives():
            inspected = self._engine.inspect(container)
            pid = inspected['State']['Pid'] if inspected else 0
            if not pid:
                return
            machine = self._machines[server] = Machine(Namespace(pid), uplink_mtu())
        ports = [p for p in state.ports.values() if p.device == server]
        ports.sort(key=lambda p: p.id)
        if ports and all(p.addresses for p in ports):
            machine.apply(ports, state, router)


def main():
    logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s %(message)s', stream=sys.stdout)
    config = Config()
    agent = Agent(config, Engine(config.socket), sys.argv[1])
    while True:
        try:
            agent.turn()
        except Exception:
            LOG.exception('this turn failed')
        time.sleep(0.5)


if __name__ == '__main__':
    main()
