import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

async function machines(containerPlatform: object): Promise<Record<string, Record<string, unknown>>> {
  const { resources } = await resourcesOf(containerPlatform);
  const found = resources.filter(({ type }) => type === "kpaas:local:Machine");
  return Object.fromEntries(found.map(({ inputs }) => [inputs.role, inputs]));
}

function resourcesOf(containerPlatform: object): Promise<Recorded> {
  const environment = parseEnvironment("test", { infrastructure: { kind: "local" }, containerPlatform });
  return record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment),
        rollout: new Rollout([], {}),
      }),
  );
}

test("nodes and the registry are told the Kubernetes version, no other machine", async () => {
  const byRole = await machines({ kubernetesVersion: "1.35.4" });
  const told = Object.entries(byRole).filter(([, { kubernetesVersion }]) => kubernetesVersion === "1.35.4");
  expect(told.map(([role]) => role).sort()).toEqual(["master", "registry", "worker"]);
  for (const role of ["haproxy", "database", "storage"]) expect(byRole[role]).not.toHaveProperty("kubernetesVersion");
});

test("a pool that waits behind the control plane has its own version, on machine and node; the registry has the images of both", async () => {
  const workerPools = [{ name: "web", kubernetesVersion: "1.35.4" }];
  const platform = { kubernetesVersion: "1.36.3", workerPools };
  const byRole = await machines(platform);
  expect(byRole.master).toMatchObject({ kubernetesVersion: "1.36.3" });
  expect(byRole.worker).toMatchObject({ kubernetesVersion: "1.35.4" });
  expect(byRole.registry).toMatchObject({ kubernetesVersion: "1.36.3", olderVersions: ["1.35.4"] });
  const { resources } = await resourcesOf(platform);
  const nodes = resources.filter(({ type }) => type === "kpaas:index:Node");
  expect(Object.fromEntries(nodes.map(({ inputs }) => [inputs.nodeName, inputs.kubernetesVersion]))).toEqual({
    "test-master-1": "1.36.3",
    "test-web-1": "1.35.4",
  });
});
