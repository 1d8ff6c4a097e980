"""nftables' rules of a machine's ports and of the router, from Neutron's state. Pure."""
import ipaddress

# names that Neutron takes, where nftables knows another or none
PROTOCOLS = {'vrrp': '112', 'ah': '51', 'esp': '50', 'gre': '47', 'ospf': '89', 'sctp': 'sctp', 'icmp': 'icmp'}


def machine_rules(interfaces, state):
    """Rules of the ports of one machine, `interfaces` by name: nothing comes in but what a group lets in, nothing goes out from
    another address than the port's own and its allowed pairs."""
    chains, into, out = [], [], []
    for name, port in interfaces:
        if not port.secured:
            continue
        own = _set([a.ip for a in port.addresses] + port.pairs)
        ingress = _group_rules(port, state, 'ingress', 'saddr')
        egress = _group_rules(port, state, 'egress', 'daddr')
        chains += [_chain('in_' + name, ['ct state established,related accept'] + ingress + ['counter drop']),
                   _chain('out_' + name, ['ip saddr != %s counter drop' % own, 'ct state established,related accept']
                          + egress + ['counter drop'])]
        into.append('iifname "%s" jump in_%s' % (name, name))
        out.append('oifname "%s" jump out_%s' % (name, name))
    # Before and after any translation of addresses that the machine does itself.
    hooks = [_chain('prerouting', ['type filter hook prerouting priority -150; policy accept;'] + into),
             _chain('postrouting', ['type filter hook postrouting priority 300; policy accept;'] + out)]
    return _table('inet devcloud', chains + hooks)


def _group_rules(port, state, direction, side):
    lines = []
    for rule in state.rules:
        if rule.group not in port.groups or rule.direction != direction or rule.ethertype != 'IPv4':
            continue
        match = _protocol(rule)
        if rule.remote_group:
            members = [a for p in state.ports.values() if rule.remote_group in p.groups
                       for a in [x.ip for x in p.addresses] + p.pairs]
            if not members:
                continue
            match = ['ip %s %s' % (side, _set(members))] + match
        elif rule.prefix:
            match = ['ip %s %s' % (side, rule.prefix)] + match
        lines.append(' '.join(match + ['accept']))
    return sorted(set(lines))


def _protocol(rule):
    if not rule.protocol or rule.protocol == 'any':
        return []
    protocol = PROTOCOLS.get(rule.protocol, rule.protocol)
    if protocol == 'icmp':
        kind = [] if rule.first is None else ['icmp type %d' % rule.first]
        return ['ip protocol icmp'] + kind
    if protocol not in ('tcp', 'udp', 'sctp') or rule.first is None:
        return ['ip protocol %s' % protocol]
    return ['%s dport %d-%d' % (protocol, rule.first, rule.last) if rule.first != rule.last
            else '%s dport %d' % (protocol, rule.first)]


def _set(addresses):
    networks = ipaddress.collapse_addresses(ipaddress.ip_network(a) for a in set(addresses) if ':' not in a)
    names = [str(n.network_address) if n.prefixlen == 32 else str(n) for n in networks]
    return '{ %s }' % ', '.join(names)


def router_rules(state, public, bridge_of):
    """Rules of all routers: floating addresses both ways, the rest behind the router's own address; between networks only where
    one router joins them."""
    dnat, snat, forward = [], [], ['type filter hook forward priority 0; policy drop;',
                                   'ct state established,related accept', 'ct status dnat accept']
    for f in state.floating:
        dnat.append('ip daddr %s dnat to %s' % (f.floating, f.fixed))
        snat.append('oifname "%s" ip saddr %s snat to %s' % (public, f.fixed, f.floating))
    for router in sorted({r for r, _ in state.router_ports}):
        ports = [state.ports[p] for r, p in state.router_ports if r == router and p in state.ports]
        cidrs = [state.subnets[a.subnet].cidr for p in ports for a in p.addresses if a.subnet in state.subnets]
        bridges = '{ %s }' % ', '.join(sorted({'"%s"' % bridge_of(p.network) for p in ports}))
        if not ports or not cidrs:
            continue
        forward += ['iifname %s oifname %s accept' % (bridges, bridges)]
        gateway = state.ports.get(state.gateways.get(router))
        if gateway and gateway.addresses:
            forward += ['iifname %s oifname "%s" accept' % (bridges, public)]
            snat += ['oifname "%s" ip saddr %s snat to %s' % (public, _set(cidrs), gateway.addresses[0].ip)]
        # a machine that calls a floating address of its own network: the answer must come back through here
        snat += ['oifname != "%s" ip saddr %s ct status dnat masquerade' % (public, _set(cidrs))]
    return _table('ip devcloud', [
        _chain('prerouting', ['type nat hook prerouting priority -100;'] + dnat),
        _chain('postrouting', ['type nat hook postrouting priority 100;'] + snat),
        _chain('forward', forward)])


def _chain(name, lines):
    return '  chain %s {\n%s  }\n' % (name, ''.join('    %s\n' % line for line in lines))


def _table(name, chains):
    return 'table %s\ndelete table %s\ntable %s {\n%s}\n' % (name, name, name, ''.join(chains))
