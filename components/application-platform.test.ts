import { expect, test } from "vitest";
import { planInstanceGroups } from "../config/application-platform/plan.ts";
import { exampleEnvironment } from "../config/testing.ts";
import { ApplicationPlatform } from "./application-platform.ts";
import { record } from "./testing.ts";

const environment = exampleEnvironment({
  applicationPlatform: {
    systemDomain: "cf.example.com",
    database: { kind: "external", host: "db.example.com", passwordsSecret: "cf-database" },
  },
});

async function recorded() {
  return record(() => {
    const settings = environment.applicationPlatform;
    if (!settings) throw new Error("no application platform");
    new ApplicationPlatform("applications", { environment, settings });
  });
}

test("it registers itself and each of its groups, and nothing that a cloud would make", async () => {
  const { resources } = await recorded();
  const registered = resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");
  const groups = planInstanceGroups(environment).map(({ name }) => `kpaas:index:InstanceGroup applications-${name}`);
  expect(registered.map(({ type, name }) => `${type} ${name}`).sort()).toEqual(
    ["kpaas:index:ApplicationPlatform applications", ...groups].sort(),
  );
});

test("a group's facts are plain: count, size, VMs with their zones, ways in", async () => {
  const { resources } = await recorded();
  const cells = resources.find(({ name }) => name === "applications-diego-cell")?.inputs;
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

test("no secret's name or place is among the facts", async () => {
  const { resources } = await recorded();
  expect(JSON.stringify(resources)).not.toMatch(/cf-database|db\.example\.com/);
});
