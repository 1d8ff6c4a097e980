import "../../stacks/infrastructures.ts";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type MachinePlan, planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { type PlatformFacts, userData } from "./index.ts";

const token = "abcdef.0123456789abcdef";

function facts(masters: number, workers: number, changes: { containerPlatform?: object; shared?: boolean } = {}) {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: "local" },
    containerPlatform: {
      masters: { count: masters },
      workerPools: [{ name: "worker", count: workers }],
      ...changes.containerPlatform,
    },
  });
  const platform: PlatformFacts = {
    environment,
    machines: planMachines(environment),
    platformCaPem: "-----BEGIN CERTIFICATE-----\nMIIBplatform\n-----END CERTIFICATE-----\n",
    kubernetesCaPin: `sha256:${"a1".repeat(32)}`,
    sharedVolumePath: changes.shared === false ? undefined : "/srv/kpaas-volumes",
  };
  return platform;
}

function machine(name: string, { machines }: PlatformFacts): MachinePlan {
  const found = machines.find((one) => one.name === name);
  if (!found) throw new Error(`no machine ${name}`);
  return found;
}

const render = (name: string, platform: PlatformFacts) => userData(machine(name, platform), platform, { token });

interface WrittenFile {
  path: string;
  permissions: string;
  content: string;
}

function files(name: string, platform: PlatformFacts): Record<string, string> {
  const { write_files } = parse(render(name, platform), { version: "1.1" }) as { write_files: WrittenFile[] };
  return Object.fromEntries(write_files.map(({ path, content }) => [path, content]));
}

function file(name: string, path: string, platform: PlatformFacts): string {
  const content = files(name, platform)[path];
  if (content === undefined) throw new Error(`${name} has no ${path}`);
  return content;
}

type Document = Record<string, unknown> & { kind: string };
const documents = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Document);
const anyPlatform = fc
  .record({ masters: fc.constantFrom(1, 3, 5), workers: fc.integer({ min: 1, max: 6 }), shared: fc.boolean() })
  .map(({ masters, workers, shared }) => facts(masters, workers, { shared }));

describe("user-data", () => {
  const one = facts(1, 1);
  const many = facts(3, 2);
  test.each(one.machines.map(({ name }) => name))("of %s in a platform of 1 + 1", async (name) => {
    await expect(render(name, one)).toMatchFileSnapshot(`__snapshots__/1+1-${name}.yaml`);
  });

  test.each(["haproxy-1", "master-2"])("of %s in a platform of 3 + 2", async (name) => {
    await expect(render(name, many)).toMatchFileSnapshot(`__snapshots__/3+2-${name}.yaml`);
  });

  test("is the same text for the same machine", () => {
    fc.assert(
      fc.property(anyPlatform, (platform) => {
        for (const plan of platform.machines)
          expect(userData(plan, platform, { token })).toBe(userData(plan, structuredClone(platform), { token }));
      }),
      { numRuns: 10 },
    );
  });

  test("of masters and workers alone carries a join token", () => {
    const holders = many.machines.filter((plan) => userData(plan, many, { token }).includes("0123456789abcdef"));
    expect(new Set(holders.map(({ role }) => role))).toEqual(new Set(["master", "worker"]));
  });

  test("of a node without a join token is an error", () => {
    expect(() => userData(machine("worker-1", one), one)).toThrow("worker-1 needs a join token");
  });

  // AWS takes 16 KiB; only a master's is longer, and its infrastructure then compresses it, as cloud-init allows.
  test.each([
    ["haproxy-1", 9],
    ["registry", 11],
    ["database", 10],
    ["storage", 10],
    ["worker-1", 25],
    ["master-2", 33],
    ["master-1", 49],
  ])("of %s has at most %d KiB, and compressed fits any cloud", (name, limitKiB) => {
    const text = render(name, many);
    expect(text.length / 1024).toBeLessThan(limitKiB);
    expect(gzipSync(text).length / 1024).toBeLessThan(14);
  });

  test("keeps files with a token from other users", () => {
    const { write_files } = parse(render("master-1", one), { version: "1.1" }) as { write_files: WrittenFile[] };
    const holders = write_files.filter(({ content }) => content.includes(token));
    expect(holders.length).toBeGreaterThan(0);
    for (const { path, permissions } of holders) expect({ path, permissions }).toEqual({ path, permissions: "0600" });
  });

  test("names every machine with a fixed address on every machine", () => {
    const hosts = file("worker-1", "/etc/kpaas/hosts", many);
    for (const { privateIp, hostname } of many.machines)
      if (privateIp) expect(hosts).toContain(`${privateIp} ${hostname}\n`);
    expect(hosts).toMatch(/ api\.\S+ registry\.\S+ database\.\S+\n/);
  });
});

