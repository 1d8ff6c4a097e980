import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Absent } from "../config/infrastructure/absent.ts";
import { infrastructureKinds, infrastructures } from "../config/infrastructure/catalog.ts";
import type { InfrastructureFacts } from "../config/infrastructure/facts.ts";
import { priceTable } from "../config/infrastructure/price-table.ts";
import { environmentOn } from "../tests/harness/environments/bosh-environments.ts";

const inFolder = (kind: string, file: string): URL => new URL(`./${kind}/${file}`, import.meta.url);

type FactName = Exclude<
  {
    [Name in keyof InfrastructureFacts]-?: Absent extends InfrastructureFacts[Name] ? Name : never;
  }[keyof InfrastructureFacts],
  undefined
>;

/** Every fact that may be absent with a reason, and how one that is known looks. A new one of the contract is a type error here. */
const looksRight: { [Name in FactName]: (fact: Exclude<InfrastructureFacts[Name], Absent>, kind: string) => void } = {
  credentials({ variables, files, lendsToVendor, remedy }) {
    expect(variables.length).toBeGreaterThan(0);
    for (const name of variables.flat()) expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
    for (const path of files) expect(path).toMatch(/^(~\/|\/)?[\w./-]+$/);
    expect(lendsToVendor).not.toBe("");
    expect(remedy).toMatch(/\S/);
  },
  usualQuotas({ sources, limits }) {
    expect(sources.length).toBeGreaterThan(0);
    expect(Object.keys(limits).length).toBeGreaterThan(0);
    for (const { name, limit } of Object.values(limits)) {
      expect(name).toMatch(/\S/);
      expect(limit).toBeGreaterThan(0);
    }
  },
  remainingQuotas(ask) {
    expect(ask).toBeTypeOf("function");
  },
  prices(file, kind) {
    expect(file.href).toBe(inFolder(kind, "prices.json").href);
    const { regions } = priceTable.parse(JSON.parse(readFileSync(file, "utf8")));
    expect(Object.keys(regions).length).toBeGreaterThan(0);
  },
  cpi(cpi, kind) {
    expect(cpi(environmentOn(kind)).name).toMatch(/^[a-z]+$/);
  },
  metadata({ addresses, wireServer }) {
    expect(addresses.length).toBeGreaterThan(0);
    for (const address of addresses) z.ipv4().parse(address);
    if (wireServer) z.ipv4().parse(wireServer.address);
    expect(wireServer?.tcpPorts).not.toEqual([]);
  },
  koreanRegions(regions) {
    expect(new Set(regions).size).toBe(regions.length);
  },
};

/** Form of a reason, which follows a colon in a message. */
const reason = /^\S.*[^.\s]$/;

describe.each([...infrastructures()])("%s", (kind, facts) => {
  test.each(Object.keys(looksRight) as FactName[])("tells %s, or why it is not known", (name) => {
    const fact = facts[name];
    expect(fact, `stacks/${kind}/facts.ts has no ${name}: state it, or absent("why")`).toBeDefined();
    if ("reason" in fact) expect(fact.reason).toMatch(reason);
    else (looksRight[name] as (known: typeof fact, of: string) => void)(fact, kind);
  });

  test("has what can stand before the application platform exactly where BOSH has a CPI", () => {
    expect(facts.capabilities.applicationGateways.length > 0).toBe(!("reason" in facts.cpi));
  });

  test("is called as its folder is, which makes and finds its resources", () => {
    expect(facts.settings.shape.kind.value).toBe(kind);
    for (const file of ["index.ts", "recovery.ts"]) expect(existsSync(inFolder(kind, file)), file).toBe(true);
  });
});

test("a price table that lies in a folder is that infrastructure's", () => {
  const tables = infrastructureKinds().filter((kind) => existsSync(inFolder(kind, "prices.json")));
  expect(tables).toEqual(
    [...infrastructures()].filter(([, { prices }]) => !("reason" in prices)).map(([kind]) => kind),
  );
});

test("every folder that makes an infrastructure has its facts, by which it is found", () => {
  const folders = readdirSync(new URL("./", import.meta.url)).filter((name) => existsSync(inFolder(name, "index.ts")));
  expect(folders.sort()).toEqual(infrastructureKinds().sort());
});
