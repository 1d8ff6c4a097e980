import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { artifacts } from "../../bosh/artifacts.ts";
import type { CloudConfig } from "../../bosh/cloud-config.ts";
import { cpiOf } from "../../bosh/cpi.ts";
import { type BoshInputs, boshInputs } from "../../bosh/index.ts";
import { planInstanceGroups } from "../../config/application-platform/plan.ts";
import type { BoshEnvironment } from "../../config/infrastructure/cpi.ts";
import { askedBy, type Interpolated, type Interpolation, interpolate } from "../harness/bosh/interpolate.ts";
import { environmentOn, everyEnvironment, valuesFor } from "../harness/environments/bosh-environments.ts";
import { documentedProperties } from "./documented-properties.ts";

interface Release {
  name: string;
  version: string;
  url: string;
  sha1: string;
}

interface Manifest {
  releases: Release[];
  stemcells: { alias: string; os: string; version: string }[];
  instance_groups: {
    name: string;
    instances: number;
    azs: string[];
    vm_type: string;
    vm_extensions?: string[];
    persistent_disk_type?: string;
    networks: { name: string; static_ips?: string[] }[];
    jobs: { name: string; properties: Record<string, never> }[];
  }[];
}

interface Director {
  releases: Release[];
  resource_pools: { stemcell: { url: string; sha1: string }; cloud_properties: object }[];
  disk_pools: { cloud_properties: object }[];
  networks: { subnets: { cloud_properties: object }[] }[];
}

/** One environment's manifests and configs, as BOSH would have them. */
interface Outcome {
  environment: BoshEnvironment;
  inputs: BoshInputs;
  director: Interpolated;
  runtimeConfig: Interpolated;
  cloudConfig: Interpolated;
  cf: Interpolated;
}

async function outcomesOf(environments: BoshEnvironment[]): Promise<Outcome[]> {
  const inputs = environments.map((environment) => boshInputs(environment, valuesFor(environment)));
  const answers = await interpolate(
    inputs.flatMap((one) => [
      askedBy(one, "create-env", true),
      askedBy(one, "update-runtime-config", true),
      askedBy(one, "update-cloud-config", false),
      askedBy(one, "deploy", true),
    ]),
  );
  return environments.map((environment, index) => {
    const [director = {}, runtimeConfig = {}, cloudConfig = {}, cf = {}] = answers.slice(4 * index, 4 * index + 4);
    return { environment, inputs: inputs[index] as BoshInputs, director, runtimeConfig, cloudConfig, cf };
  });
}

const texts = new Map<string, unknown>();

/** Reads each manifest once. */
function read<T>({ manifest = "" }: Interpolated): T {
  if (!texts.has(manifest)) texts.set(manifest, parse(manifest, { version: "1.1" }));
  return texts.get(manifest) as T;
}

const every = everyEnvironment();
let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  const all = await outcomesOf(every.map(([, environment]) => environment));
  outcomes = new Map(every.map(([title], index) => [title, all[index] as Outcome]));
});

const outcomeOf = (title: string) => outcomes.get(title) as Outcome;

describe.each(every.map(([title]) => title))("%s", (title) => {
  test("BOSH's template engine applies every ops file; no variable is missing, none is left over", () => {
    const { director, runtimeConfig, cloudConfig, cf } = outcomeOf(title);
    expect([director, runtimeConfig, cloudConfig, cf].map(({ error }) => error)).toEqual(Array(4).fill(undefined));
  });

  test("the manifest has the planned VMs, and nothing that the cloud-config lacks", () => {
    const { environment, cf, cloudConfig } = outcomeOf(title);
    const { instance_groups } = read<Manifest>(cf);
    const planned = planInstanceGroups(environment).map(({ name, vmType, vms }) => [name, vms.length, vmType]);
    const errands = ["smoke-tests", "rotate-cc-database-key"];
    const lasting = instance_groups.filter(({ name }) => !errands.includes(name));
    expect(lasting.map((group) => [group.name, group.instances, group.vm_type]).sort()).toEqual(planned.sort());

    const config = read<CloudConfig>(cloudConfig);
    const names = (list: { name: string }[]) => list.map(({ name }) => name);
    for (const group of instance_groups) {
      expect(names(config.azs)).toEqual(expect.arrayContaining(group.azs));
      expect(names(config.vm_types)).toContain(group.vm_type);
      expect(names(config.vm_extensions)).toEqual(expect.arrayContaining(group.vm_extensions ?? []));
      expect(names(config.networks)).toEqual(expect.arrayContaining(names(group.networks)));
      if (group.persistent_disk_type) expect(names(config.disk_types)).toContain(group.persistent_disk_type);
    }
    const used = new Set(instance_groups.flatMap(({ vm_extensions = [] }) => vm_extensions));
    expect(names(config.vm_extensions).filter((name) => !used.has(name))).toEqual([]);
    expect(names(config.vm_types)).toContain(config.compilation.vm_type);
    expect(names(config.azs)).toContain(config.compilation.az);
  });

  test("cloud properties are those that the CPI documents", () => {
    const { environment, cf, cloudConfig, director } = outcomeOf(title);
    const documented = documentedProperties[cpiOf(environment).name];
    const config = read<CloudConfig>(cloudConfig);
    const properties = (list: { name: string; cloud_properties?: object }[], name: string) =>
      list.find((one) => one.name === name)?.cloud_properties ?? {};
    for (const { cloud_properties } of config.azs) if (cloud_properties) documented?.az.parse(cloud_properties);
    for (const { cloud_properties } of config.disk_types) documented?.diskType.parse(cloud_properties);
    for (const { cloud_properties } of config.networks[0]?.subnets ?? []) documented?.subnet.parse(cloud_properties);
    for (const group of read<Manifest>(cf).instance_groups)
      documented?.vm.parse({
        ...properties(config.azs, group.azs[0] ?? ""),
        ...properties(config.vm_types, group.vm_type),
        ...Object.assign({}, ...(group.vm_extensions ?? []).map((name) => properties(config.vm_extensions, name))),
      });
    const { resource_pools, disk_pools, networks } = read<Director>(director);
    documented?.vm.parse(resource_pools[0]?.cloud_properties);
    documented?.diskType.parse(disk_pools[0]?.cloud_properties);
    documented?.subnet.parse(networks[0]?.subnets[0]?.cloud_properties);
  });

  test("the manifests name exactly the releases and the stemcell that a mirror is told of", () => {
    const { environment, cf, director, runtimeConfig } = outcomeOf(title);
    const manifests = [read<Director>(director), read<Manifest>(cf), read<Pick<Manifest, "releases">>(runtimeConfig)];
    const { stemcell } = read<Director>(director).resource_pools[0] ?? {};
    const named = [
      ...manifests.flatMap(({ releases }) =>
        releases.map(({ name, version, url, sha1 }) => [name, `${version}`, url, sha1]),
      ),
      ...read<Manifest>(cf).stemcells.map(({ version }) => [
        expect.any(String),
        version,
        stemcell?.url,
        stemcell?.sha1,
      ]),
    ];
    const listed = artifacts(environment).map(({ name, version, url, sha1 }) => [name, version, url, sha1]);
    expect(listed).toHaveLength(named.length);
    expect(listed).toEqual(expect.arrayContaining(named));
  });
});

