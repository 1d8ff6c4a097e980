import { expect, test } from "vitest";
import { gatewayPorts, gatewayServices } from "../config/ports.ts";
import { type Role, roleFacts, roles } from "../config/roles/index.ts";
import type { MachineFile } from "../provider/sdk.ts";
import { ofType } from "../tests/harness/mocks/mocks.ts";
import { both } from "../tests/harness/mocks/plan-and-program.ts";

/** An example with machines of every role. */
const example = "openstack-application";

const { plan, program } = await both(example);
const balanced = await both(example, { gateway: "load-balancer" });

const instances = ofType(program, "openstack:compute/instance:Instance");

/** Roles whose first boot reads secrets. */
const keepsSecrets: Role[] = ["jumphost", "master", "worker", "registry", "database"];

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

/** Gives a machine's files: a resource of their own delivers them, or its node does. */
function deliveredTo({ name, hostname }: { name: string; hostname: string }): MachineFile[] {
  const own = ofType(program, "kpaas:index:MachineFiles").find(({ inputs }) => inputs.machineName === name);
  const node = ofType(program, "kpaas:index:Node").find(({ inputs }) => inputs.nodeName === hostname);
  return (own ?? node)?.inputs.files?.value ?? [];
}

test.each(roles)("%s: each of its machines is delivered its script, and every secret that this reads", (role) => {
  for (const machine of plan.machines.filter((one) => one.role === role)) {
    const files = deliveredTo(machine);
    const script = files.find(({ path }) => path === "/usr/local/lib/kpaas/first-boot")?.content ?? "";
    expect(script).toMatch(/^#!\/bin\/bash\n/);
    const named = [...script.matchAll(/\$(?:secrets|\{secrets:\?\})\/([\w.-]+)/g)].map(([, path]) => path as string);
    // Nodes read the logins that their table of image sources names.
    const sources =
      files
        .find(({ path }) => path === "/etc/kpaas/image-sources")
        ?.content.trim()
        .split("\n") ?? [];
    const logins = sources.map((line) => line.split(" ")[3] ?? "-").filter((login) => login !== "-");
    const read = [...named, ...logins];
    const has = (path: string) =>
      files.some((file) => `${file.path}/`.startsWith(`/etc/kpaas/secrets/${path}/`) && file.content !== "");
    expect(read.filter((path) => !has(path))).toEqual([]);
    expect(read.length > 0).toBe(keepsSecrets.includes(role));
  }
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
