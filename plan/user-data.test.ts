import "../stacks/infrastructures.ts";
import { expect, test } from "vitest";
import { machineFiles, userData } from "../components/first-boot/index.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { toYaml } from "../lib/yaml.ts";
import { hostnamePlaceholder, userDataTexts } from "./user-data.ts";

const environment = parseEnvironment("test", {
  infrastructure: { kind: "openstack" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: {
    masters: { count: 3 },
    workerPools: [
      { name: "worker", count: 3, labels: { tier: "web" } },
      { name: "batch", count: 2 },
    ],
  },
});

/** Values that a real run puts in, in words that a text can be searched for. */
const real = { platformCaPem: "REAL CA\n", kubernetesCaPin: "sha256:REAL", token: "REAL.TOKEN" };

test("with the real run's values in the placeholders' places, the texts are what machines are given", () => {
  const machines = planMachines(environment);
  const texts = userDataTexts(environment);
  for (const machine of machines) {
    const facts = { environment, machines, platformCaPem: real.platformCaPem, kubernetesCaPin: real.kubernetesCaPin };
    const given = userData(machine) + toYaml({ delivered: machineFiles(machine, facts, { token: real.token }) });
    const shown = texts[machine.pool ?? machine.name]?.replaceAll(hostnamePlaceholder, machine.hostname);
    expect(withoutValues(shown ?? "")).toBe(withoutValues(given));
  }
});

test("a pool has one text, whatever its number", () => {
  const texts = userDataTexts(environment);
  expect(Object.keys(texts).sort()).toEqual(
    [
      "bastion",
      "batch",
      "database",
      "haproxy-1",
      "master-1",
      "master-2",
      "master-3",
      "registry",
      "storage",
      "worker",
    ].sort(),
  );
});

/** Takes out of a text what only a run knows, and the quotes that YAML may put around it. */
function withoutValues(text: string): string {
  return text
    .replace(/-----BEGIN CERTIFICATE-----\n.*\n.*-----END CERTIFICATE-----/g, "CA")
    .replace(/REAL CA/g, "CA")
    .replace(/sha256:(REAL|\(pin of [^)]*\))/g, "PIN")
    .replace(/REAL\.TOKEN|\(join token, made by up\)/g, "TOKEN")
    .replace(/"(PIN|TOKEN)"/g, "$1");
}
