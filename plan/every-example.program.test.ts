import { expect, test } from "vitest";
import { exampleNames } from "../tests/harness/environments/shipped-examples.ts";
import type { Recorded } from "../tests/harness/mocks/mocks.ts";
import { both, inputsOf, planOfExample, sorted } from "../tests/harness/mocks/plan-and-program.ts";

/** Gives the names of the nodes that the program waits for on every infrastructure. */
const nodeNames = (program: Recorded) => inputsOf(program, "kpaas:index:Node").map(({ nodeName }) => nodeName);

test.each(exampleNames)("%s has a plan, with a machine type for each machine", (name) => {
  const { machines, cost } = planOfExample(name);
  expect(machines.every(({ machineType }) => cost.status === "free" || machineType)).toBe(true);
});

/**
 * Examples whose programs ask the cloud nothing. The mocks would not answer the others': tests/contract runs them on simulated
 * clouds.
 */
const withoutQuestions = [
  "local",
  "local-application",
  "openstack-dev",
  "openstack-operation",
  "openstack-application",
  "aws-dev",
  "aws-operation",
  "aws-application",
];

test.each(withoutQuestions)("%s: the plan's nodes are the program's", async (name) => {
  const { plan, program } = await both(name, { unknown: true });
  const nodes = plan.machines.filter(({ role }) => role === "master" || role === "worker");
  expect(nodes.map(({ hostname }) => hostname).sort()).toEqual(nodeNames(program).sort());
});

test("local: the plan's machines, addresses and disks are the program's", async () => {
  const { plan, program } = await both("local");
  const built = inputsOf(program, "kpaas:local:Machine").map(({ hostname, role, machineName, privateIp }) => ({
    hostname,
    role,
    name: machineName,
    privateIp,
  }));
  const planned = plan.machines.map(({ hostname, role, name, privateIp }) => ({ hostname, role, name, privateIp }));
  expect(sorted(planned)).toEqual(sorted(built));
  const volumes = inputsOf(program, "kpaas:local:Volume").map(({ volumeName }) => volumeName);
  const disks = plan.machines.filter(({ dataDisk }) => dataDisk).map(({ hostname }) => `${hostname}-data`);
  expect(disks.sort()).toEqual(volumes.sort());
});

test.each(["openstack-dev", "openstack-operation"])("%s: the plan is what the program registers", async (name) => {
  const { plan, program } = await both(name);

  const servers = inputsOf(program, "openstack:compute/instance:Instance").map((server) => ({
    name: server.name,
    role: server.metadata["kpaas-role"],
    flavor: server.flavorName,
    zone: server.availabilityZone,
    bootDiskGiB: server.blockDevices[0].volumeSize,
  }));
  const planned = plan.machines.map((machine) => ({
    name: machine.hostname,
    role: machine.role,
    flavor: machine.machineType,
    zone: machine.zoneName,
    bootDiskGiB: machine.size.diskGiB,
  }));
  expect(sorted(planned)).toEqual(sorted(servers));

  const volumes = inputsOf(program, "openstack:blockstorage/volume:Volume");
  const disks = plan.machines.flatMap(({ hostname, dataDisk }) =>
    dataDisk ? [{ name: `${hostname}-data`, size: dataDisk.sizeGiB }] : [],
  );
  expect(sorted(disks)).toEqual(sorted(volumes.map(({ name, size }) => ({ name, size }))));

  const ports = inputsOf(program, "openstack:networking/port:Port");
  const addresses = ports.map(({ fixedIps }) => fixedIps[0].ipAddress as string);
  const fixed = plan.machines.flatMap(({ privateIp }) => privateIp ?? []);
  const shared = plan.network.gateway.shared ? [plan.network.gateway.address] : [];
  expect([...fixed, ...shared].sort()).toEqual(addresses.sort());

  const subnets = inputsOf(program, "openstack:networking/subnet:Subnet").map(({ cidr }) => cidr);
  expect(plan.network.zones.map(({ cidr }) => cidr).sort()).toEqual(subnets.sort());
});

test.each(["openstack-dev", "openstack-operation"])("%s: each open port is a rule of the program", async (name) => {
  const { plan, program } = await both(name);
  const roleOf = (groupId: string) => groupId.replace(/^platform-firewall-(.*)-id$/, "$1");
  const rules = inputsOf(program, "openstack:networking/secGroupRule:SecGroupRule").map((rule) => ({
    role: roleOf(rule.securityGroupId),
    protocol: rule.protocol,
    fromPort: rule.portRangeMin,
    toPort: rule.portRangeMax,
    source: rule.remoteIpPrefix ?? roleOf(rule.remoteGroupId),
  }));
  const open = plan.ports.flatMap(({ role, protocol, fromPort, toPort, fromRoles, fromCidrs }) =>
    [...fromRoles, ...fromCidrs].map((source) => ({ role, protocol, fromPort, toPort, source })),
  );
  expect(sorted(open)).toEqual(sorted(rules));
});

