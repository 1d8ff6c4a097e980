import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { boshInputs } from "../bosh/index.ts";
import type { BoshValues } from "../bosh/variables.ts";
import { applicationFirewall } from "../config/application-platform/firewall.ts";
import { planInstanceGroups } from "../config/application-platform/plan.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { createInfrastructure } from "../stacks/openstack/index.ts";
import { environmentOn, valuesFor } from "../tests/harness/environments/bosh-environments.ts";
import { jumpHostFiles } from "../tests/harness/mocks/application-platform.ts";
import { ofType, type Recorded, record } from "../tests/harness/mocks/mocks.ts";
import { ApplicationPlatform } from "./application-platform.ts";
import { ContainerPlatform } from "./container-platform.ts";
import { jumphostSecretFiles } from "./first-boot/index.ts";
import type { ApplicationInfrastructureArgs, Infrastructure } from "./infrastructure.ts";
import { Rollout } from "./rollout.ts";

const environment = environmentOn("openstack", {
  size: "minimum",
  database: { kind: "external", host: "db.example.com", passwordsSecret: "cf-database" },
});
const { secrets, ...values } = valuesFor(environment);
const stackSecrets: BoshValues["secrets"] = {
  ...secrets,
  "bosh-director": { username: "director", password: "SECRET" },
};

let recorded: Recorded;
let asked: ApplicationInfrastructureArgs | undefined;

beforeAll(async () => {
  recorded = await built(environment);
}, 60_000);

/** Builds the application platform on OpenStack's machines, with an answer of its own to what BOSH needs. */
function built(environment: BoshEnvironment): Promise<Recorded> {
  return record(() => {
    const infrastructure: Infrastructure = {
      ...createInfrastructure(environment, {}),
      applicationPlatform: (_, args) => {
        asked = args;
        return { facts: pulumi.output(values.facts), credentials: pulumi.output(values.credentials) };
      },
    };
    const { context } = new ContainerPlatform("platform", {
      environment,
      infrastructure,
      rollout: new Rollout([], {}),
    });
    new ApplicationPlatform("applications", { ...context, environment, stackSecrets: pulumi.output(stackSecrets) });
  });
}

const facts = () => recorded.resources.filter(({ type }) => /ApplicationPlatform$|InstanceGroup$/.test(type));

test("the infrastructure is asked for every firewall group, with the director's user", async () => {
  expect(asked?.firewall).toEqual(applicationFirewall(environment));
  const user = await new Promise((resolve) => asked?.directorUser?.apply(resolve));
  expect(user).toEqual({ username: "director", password: "SECRET" });
});

test("the jump host is told what BOSH needs, made of the infrastructure's facts and the stack's secrets", () => {
  const isJumpHosts = ({ name }: { name: string }) => name.startsWith("applications-");
  const [delivered] = ofType(recorded, "kpaas:index:MachineFiles").filter(isJumpHosts);
  const wanted = jumphostSecretFiles(boshInputs(environment, { ...values, secrets }));
  expect(jumpHostFiles(recorded)).toEqual(wanted);
  expect(delivered?.inputs.machineName).toBe("jumphost");
});

test("its first boot is waited for", () => {
  const waited = ofType(recorded, "kpaas:index:FirstBoot").map(({ inputs }) => inputs.machineName);
  expect(waited).toContain("jumphost");
});

test("each of its groups is registered, none of their VMs", () => {
  const groups = planInstanceGroups(environment).map(({ name }) => `applications-${name}`);
  expect(
    ofType(recorded, "kpaas:index:InstanceGroup")
      .map(({ name }) => name)
      .sort(),
  ).toEqual(groups.sort());
});

test("a group's facts are plain: count, size, VMs with their zones, ways in", () => {
  const cells = recorded.resources.find(({ name }) => name === "applications-diego-cell")?.inputs;
  expect(cells).toMatchObject({
    groupName: "diego-cell",
    count: 1,
    vmType: "small-highmem-16GB",
    size: { vcpus: 4, memoryGiB: 16, diskGiB: 105 },
    vms: [{ name: "diego-cell/0", zone: 1 }],
  });
  expect(cells.ports).toContainEqual({
    protocol: "tcp",
    fromPort: 1801,
    toPort: 1801,
    from: ["diego-api", "scheduler"],
    purpose: "rep: work to start and stop",
  });
});

test("no secret's name or place is among the facts", () => {
  expect(JSON.stringify(facts())).not.toMatch(/cf-database|db\.example\.com|SECRET/);
});
