import type Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nodeGuard } from "../../components/first-boot/node-guard.ts";
import { nodeGuardUnit } from "../../components/first-boot/units.ts";
import type { Environment } from "../../config/environment.ts";
import { planMachines } from "../../config/machines.ts";
import type { Role } from "../../config/roles/index.ts";
import { versions } from "../../config/versions.ts";
import { eventually } from "../../lib/eventually.ts";
import { tarOf } from "../../lib/tar.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { exampleEnvironment } from "../harness/environments/example-environment.ts";
import { functionsOf } from "../harness/first-boot/functions.ts";

/** A real kernel's judgement of what pods send, in one machine: its pods and all other machines are network namespaces of it. */
const name = `guard-${process.pid}`;
const hostname = `${name}-worker`;
const flannel = exampleEnvironment();
const calico: Environment = {
  ...flannel,
  containerPlatform: { ...flannel.containerPlatform, podNetwork: "calico" },
};
const addressOf = (role: Role) => planMachines(flannel).find((machine) => machine.role === role)?.privateIp ?? "";
const [storage, master, haproxy] = (["storage", "master", "haproxy"] as const).map(addressOf);
/** Workers' addresses: the node's own and another's. */
const [node, worker] = ["10.180.0.130", "10.180.0.131"];
/** An address of no machine here: a kernel takes no packet by an address of its own. */
const thirdNode = "10.180.0.132";
const pods = { flannel: "10.233.65.2", calico: "10.233.65.3" };
const [ownPodNetworkAddress, podElsewhere] = ["10.233.65.1", "10.233.66.2"];
const outside = "192.0.2.7";
const metadata = "169.254.169.254";
const services = { api: "10.233.0.1", pod: "10.233.0.20", storage: "10.233.0.30" };

let engine: Docker;
let networkId: string;

/** Serves every port that it is given, TCP and UDP, by an echo from the address that was asked, and prints the datagrams. */
const serve = `
import select, socket, struct, sys
listening = []
for word in sys.argv[1:]:
    kind = socket.SOCK_DGRAM if word.startswith("udp") else socket.SOCK_STREAM
    one = socket.socket(socket.AF_INET, kind)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("0.0.0.0", int(word[3:])))
    if kind == socket.SOCK_STREAM: one.listen(50)
    else: one.setsockopt(socket.IPPROTO_IP, 8, 1) # IP_PKTINFO
    listening.append(one)
connections = []
while True:
    for one in select.select(listening + connections, [], [])[0]:
        if one in connections:
            data = one.recv(100)
            if data: one.send(data)
            else: connections.remove(one)
        elif one.type == socket.SOCK_DGRAM:
            data, [(_, _, to)], _, peer = one.recvmsg(100, 100)
            print(data.decode(), flush=True)
            one.sendmsg([data], [(socket.IPPROTO_IP, 8, struct.pack("=I4s4s", 0, to[8:12], bytes(4)))], 0, peer)
        else: connections.append(one.accept()[0])
`;

/** Tells which of the ports it is given it reaches: all at once, each within a second. */
const reach = `
import socket, sys, threading
reached = {}
def attempt(word):
    protocol, address, port = word.split(":")
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
    one.settimeout(1)
    try:
        one.connect((address, int(port)))
        one.send(b"hello")
        reached[word] = one.recv(100) == b"hello"
    except OSError: reached[word] = False
threads = [threading.Thread(target=attempt, args=(word,)) for word in sys.argv[1:]]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("\\n".join(word for word in sys.argv[1:] if reached[word]))
`;

/** Holds a connection open until it is asked whether that still answers. */
const hold = `
import os, socket, sys
one = socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)
one.settimeout(1)
open("/run/held", "w").close()
while not os.path.exists("/run/ask"): pass
try:
    one.send(b"again")
    print("answers" if one.recv(100) else "ended")
except OSError: print("silence")
`;

/** Sends a datagram with an address of another. */
const forge = `
import socket, struct, sys
source, target, port = socket.inet_aton(sys.argv[1]), socket.inet_aton(sys.argv[2]), int(sys.argv[3])
data = b"forged"
udp = struct.pack("!HHHH", 4000, port, 8 + len(data), 0) + data
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, source, target)
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
raw.sendto(ip + udp, (sys.argv[2], 0))
`;

const ports = "tcp53 tcp2049 tcp2379 tcp3306 tcp5000 tcp6443 tcp8080 tcp10250 tcp30080 tcp80 udp53 udp4789 udp8472";

