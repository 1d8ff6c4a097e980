import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type { Environment } from "../config/environment.ts";
import { parseEnvironment } from "../config/parse.ts";
import { createInfrastructure } from "../stacks/local/index.ts";
import { type Recorded, record } from "../tests/harness/mocks/mocks.ts";
import { ContainerPlatform } from "./container-platform.ts";
import type { Login } from "./first-boot/index.ts";
import { Rollout } from "./rollout.ts";

interface Options {
  unknown?: boolean;
  registry?: object;
  packages?: Environment["packages"];
  imageLogins?: Record<string, Login>;
  onRegister?: pulumi.ResourceTransformation;
}

function platform(
  masters: number,
  workers: number,
  { onRegister, registry, packages, imageLogins, ...options }: Options = {},
): Promise<Recorded> {
  const parsed = parseEnvironment("test", {
    infrastructure: { kind: "local" },
    containerPlatform: {
      masters: { count: masters },
      workerPools: [{ name: "worker", count: workers }],
      ...(registry ? { registry } : {}),
    },
  });
  // No file asks for packages here, where machines come with them.
  const environment = packages ? { ...parsed, packages } : parsed;
  return record(() => {
    if (onRegister) pulumi.runtime.registerStackTransformation(onRegister);
    return new ContainerPlatform("platform", {
      environment,
      infrastructure: createInfrastructure(environment),
      rollout: new Rollout([], {}),
      ...(imageLogins ? { imageLogins: pulumi.secret(imageLogins) } : {}),
    });
  }, options);
}

const names = ({ resources }: Recorded) => resources.map(({ type, name }) => `${type} ${name}`).sort();

test("builds one machine for each planned one", async () => {
  const { resources } = await platform(3, 2);
  const machines = resources
    .filter(({ type }) => type === "kpaas:local:Machine")
    .map(({ inputs }) => inputs.machineName);
  expect(machines.sort()).toEqual(
    ["haproxy-1", "master-1", "master-2", "master-3", "worker-1", "worker-2", "registry", "database", "storage"].sort(),
  );
});

test("every name is used once", async () => {
  const all = names(await platform(3, 2));
  expect(new Set(all).size).toBe(all.length);
});

test("one more worker means two more resources and no changed input elsewhere", async () => {
  const [two, three] = [await platform(1, 2), await platform(1, 3)];
  const key = ({ type, name }: { type: string; name: string }) => `${type} ${name}`;
  const before = new Map(two.resources.map((resource) => [key(resource), resource]));
  const added = three.resources.filter((resource) => !before.has(key(resource))).map(({ name }) => name);
  expect(added.sort()).toEqual(["platform-worker-3", "platform-worker-3-node"]);
  const changed = three.resources.filter((resource) => {
    const old = before.get(key(resource));
    return old && JSON.stringify(old.inputs) !== JSON.stringify(resource.inputs);
  });
  // The pool's own facts (its count) are all that may differ.
  expect(changed.map(({ name }) => name)).toEqual(["platform-worker"]);
});

test("a node goes with its cluster, of which one resource stands for all", async () => {
  const { ties } = await platform(3, 2);
  const nodes = [...ties].filter(([name]) => name.startsWith("kpaas:index:Node "));
  expect(nodes).toHaveLength(5);
  const authority = "kpaas:index:CertificateAuthority platform-secrets-kubernetes-ca";
  for (const [name, { deletedWith }] of nodes) expect(deletedWith, name).toBe(authority);
});

test("a preview with unknown outputs registers the same resources", async () => {
  expect(names(await platform(3, 2, { unknown: true }))).toEqual(names(await platform(3, 2)));
});

test("user-data carries no generated secret", async () => {
  const { resources } = await platform(3, 2);
  const machines = resources.filter(({ type }) => type === "kpaas:local:Machine");
  expect(machines.length).toBeGreaterThan(0);
  for (const { inputs } of machines) expect(JSON.stringify(inputs.userData)).not.toContain("SECRET");
});

test("nodes alone get the logins at a site's registries", async () => {
  const { resources } = await platform(1, 1, {
    registry: { mirrors: [{ url: "https://harbor.example.com", loginSecret: "harbor" }] },
    imageLogins: { harbor: { name: "node", password: "of-the-site" } },
  });
  type Delivered = { path: string; content: string };
  const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("of-the-site"));
  expect(holders.map(({ name }) => name).sort()).toEqual(["platform-master-1-files", "platform-worker-1-node"]);
  for (const { inputs } of holders)
    expect((inputs.files.value ?? inputs.files) as Delivered[]).toContainEqual(
      expect.objectContaining({ path: "/etc/kpaas/secrets/registry-mirrors/1", content: "node:of-the-site" }),
    );
});

