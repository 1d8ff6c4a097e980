import { expect, test } from "vitest";
import { both, inputsOf, sorted } from "../tests/harness/mocks/plan-and-program.ts";

test.each(["aws-dev", "aws-operation"])("%s: the plan is what the program registers", async (name) => {
  const { plan, program } = await both(name, { unknown: true });

  const instances = inputsOf(program, "aws:ec2/instance:Instance").map((instance) => ({
    hostname: instance.tags.Name,
    role: instance.tags["kpaas-role"],
    machineType: instance.instanceType,
    privateIp: instance.privateIp,
    bootDiskGiB: instance.rootBlockDevice.volumeSize,
  }));
  const planned = plan.machines.map(({ hostname, role, machineType, privateIp, size }) => ({
    hostname,
    role,
    machineType,
    privateIp,
    bootDiskGiB: size.diskGiB,
  }));
  expect(sorted(planned)).toEqual(sorted(instances));

  const volumes = inputsOf(program, "aws:ebs/volume:Volume");
  const disks = plan.machines.flatMap(({ zoneName, dataDisk }) => (dataDisk ? [[zoneName, dataDisk.sizeGiB]] : []));
  expect(sorted(disks)).toEqual(sorted(volumes.map(({ availabilityZone, size }) => [availabilityZone, size])));

  const subnets = inputsOf(program, "aws:ec2/subnet:Subnet").map(({ cidrBlock }) => cidrBlock);
  expect(plan.network.zones.flatMap(({ tiers }) => tiers.map(({ cidr }) => cidr)).sort()).toEqual(subnets.sort());

  const rules = inputsOf(program, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
  const open = plan.ports.reduce((sum, { fromRoles, fromCidrs }) => sum + fromRoles.length + fromCidrs.length, 0);
  expect(open).toBe(rules.length);
});

test.each([
  ["aws-dev", "haproxy"],
  ["aws-operation", "haproxy"],
  ["aws-operation", "load-balancer"],
  ["aws-application", "haproxy"],
  ["aws-application", "load-balancer"],
] as const)("%s, %s: what is billed is what is registered", async (name, gateway) => {
  const { plan, program } = await both(name, { unknown: true, gateway });
  if (plan.cost.status === "free") throw new Error("AWS bills");
  const quantity = Object.fromEntries(plan.cost.lines.map(({ kind, quantity }) => [kind, quantity]));
  const balancers = inputsOf(program, "aws:lb/loadBalancer:LoadBalancer");
  // AWS itself gives the one in front an address in each of its subnets.
  const inFront = balancers.filter(({ internal }) => !internal).flatMap(({ subnets }) => subnets);
  expect(quantity.address).toBe(inputsOf(program, "aws:ec2/eip:Eip").length + inFront.length);
  expect(quantity.natGateway).toBe(inputsOf(program, "aws:ec2/natGateway:NatGateway").length);
  expect(quantity.loadBalancer ?? 0).toBe(balancers.length);
});