/** The node, two pods of its own (one with each pod network's kind of interface) and all that lies beyond. */
const build = `
printf 'net.ipv4.ip_forward=1\\nnet.ipv4.conf.all.rp_filter=0\\nnet.ipv4.conf.default.rp_filter=0\\n' | sysctl -qp -
pod() {
  ip netns add "$1"
  ip link add "$2" type veth peer name eth0 netns "$1"
  sysctl -qw "net.ipv4.conf.$2.rp_filter=0"
  ip link set "$2" up
  ip address add ${ownPodNetworkAddress}/32 dev "$2"
  ip route add "$3/32" dev "$2"
  ip -n "$1" link set lo up
  ip -n "$1" address add "$3/32" dev eth0
  ip -n "$1" link set eth0 up
  ip -n "$1" route add ${ownPodNetworkAddress} dev eth0
  ip -n "$1" route add default via ${ownPodNetworkAddress}
}
pod flannel vethpod ${pods.flannel}
pod calico calipod ${pods.calico}
ip netns add beyond
ip link add beyond0 type veth peer name eth0 netns beyond
sysctl -qw net.ipv4.conf.beyond0.rp_filter=0
ip address add ${node}/24 dev beyond0
ip link set beyond0 up
ip -n beyond link set lo up
ip -n beyond link set eth0 up
for address in ${[storage, master, haproxy, worker].join(" ")}; do ip -n beyond address add "$address/24" dev eth0; done
for address in ${[podElsewhere, outside, metadata].join(" ")}; do
  ip -n beyond address add "$address/32" dev eth0
  ip route add "$address/32" via ${master}
done
ip -n beyond route add 10.233.65.0/24 via ${node}
nft -f - <<'EOF'
table ip services {
  chain prerouting {
    type nat hook prerouting priority dstnat;
    ip daddr ${services.api} tcp dport 443 dnat to ${master}:6443
    ip daddr ${services.pod} tcp dport 80 dnat to ${podElsewhere}:8080
    ip daddr ${services.storage} tcp dport 80 dnat to ${storage}:2049
    ip daddr ${services.storage} tcp dport 81 dnat to ${metadata}:80
  }
  chain postrouting {
    type nat hook postrouting priority srcnat;
    ip saddr ${flannel.network.podCidr} ip daddr != ${flannel.network.podCidr} masquerade
  }
}
EOF
setsid python3 /opt/serve ${ports} >/run/served-here 2>&1 &
setsid ip netns exec beyond python3 /opt/serve ${ports} >/run/served-beyond 2>&1 &
for pod in flannel calico; do setsid ip netns exec $pod python3 /opt/serve tcp8080 >/dev/null 2>&1 & done
sleep 1
`;

beforeAll(async () => {
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  const network = { networkName: `kpaas-${name}`, environment: name, cidr: "10.253.84.0/24" };
  networkId = await createNetwork({ ...network, gateway: "10.253.84.1", dynamicCidr: "10.253.84.128/25" });
  const image = await ensureMachineImage("machine", versions.kubernetes, console.log);
  await createMachine({
    ...{ hostname, environment: name, role: "worker", machineName: "worker", image, networkId },
    ...{ privateIp: "10.253.84.20", userData: "#cloud-config\n{}\n", volumes: {}, publicPorts: [] },
    firewall: "table inet kpaas_firewall {}\n",
  });
  await eventually(60, async () =>
    expect(await inMachine("systemctl is-system-running || true")).toMatch(/running|degraded/),
  );
  const programs = { serve, reach, hold, forge };
  await put(Object.fromEntries(Object.entries(programs).map(([file, text]) => [`opt/${file}`, text])));
  await inMachine(build);
}, 2_700_000);

afterAll(async () => {
  await removeMachine(hostname);
  await removeNetwork(networkId);
});

async function put(files: Record<string, string>): Promise<void> {
  const entries = Object.entries(files).map(([path, content]) => [path, { content, mode: 0o644 }]);
  await engine.getContainer(hostname).putArchive(await tarOf(Object.fromEntries(entries)), { path: "/" });
}