test("where nothing leaves the site, one resource fills the registry before masters begin; logins are in it alone", async () => {
  const { resources, ties } = await platform(3, 2, {
    registry: { upstream: "never", fill: "installer", upstreams: [{ host: "docker.io", loginSecret: "hub" }] },
    imageLogins: { hub: { name: "site", password: "of-the-hub" } },
  });
  const [filled, ...others] = resources.filter(({ type }) => type === "kpaas:index:RegistryImages");
  expect(others).toEqual([]);
  const origins = filled?.inputs.origins.value ?? filled?.inputs.origins;
  expect(origins["docker.io"]).toEqual([
    { base: "https://registry-1.docker.io/v2", login: { name: "site", password: "of-the-hub" } },
  ]);
  expect(origins["quay.io"]).toEqual([{ base: "https://quay.io/v2" }]);
  expect(filled?.inputs.images).toContainEqual({
    ...{ reference: "docker.io/library/busybox:1", host: "docker.io", repository: "library/busybox", tag: "1" },
  });
  const key = "kpaas:index:RegistryImages platform-registry-images";
  expect(ties.get(key)?.dependencies).toContain("kpaas:index:FirstBoot platform-registry-first-boot");
  for (const master of [1, 2, 3])
    expect(ties.get(`kpaas:index:MachineFiles platform-master-${master}-files`)?.dependencies).toContain(key);
  expect(ties.get("kpaas:index:Node platform-worker-1-node")?.dependencies).toContain(
    "kpaas:index:MachineFiles platform-master-1-files",
  );
  const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("of-the-hub"));
  expect(holders.map(({ name }) => name)).toEqual(["platform-registry-images"]);
  expect((await platform(1, 1)).resources.map(({ type }) => type)).not.toContain("kpaas:index:RegistryImages");
});

test("where the platform serves packages, the registry's machine has them before nodes begin, and each machine their key", async () => {
  const { resources, ties } = await platform(1, 2, { packages: { source: "platform" } });
  const key = "kpaas:index:PackageRepository platform-registry-packages";
  const [repository, ...others] = resources.filter(({ type }) => type === "kpaas:index:PackageRepository");
  expect(others).toEqual([]);
  expect(repository?.inputs).toMatchObject({
    machineName: "registry",
    folder: "/var/lib/docker-registry/apt",
    revision: "platform-packages revision",
  });
  const [source] = resources.filter(({ type }) => type === "kpaas:index:PackageSource");
  expect(source?.inputs.packages).toEqual(expect.arrayContaining(["haproxy", "nginx"]));
  expect(ties.get(key)?.dependencies).toContain("kpaas:index:MachineFiles platform-registry-files");
  expect(ties.get("kpaas:index:FirstBoot platform-registry-first-boot")?.dependencies).toContain(key);
  expect(ties.get("kpaas:index:Node platform-worker-1-node")?.dependencies).toContain(key);
  // Machines before the registry's in the order of changes wait for it themselves: the engine would wait for ever.
  expect(ties.get("kpaas:index:FirstBoot platform-haproxy-1-first-boot")?.dependencies).not.toContain(key);
  const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes("platform-packages public"));
  expect(holders.map(({ name }) => name).sort()).toEqual(
    ["database", "haproxy-1", "master-1", "registry", "storage"]
      .map((machine) => `platform-${machine}-files`)
      .concat(["platform-worker-1-node", "platform-worker-2-node"]),
  );
  const without = (await platform(1, 2)).resources.map(({ type }) => type);
  expect(without.filter((type) => type.startsWith("kpaas:index:Package"))).toEqual([]);
});

test("only the gateway publishes ports", async () => {
  const { resources } = await platform(1, 1);
  const publishing = resources.filter(({ inputs }) => inputs.publicPorts?.length > 0).map(({ inputs }) => inputs.role);
  expect(publishing).toEqual(["haproxy"]);
});

test("on local the gateway's host ports are a resource of their own, which outlives its machine", async () => {
  const { resources } = await platform(1, 1);
  const [ports, ...others] = resources.filter(({ type }) => type === "kpaas:local:PublishedPorts");
  expect(others).toEqual([]);
  const { hostname, publicPorts, hostPorts } = resources.find(({ inputs }) => inputs.role === "haproxy")?.inputs ?? {};
  expect(ports?.inputs).toEqual({ hostname, ports: publicPorts });
  expect(Object.keys(hostPorts)).toEqual(publicPorts.map(String).sort());
});

test("rendering is deterministic", async () => {
  const inputs = async () => JSON.stringify((await platform(1, 2)).resources.map((r) => [r.name, r.inputs]).sort());
  expect(await inputs()).toBe(await inputs());
});

test("no node is waited for before the registry has its files, no worker before every master has; masters wait for no other", async () => {
  const nameOf = new Map<unknown, string>();
  const waitsFor = new Map<string, unknown[]>();
  await platform(3, 2, {
    onRegister: ({ resource, type, name, opts }) => {
      nameOf.set(resource, name);
      if (type === "kpaas:index:Node") waitsFor.set(name, [opts.dependsOn].flat());
      return undefined;
    },
  });
  expect(waitsFor.size).toBe(5);
  for (const [node, before] of waitsFor)
    expect(
      before.map((resource) => nameOf.get(resource)),
      node,
    ).toEqual([
      "platform-registry-files",
      ...(node.startsWith("platform-worker") ? [1, 2, 3].map((ordinal) => `platform-master-${ordinal}-files`) : []),
    ]);
});