describe("scripts", () => {
  const folder = join(import.meta.dirname, "scripts");
  test.each(readdirSync(folder))("%s is valid bash", (name) => {
    execFileSync("bash", ["-n", join(folder, name)]);
  });

  test.each(["haproxy-1", "master-1", "worker-1", "registry", "database", "storage"])(
    "the joined script of %s is valid bash and starts with one interpreter line",
    (name) => {
      const script = file(name, "/usr/local/lib/kpaas/first-boot", facts(1, 1));
      execFileSync("bash", ["-n"], { input: script });
      expect(script.match(/^#!/gm)).toHaveLength(1);
    },
  );

  test("their variables reach bash as they were", () => {
    const env = file("master-1", "/etc/kpaas/first-boot.env", facts(3, 1));
    const print = 'echo "$KPAAS_API|$KPAAS_OTHER_MASTERS|$KPAAS_DATA_PATH"';
    const read = execFileSync("bash", ["-eu"], { input: env + print, encoding: "utf8" });
    const { network } = facts(3, 1).environment;
    const others = ["master-2", "master-3"].map((name) => machine(name, facts(3, 1)).privateIp);
    expect(read).toBe(`api.${network.domain}:6443|${others.join(" ")}|\n`);
  });
});

describe("HAProxy", () => {
  test("has one server for each master, and one for registry and database", () => {
    fc.assert(
      fc.property(anyPlatform, (platform) => {
        const config = file("haproxy-1", "/etc/kpaas/haproxy.cfg", platform);
        const servers = [...config.matchAll(/^ +server (\S+) (\S+):(\d+)$/gm)].map(([, name, address, port]) =>
          [name, address, port].join(" "),
        );
        const expected = platform.machines.flatMap(({ name, role, privateIp }) => {
          const port = { master: 6443, registry: 5000, database: 3306 }[role as string];
          return port ? [`${name} ${privateIp} ${port}`] : [];
        });
        expect(servers.sort()).toEqual(expected.sort());
      }),
      { numRuns: 10 },
    );
  });
});

describe("kubeadm", () => {
  const many = facts(3, 2, {
    containerPlatform: {
      workerPools: [
        { name: "worker", count: 1 },
        {
          name: "gpu",
          count: 1,
          labels: { "example.org/gpu": "yes" },
          taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }],
        },
      ],
    },
  });
  const join = (name: string) => documents(file(name, "/etc/kpaas/kubeadm-join.yaml", many))[0];

  test("only the first master can initialise, and it alone brings addons", () => {
    const initialise = many.machines.filter(({ name }) => files(name, many)["/etc/kpaas/kubeadm-init.yaml"]);
    expect(initialise.map(({ name }) => name)).toEqual(["master-1"]);
    expect(Object.keys(files("master-2", many)).filter((path) => path.startsWith("/etc/kpaas/addons"))).toEqual([]);
  });

  test("every joining node knows the cluster by its CA", () => {
    for (const name of ["master-1", "master-3", "gpu-1"])
      expect(join(name)).toMatchObject({
        discovery: { bootstrapToken: { token, caCertHashes: [many.kubernetesCaPin] } },
      });
  });

  test("masters join as control plane with their own address, workers do not", () => {
    const advertiseAddress = machine("master-2", many).privateIp;
    expect(join("master-2")).toMatchObject({ controlPlane: { localAPIEndpoint: { advertiseAddress } } });
    expect(join("gpu-1")).not.toHaveProperty("controlPlane");
  });

  test("workers have their pool's labels and taints", () => {
    expect(join("gpu-1")?.nodeRegistration).toMatchObject({
      name: "test-gpu-1",
      kubeletExtraArgs: [{ name: "node-labels", value: "example.org/gpu=yes" }],
      taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }],
    });
  });

  test("the API server's certificate covers every way to reach it", () => {
    const init = documents(file("master-1", "/etc/kpaas/kubeadm-init.yaml", many));
    const cluster = init.find(({ kind }) => kind === "ClusterConfiguration");
    const addresses = many.machines.filter(({ role }) => role === "master").map(({ privateIp }) => privateIp);
    const certSANs = expect.arrayContaining(["127.0.0.1", machine("haproxy-1", many).privateIp, ...addresses]);
    expect(cluster?.apiServer).toMatchObject({ certSANs });
  });

  test("the API server encrypts, audits and lets nobody in anonymously but for health and discovery", () => {
    const init = file("master-1", "/etc/kpaas/kubeadm-init.yaml", many);
    for (const flag of ["encryption-provider-config", "audit-policy-file", "authentication-config"])
      expect(init).toContain(`name: ${flag}`);
    const [authentication] = documents(file("master-1", "/etc/kpaas/authentication.yaml", many));
    expect(authentication?.anonymous).toEqual({
      enabled: true,
      conditions: ["/livez", "/readyz", "/healthz", "/api/v1/namespaces/kube-public/configmaps/cluster-info"].map(
        (path) => ({ path }),
      ),
    });
  });
});