async function inMachine(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

/** Gives those of the places that are reached from a network namespace. */
async function reached(from: string, places: readonly string[]): Promise<string[]> {
  const output = await inMachine(`ip netns exec ${from} python3 /opt/reach ${places.join(" ")}`);
  return output.split("\n").filter(Boolean);
}

/** Counts how many of the packets arrive that a pod sends to a master's VXLAN by the address of a third node: one or none. */
async function forged(pod: string): Promise<number> {
  const arrived = async () => Number(await inMachine("grep -c forged /run/served-beyond || true"));
  const before = await arrived();
  await inMachine(`ip netns exec ${pod} python3 /opt/forge ${thirdNode} ${master} 8472; sleep 0.3`);
  return (await arrived()) - before;
}

/** Loads a guard as first boot does. */
async function load(role: Role, environment: Environment): Promise<void> {
  const unit = { [nodeGuardUnit.path.slice(1)]: nodeGuardUnit.content };
  await put({ "etc/kpaas/node-guard.nft": nodeGuard(role, environment), ...unit });
  const common = await functionsOf("common.sh", "install_file", "start_service");
  const guard = await functionsOf("node.sh", "guard_node");
  await inMachine(
    `run=/run state=/var/lib/kpaas; mkdir -p "$state"; systemctl daemon-reload\n${common}\n${guard}\nguard_node`,
  );
}

const open = [
  `tcp:${haproxy}:6443`,
  `tcp:${haproxy}:5000`,
  `tcp:${haproxy}:3306`,
  `tcp:${master}:6443`,
  `tcp:${services.api}:443`,
  `tcp:${services.pod}:80`,
  `tcp:${podElsewhere}:8080`,
  `tcp:${outside}:10250`,
  `udp:${worker}:53`,
  `udp:${metadata}:53`,
  `tcp:${node}:53`,
  `udp:${node}:53`,
  `udp:${ownPodNetworkAddress}:53`,
];
const closed = [
  `tcp:${storage}:2049`,
  `tcp:${services.storage}:80`,
  `tcp:${services.storage}:81`,
  `tcp:${metadata}:80`,
  `tcp:${master}:10250`,
  `tcp:${master}:2379`,
  `tcp:${worker}:10250`,
  `tcp:${worker}:30080`,
  `tcp:${haproxy}:8080`,
  `udp:${worker}:8472`,
  `udp:${master}:4789`,
  `tcp:${node}:10250`,
  `tcp:${node}:6443`,
  `udp:${node}:8472`,
  `tcp:${ownPodNetworkAddress}:10250`,
];

test("without a guard pods reach all that their node does", async () => {
  for (const pod of Object.keys(pods)) {
    expect(await reached(pod, [...open, ...closed])).toEqual([...open, ...closed]);
    expect(await forged(pod)).toBe(1);
  }
});

describe.each([
  ["flannel", flannel],
  ["calico", calico],
] as const)("with the guard of a worker (%s)", (pod, environment) => {
  test("pods reach of machines what the port table says, Services by what answers for them", async () => {
    await load("worker", environment);
    expect(await reached(pod, [...open, ...closed])).toEqual(open);
  });

  test("a pod that writes another address into its packets is still known", async () => {
    expect(await forged(pod)).toBe(0);
  });

  test("machines reach pods, and pods answer them", async () => {
    const place = `tcp:${pods[pod]}:8080`;
    expect(await reached("beyond", [place])).toEqual([place]);
    expect(await inMachine(`python3 /opt/reach ${place}`)).toBe(place);
  });

  test("other machines reach this one, their pods do not", async () => {
    const kubelet = `tcp:${node}:10250`;
    expect(await reached("beyond", [kubelet])).toEqual([kubelet]);
    await inMachine(`ip -n beyond route add ${ownPodNetworkAddress} via ${node} src ${podElsewhere}`);
    expect(await reached("beyond", [`tcp:${ownPodNetworkAddress}:10250`])).toEqual([]);
    await inMachine(`ip -n beyond route del ${ownPodNetworkAddress}`);
  });
});

test("a master's guard lets its pods reach the API server on it, too", async () => {
  await load("master", flannel);
  const api = `tcp:${node}:6443`;
  expect(await reached("flannel", [api, ...closed.filter((place) => place !== api)])).toEqual([api]);
});

test("a connection that was open before the guard came is closed by it, and what an earlier release loaded goes", async () => {
  const former = "kpaas-metadata-guard.service";
  const wanted = `/etc/systemd/system/multi-user.target.wants/${former}`;
  await inMachine(`systemctl stop kpaas-node-guard; nft delete table inet kpaas_node_guard; nft add table inet kpaas_metadata_guard
    ln -s /etc/systemd/system/${former} ${wanted}
    rm -f /run/held /run/ask /run/answer
    setsid ip netns exec flannel python3 /opt/hold ${storage} 2049 >/run/answer 2>&1 &
    until [ -e /run/held ]; do sleep 0.1; done`);
  await load("worker", flannel);
  await inMachine("touch /run/ask; until [ -s /run/answer ]; do sleep 0.1; done");
  expect(await inMachine("cat /run/answer")).toBe("silence");
  expect(await inMachine("nft list tables")).not.toContain("kpaas_metadata_guard");
  expect(await inMachine(`[ -L ${wanted} ] || echo gone`)).toBe("gone");
});

test("set up again, it changes nothing; it takes a change in place", async () => {
  const handle = () => inMachine("nft --handle list table inet kpaas_node_guard | head -1");
  const before = await handle();
  await load("worker", flannel);
  expect(await handle()).toBe(before);
  await load("worker", calico);
  expect(await handle()).not.toBe(before);
  expect(await inMachine("nft list table inet kpaas_node_guard")).toContain('iifname "cali*"');
});
