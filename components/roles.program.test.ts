import { expect, test } from "vitest";
import { gatewayPorts, gatewayServices } from "../config/ports.ts";
import { type Role, roleFacts, roles } from "../config/roles/index.ts";
import { ofType } from "../tests/harness/mocks/mocks.ts";
import { both } from "../tests/harness/mocks/plan-and-program.ts";

/** An example with machines of every role. */
const example = "openstack-application";

const { plan, program } = await both(example);
const balanced = await both(example, { gateway: "load-balancer" });

const instances = ofType(program, "openstack:compute/instance:Instance");

const machinesOf = (role: Role) => instances.filter(({ inputs }) => inputs.metadata["kpaas-role"] === role);

test.each(roles)("%s: the component that its facts name makes each of its machines", (role) => {
  const planned = plan.machines.filter((machine) => machine.role === role).map(({ hostname }) => hostname);
  expect(planned).not.toEqual([]);
  expect(
    machinesOf(role)
      .map(({ inputs }) => inputs.name)
      .sort(),
  ).toEqual(planned.sort());
  for (const { type, name } of machinesOf(role)) {
    const parent = program.ties.get(`${type} ${name}`)?.parent;
    expect(parent?.split(" ")[0]).toBe(roleFacts[role].component);
  }
});

test.each(roles.filter((role) => roleFacts[role].awaitsSecrets))("%s: gets the secret files that it awaits", (role) => {
  const delivered = ofType(program, "kpaas:index:MachineFiles").map(({ inputs }) => inputs.machineName);
  expect(delivered).toEqual(
    expect.arrayContaining(plan.machines.filter((one) => one.role === role).map(({ name }) => name)),
  );
});

test.each(gatewayServices)("%s: the gateway passes it on to machines", (service) => {
  const port = gatewayPorts[service];
  const members = ofType(balanced.program, "openstack:loadbalancer/members:Members");
  const targets = members.flatMap(({ inputs }) => inputs.members as { protocolPort: number }[]);
  expect(targets.filter(({ protocolPort }) => protocolPort === port)).not.toEqual([]);
});

test("operators are told of every machine that is planned", () => {
  const { machines } = program.outputs as { machines: Record<string, unknown> };
  expect(Object.keys(machines).sort()).toEqual(plan.machines.map(({ name }) => name).sort());
});
