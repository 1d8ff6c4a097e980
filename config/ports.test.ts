import { describe, expect, test } from "vitest";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import type { Environment } from "./environment.ts";
import { parseEnvironment } from "./parse.ts";
import { type Peer, portRules } from "./ports.ts";
import type { Role } from "./roles/index.ts";

const flannel = exampleEnvironment();
const calico: Environment = {
  ...flannel,
  containerPlatform: {
    ...flannel.containerPlatform,
    podNetwork: "calico",
    haproxy: { count: 2, size: flannel.containerPlatform.masters.size, generation: 1 },
  },
};
const balanced = parseEnvironment("test", {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { gateway: "load-balancer" },
});
const environments = [flannel, calico];

/** Gives who may open a connection to a port of a role. */
function peers(environment: Environment, role: Role, port: number, protocol = "tcp"): Peer[] {
  return portRules(environment)
    .filter((rule) => rule.role === role && rule.protocol === protocol)
    .filter(({ fromPort = 0, toPort = 65535 }) => fromPort <= port && port <= toPort)
    .flatMap(({ from }) => from)
    .sort();
}

describe("the port table", () => {
  test("opens to administrators nothing but the gateway's three services", () => {
    for (const environment of environments) {
      const open = portRules(environment).filter(({ from }) => from.includes("admin"));
      expect(open.map(({ role, fromPort, toPort }) => [role, fromPort, toPort])).toEqual([
        ["haproxy", 6443, 6443],
        ["haproxy", 5000, 5000],
        ["haproxy", 3306, 3306],
      ]);
    }
  });

  test("keeps closed what K-PaaS opens although it is gone or unsafe, and what nothing here uses", () => {
    const closed = [22, 80, 111, 443, 10248, 10251, 10252, 10255, 10256, 10257, 10259];
    for (const environment of environments)
      for (const role of ["haproxy", "master", "worker", "registry", "database", "storage"] as const)
        for (const port of closed) expect([role, port, ...peers(environment, role, port)]).toEqual([role, port]);
  });

  test("lets only the gateway reach registry and database, and only workers the storage server", () => {
    expect(peers(flannel, "registry", 5000)).toEqual(["haproxy"]);
    expect(peers(flannel, "database", 3306)).toEqual(["haproxy"]);
    expect(peers(flannel, "storage", 2049)).toEqual(["worker"]);
  });

  test("lets every machine reach the registry's packages where the platform serves them, and nobody where it does not", () => {
    const settings = { infrastructure: { kind: "openstack" }, network: { adminCidrs: ["203.0.113.0/24"] } };
    const served = parseEnvironment("test", { ...settings, packages: { source: "platform" } });
    expect(peers(served, "registry", 8000)).toEqual(["machines"]);
    expect(peers(parseEnvironment("test", settings), "registry", 8000)).toEqual([]);
    expect(peers(served, "bastion", 8000)).toEqual([]);
  });

  test("keeps etcd to the masters", () => {
    expect(peers(flannel, "master", 2379)).toEqual(["master"]);
    expect(peers(flannel, "master", 2380)).toEqual(["master"]);
  });

  test("lets pods reach the API server: their worker translates the service's address to a master's", () => {
    expect(peers(flannel, "master", 6443)).toEqual(["haproxy", "master", "worker"]);
  });

  test("opens NodePorts to the gateway only", () => {
    expect(peers(flannel, "worker", 30000)).toEqual(["haproxy"]);
    expect(peers(flannel, "worker", 32767)).toEqual(["haproxy"]);
    expect(peers(flannel, "worker", 32768)).toEqual([]);
    expect(peers(flannel, "master", 30000)).toEqual([]);
  });

  test("opens the VXLAN port of the chosen pod network, between nodes", () => {
    expect(peers(flannel, "worker", 8472, "udp")).toEqual(["master", "worker"]);
    expect(peers(flannel, "worker", 4789, "udp")).toEqual([]);
    expect(peers(calico, "master", 4789, "udp")).toEqual(["master", "worker"]);
    expect(peers(calico, "master", 8472, "udp")).toEqual([]);
    expect(peers(calico, "worker", 5473)).toEqual(["master", "worker"]);
    expect(peers(flannel, "worker", 5473)).toEqual([]);
  });

  test("has the same rules for a load balancer, but for what only a machine would let in", () => {
    const ways = (environment: Environment) =>
      portRules(environment).flatMap(({ role, protocol, fromPort, from }) =>
        from
          .filter((peer) => role === "haproxy" || peer === "haproxy")
          .map((peer) => `${role} ${protocol} ${fromPort} ${peer}`),
      );
    const machine = parseEnvironment("test", {
      infrastructure: { kind: "openstack" },
      network: { adminCidrs: ["203.0.113.0/24"] },
    });
    const [has, had] = [new Set(ways(balanced)), new Set(ways(machine))];
    expect([...has].filter((way) => !had.has(way))).toEqual([]);
    expect([...had].filter((way) => !has.has(way))).toEqual(["haproxy tcp 22 bastion", "worker tcp 30000 haproxy"]);
  });

  test("opens VRRP between gateways where there are two", () => {
    const vrrp = (environment: Environment) => portRules(environment).filter(({ protocol }) => protocol === "vrrp");
    expect(vrrp(flannel)).toEqual([]);
    expect(vrrp(calico)).toMatchObject([{ role: "haproxy", from: ["haproxy"] }]);
  });

  test("gives every rule a purpose that any firewall takes as a comment", () => {
    for (const { purpose } of environments.flatMap(portRules)) expect(purpose).toMatch(/^[^"\\\n]{3,120}$/);
  });

  test("names no source twice for one port", () => {
    for (const environment of environments) {
      const flows = portRules(environment).flatMap(({ role, protocol, fromPort, from }) =>
        from.map((peer) => `${peer} -> ${role} ${protocol} ${fromPort}`),
      );
      expect(new Set(flows).size).toBe(flows.length);
    }
  });
});
