import { expect, test } from "vitest";
import { ContainerPlatform } from "../../components/container-platform.ts";
import { Rollout } from "../../components/rollout.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { record } from "../../tests/harness/mocks/mocks.ts";
import { createInfrastructure } from "./index.ts";

async function machines(kubernetesVersion: string): Promise<Record<string, Record<string, unknown>>> {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "local" },
    containerPlatform: { kubernetesVersion },
  });
  const { resources } = await record(
    () =>
      new ContainerPlatform("platform", {
        environment,
        infrastructure: createInfrastructure(environment),
        rollout: new Rollout([], {}),
      }),
  );
  const found = resources.filter(({ type }) => type === "kpaas:local:Machine");
  return Object.fromEntries(found.map(({ inputs }) => [inputs.role, inputs]));
}

test("nodes and the registry are told the Kubernetes version, no other machine", async () => {
  const byRole = await machines("1.35.4");
  const told = Object.entries(byRole).filter(([, { kubernetesVersion }]) => kubernetesVersion === "1.35.4");
  expect(told.map(([role]) => role).sort()).toEqual(["master", "registry", "worker"]);
  for (const role of ["haproxy", "database", "storage"]) expect(byRole[role]).not.toHaveProperty("kubernetesVersion");
});
