"""What Neutron's database says of ports, groups, routers and floating addresses."""
import collections
import configparser
import urllib.parse

import pymysql

Port = collections.namedtuple('Port', 'id network mac device owner addresses pairs groups secured')
Address = collections.namedtuple('Address', 'ip subnet')
Subnet = collections.namedtuple('Subnet', 'id network cidr gateway')
Rule = collections.namedtuple('Rule', 'group remote_group direction ethertype protocol first last prefix')
Floating = collections.namedtuple('Floating', 'floating fixed router')
State = collections.namedtuple('State', 'ports subnets rules router_ports gateways floating external')

PORTS = '''SELECT p.id, p.network_id, p.mac_address, p.device_id, p.device_owner, COALESCE(b.port_security_enabled, 1)
           FROM ports p LEFT JOIN portsecuritybindings b ON b.port_id = p.id ORDER BY p.id'''
ADDRESSES = 'SELECT port_id, ip_address, subnet_id FROM ipallocations ORDER BY ip_address'
PAIRS = 'SELECT port_id, ip_address FROM allowedaddresspairs ORDER BY ip_address'
GROUPS = 'SELECT port_id, security_group_id FROM securitygroupportbindings ORDER BY security_group_id'
SUBNETS = 'SELECT id, network_id, cidr, gateway_ip FROM subnets WHERE ip_version = 4 ORDER BY id'
RULES = '''SELECT security_group_id, remote_group_id, direction, ethertype, protocol, port_range_min, port_range_max,
           remote_ip_prefix FROM securitygrouprules ORDER BY id'''
ROUTER_PORTS = "SELECT router_id, port_id FROM routerports WHERE port_type = 'network:router_interface' ORDER BY port_id"
GATEWAYS = 'SELECT id, gw_port_id FROM routers WHERE gw_port_id IS NOT NULL ORDER BY id'
EXTERNAL = 'SELECT network_id FROM externalnetworks'
FLOATING = '''SELECT floating_ip_address, fixed_ip_address, router_id FROM floatingips
              WHERE fixed_port_id IS NOT NULL ORDER BY floating_ip_address'''


def connect(neutron_conf):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read(neutron_conf)
    url = urllib.parse.urlparse(parser['database']['connection'])
    return pymysql.connect(host=url.hostname, port=url.port, user=url.username, password=url.password,
                           database=url.path[1:], autocommit=True)


def read_state(connection):
    def rows(query):
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def by_port(query, make=lambda rest: rest[0]):
        found = collections.defaultdict(list)
        for port, *rest in rows(query):
            found[port].append(make(rest))
        return found

    addresses, pairs, groups = by_port(ADDRESSES, lambda r: Address(*r)), by_port(PAIRS), by_port(GROUPS)
    ports = {p[0]: Port(*p[:5], addresses[p[0]], pairs[p[0]], groups[p[0]], bool(p[5])) for p in rows(PORTS)}
    return State(ports=ports,
                 subnets={s[0]: Subnet(*s) for s in rows(SUBNETS)},
                 rules=[Rule(*r) for r in rows(RULES)],
                 router_ports=rows(ROUTER_PORTS),
                 gateways=dict(rows(GATEWAYS)),
                 floating=[Floating(*f) for f in rows(FLOATING)],
                 external={n[0] for n in rows(EXTERNAL)})