const openStacks = [
  ["openstack-dev", "haproxy"],
  ["openstack-operation", "haproxy"],
  ["openstack-operation", "load-balancer"],
] as const;

test.each(openStacks)("%s, %s: the quota asked for is what is registered", async (name, gateway) => {
  const { plan, program } = await both(name, { gateway });
  const count = (type: string) => inputsOf(program, type).length;
  const needed = Object.fromEntries(plan.quotas.map(({ name, needed }) => [name, needed]));
  const servers = count("openstack:compute/instance:Instance");
  const groups = count("openstack:networking/secGroup:SecGroup");
  expect(needed).toMatchObject({
    instances: servers,
    volumes: servers + count("openstack:blockstorage/volume:Volume"),
    "floating addresses": count("openstack:networking/floatingIp:FloatingIp"),
    "security groups": groups,
    "security group rules": count("openstack:networking/secGroupRule:SecGroupRule") + 2 * groups,
  });
  const workersPorts = inputsOf(program, "openstack:compute/instance:Instance").filter(
    ({ networks }) => !networks[0].port,
  ).length;
  const ownPorts =
    count("openstack:networking/port:Port") + count("openstack:networking/routerInterface:RouterInterface");
  // Octavia makes the load balancer's.
  const balancerPorts = gateway === "load-balancer" ? 1 : 0;
  expect(needed.ports).toBe(ownPorts + workersPorts + balancerPorts);
});

test("openstack-application: the plan's groups, VMs and ways in are the program's", async () => {
  const { plan, program } = await both("openstack-application");
  const [platform, ...others] = inputsOf(program, "kpaas:index:ApplicationPlatform");
  expect(others).toEqual([]);
  const { size, systemDomain, cidr, gateway, database, blobstore, zones, groups, ports } = plan.applicationPlatform ?? {
    groups: [],
    ports: [],
  };
  const subnets = zones?.map((zone) => zone.cidr);
  expect(platform).toMatchObject({ size, systemDomain, cidr, gateway, database, blobstore, subnets });

  const portOf = ({ protocol, fromPort, toPort, purpose }: (typeof ports)[number]) =>
    JSON.stringify([protocol, fromPort, toPort, purpose]);
  const registered = inputsOf(program, "kpaas:index:InstanceGroup").map((group) => ({
    name: group.groupName,
    count: group.count,
    size: group.size,
    dataDiskGiB: group.persistentDiskGiB,
    vms: group.vms,
    ports: group.ports.map(portOf).sort(),
  }));
  const planned = groups.map(({ name, count, size, dataDiskGiB, vms }) => ({
    name,
    count,
    size,
    dataDiskGiB,
    vms: vms.map((vm) => ({ name: vm.name, zone: vm.zone })),
    ports: ports
      .filter(({ group }) => group === name)
      .map(portOf)
      .sort(),
  }));
  expect(sorted(planned)).toEqual(sorted(registered));
  expect(planned.flatMap(({ vms }) => vms).length).toBeGreaterThanOrEqual(29);
});

test("openstack-application: the quota asked for is what is registered, and what BOSH makes", async () => {
  const { plan, program } = await both("openstack-application");
  const count = (type: string) => inputsOf(program, type).length;
  const needed = Object.fromEntries(plan.quotas.map(({ name, needed }) => [name, needed]));
  const { groups = [], passing = [] } = plan.applicationPlatform ?? {};
  const groupsMade = count("openstack:networking/secGroup:SecGroup");
  const vms = groups.reduce((sum, group) => sum + group.count, 0) + 1 + passing.length;
  expect(needed).toMatchObject({
    instances: count("openstack:compute/instance:Instance") + vms,
    "floating addresses": count("openstack:networking/floatingIp:FloatingIp"),
    "security groups": groupsMade,
    "security group rules": count("openstack:networking/secGroupRule:SecGroupRule") + 2 * groupsMade,
  });
});

test("openstack-operation: without an application platform nothing of one is registered", async () => {
  const { plan, program } = await both("openstack-operation");
  expect(plan).not.toHaveProperty("applicationPlatform");
  expect(inputsOf(program, "kpaas:index:ApplicationPlatform")).toEqual([]);
});