describe("certificates", () => {
  interface Definition {
    type: string;
    options?: { duration?: number; is_ca?: boolean; ca?: string };
  }

  test.each(every.map(([title]) => title))("%s: each one says how long it is valid, two years at most", (title) => {
    const { director, runtimeConfig, cf } = outcomeOf(title);
    for (const { definitions = "" } of [director, runtimeConfig, cf]) {
      const all = Object.entries<Definition>(parse(definitions)).filter(([, { type }]) => type === "certificate");
      expect(all.length).toBeGreaterThan(5);
      for (const [name, { options }] of all) {
        expect([name, options?.duration]).toEqual([name, expect.any(Number)]);
        expect(options?.duration).toBeLessThanOrEqual(options?.is_ca ? 730 : 365);
        if (options?.ca) expect(all.map(([of]) => of)).toContain(options.ca);
      }
    }
  });
});

describe("variables that BOSH makes", () => {
  /** Upstream's own manifest defines it and does not use it. */
  const unusedUpstream = ["log_cache_to_loggregator_agent"];

  test.each(every.map(([title]) => title))("%s: every variable is used, but for upstream's own slip", (title) => {
    const { director, runtimeConfig, cf } = outcomeOf(title);
    const unused = [director, runtimeConfig, cf].flatMap(({ manifest = "", definitions = "" }) => {
      const all = Object.entries<{ options?: { ca?: string } }>(parse(definitions));
      const authorities = new Set(all.map(([, { options }]) => options?.ca));
      return all.map(([name]) => name).filter((name) => !authorities.has(name) && !manifest.includes(`${name}.`));
    });
    expect(unused).toEqual(unusedUpstream);
  });
});

test("a mirror is asked for every release and the stemcell, and nothing else", async () => {
  const environment = environmentOn("openstack", {
    mirrorBaseUrl: "https://mirror.example.com/bosh/",
    gateway: "haproxy",
  });
  const [outcome] = await outcomesOf([environment]);
  const { director, runtimeConfig, cf, inputs } = outcome as Outcome;
  const releases = [director, runtimeConfig, cf].flatMap((one) => read<Manifest>(one).releases);
  const upload = inputs.commands
    .find(({ name }) => name === "upload-stemcell")
    ?.argv.find((word) => /^https/.test(word));
  const urls = [...releases.map(({ url }) => url), read<Director>(director).resource_pools[0]?.stemcell.url];
  expect([...new Set(urls)].sort()).toEqual(
    artifacts(environment)
      .map(({ file }) => `https://mirror.example.com/bosh/${file}`)
      .sort(),
  );
  expect(urls).toContain(upload);
});

describe("BOSH's template engine names a mistake", () => {
  const { manifest, ...rest } = askedBy(
    boshInputs(environmentOn("aws"), valuesFor(environmentOn("aws"))),
    "deploy",
    true,
  );
  const refused = async (change: Partial<Interpolation>) =>
    (await interpolate([{ manifest, ...rest, ...change }]))[0]?.error;

  test("a path that upstream's manifest does not have", async () => {
    const opsFiles = [...rest.opsFiles, "[{type: replace, path: /instance_groups/name=nobody/instances, value: 1}]"];
    expect(await refused({ opsFiles })).toContain("nobody");
  });

  test("a variable that nobody gives", async () => {
    expect(await refused({ varsFiles: [] })).toContain("system_domain");
  });

  test("a variable that nobody asks for", async () => {
    expect(await refused({ varsFiles: [...rest.varsFiles, "{left_over: 1}"] })).toContain("left_over");
  });
});