describe("variants", () => {
  test("with a mirror nodes take every public registry from the platform's, without one only its own", () => {
    const hosts = (mirrorUpstream: boolean) =>
      file(
        "worker-1",
        "/etc/kpaas/first-boot.env",
        facts(1, 1, { containerPlatform: { registry: { mirrorUpstream } } }),
      );
    expect(hosts(true)).toContain("KPAAS_MIRRORED_HOSTS='registry.k8s.io docker.io ghcr.io quay.io'");
    expect(hosts(false)).toContain("KPAAS_MIRRORED_HOSTS=''");
  });

  test("workers mount NFS where they share no directory", () => {
    const packages = (shared: boolean) => file("worker-1", "/etc/kpaas/first-boot.env", facts(1, 1, { shared }));
    expect(packages(false)).toContain("nfs-common");
    expect(packages(true)).not.toContain("nfs-common");
  });

  test("pods are kept from the clouds' metadata addresses before any rule can rewrite it", () => {
    const guard = file("worker-1", "/etc/kpaas/metadata-guard.nft", facts(1, 1));
    const { podCidr } = facts(1, 1).environment.network;
    expect(guard).toContain("hook prerouting priority raw");
    expect(guard).toMatch(
      new RegExp(`ip saddr ${podCidr} ip daddr \\{[^}]*169\\.254\\.169\\.254[^}]*\\} counter drop`),
    );
    // Names are looked up at the same address.
    expect(guard).toContain(`ip saddr ${podCidr} ip daddr 168.63.129.16 tcp dport { 80, 32526 } counter drop`);
  });

  test("NFS is open to workers only", () => {
    const config = file("storage", "/etc/kpaas/ganesha.conf", facts(1, 1));
    expect(config).toMatch(/Access_Type = NONE;[\s\S]*CLIENT \{\s*Clients = [\d./, ]+;/);
    expect(config.match(/Access_Type = RW/g)).toHaveLength(1);
  });
});
