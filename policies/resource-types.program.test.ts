import { describe, expect, test } from "vitest";
import { factsOf, infrastructureKinds } from "../config/infrastructure/catalog.ts";
import { aspects, readerOf, reasonOf } from "../config/infrastructure/resource-types.ts";
import { exampleNames, exampleSettings } from "../tests/harness/environments/shipped-examples.ts";
import { programResources } from "../tests/harness/policies/program-resources.ts";
import { neutralTypes, resourceTypesOf } from "./resource-types.ts";

/** Gives programs that together register every type that a kind's adapter has, by what they are called. */
function programsOf(kind: string): [string, string, Record<string, unknown>][] {
  const { capabilities, settings } = factsOf({ kind });
  const base = exampleNames.find((name) => name === `${kind}-operation`) ?? kind;
  const { infrastructure, containerPlatform } = exampleSettings(base) as Record<string, object>;
  const { haproxy: _, ...machines } = containerPlatform as { haproxy?: object };
  return (["haproxy", "load-balancer"] as const)
    .filter((gateway) => gateway === "haproxy" || capabilities.loadBalancer)
    .map((gateway) => {
      const withApplications = capabilities.applicationGateways.includes(gateway);
      return [
        `${gateway}${withApplications ? ", application platform" : ""}`,
        base,
        {
          containerPlatform: {
            ...{ ...machines, gateway, workerPools: [{ name: "worker", count: 1 }] },
            registry: { fill: "installer" },
          },
          ...(!capabilities.onThisHost && { packages: { source: "platform" } }),
          ...(withApplications && {
            infrastructure: {
              ...infrastructure,
              ...("dnsServers" in settings.shape && { dnsServers: ["192.0.2.53"] }),
            },
            applicationPlatform: { systemDomain: "cf.example.com", cidr: "10.182.0.0/22", gateway },
          }),
        },
      ];
    });
}

const kinds = infrastructureKinds();

const registered = new Set<string>();

describe.each(kinds)("%s", (kind) => {
  const types = resourceTypesOf({ kind });

  test.each(programsOf(kind))(
    "every type that the program registers is known: %s",
    { timeout: 180_000 },
    async (_title, name, settings) => {
      const { resources } = await programResources(name, { settings });
      const found = new Set(resources.map(({ type }) => type));
      for (const type of found) registered.add(type);
      expect([...found].filter((type) => !Object.hasOwn(types, type))).toEqual([]);
    },
  );

  test("of every type each aspect is read, or the reason is told why not", () => {
    for (const [token, type] of Object.entries(types))
      for (const aspect of aspects) {
        const known = readerOf(type, aspect) !== undefined || (reasonOf(type, aspect) ?? "").length > 10;
        expect([token, aspect, known]).toEqual([token, aspect, true]);
      }
  });
});

test("no type is told that nothing registers, but for those that say why", () => {
  const told = [neutralTypes, ...kinds.map((kind) => factsOf({ kind }).resourceTypes)].flatMap(Object.entries);
  const unused = told.filter(([token, { unregistered }]) => (unregistered === undefined) !== registered.has(token));
  expect([...new Set(unused.map(([token]) => token))]).toEqual([]);
});
