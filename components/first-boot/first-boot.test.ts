import "../../stacks/infrastructures.ts";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type MachinePlan, planMachines } from "../../config/machines.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { sshKeyOf } from "../../lib/ssh-key.ts";
import { toYaml } from "../../lib/yaml.ts";
import { firstHostKeyIn, machineFiles, mirrorLoginFiles, type PlatformFacts, userData } from "./index.ts";

const token = "abcdef.0123456789abcdef";

interface Changes {
  containerPlatform?: object;
  network?: object;
  shared?: boolean;
  /** A cloud has what `local` has not: other versions, pairs, Calico. */
  cloud?: true;
}

function facts(masters: number, workers: number, changes: Changes = {}) {
  const environment = parseEnvironment("test", {
    infrastructure: { kind: changes.cloud ? "openstack" : "local" },
    network: { ...(changes.cloud ? { adminCidrs: ["203.0.113.0/24"] } : {}), ...changes.network },
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

const delivered = (name: string, platform: PlatformFacts) => machineFiles(machine(name, platform), platform, { token });

function files(name: string, platform: PlatformFacts): Record<string, string> {
  return Object.fromEntries(delivered(name, platform).map(({ path, content }) => [path, content]));
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

describe("a machine", () => {
  const one = facts(1, 1);
  const many = facts(3, 2);
  const text = (name: string, platform: PlatformFacts) =>
    userData(machine(name, platform)) + toYaml({ delivered: delivered(name, platform) });

  test.each(one.machines.map(({ name }) => name))("%s in a platform of 1 + 1 is told and delivered", async (name) => {
    await expect(text(name, one)).toMatchFileSnapshot(`__snapshots__/1+1-${name}.yaml`);
  });

  test.each(["haproxy-1", "master-2"])("%s in a platform of 3 + 2 is told and delivered", async (name) => {
    await expect(text(name, many)).toMatchFileSnapshot(`__snapshots__/3+2-${name}.yaml`);
  });
});

describe("user-data", () => {
  const many = facts(3, 2, { cloud: true });

  test("says who the machine is, as cloud-init takes it", () => {
    const [first, ...rest] = userData(machine("worker-2", many)).split("\n");
    expect(first).toBe("#cloud-config");
    expect(parse(rest.join("\n"))).toEqual({
      hostname: "test-worker-2",
      preserve_hostname: false,
      ssh_pwauth: false,
    });
  });

  test("gives the machine the host key of its first connection, which is read back from it", () => {
    const key = sshKeyOf(Buffer.alloc(32, 7), "worker-2");
    const text = userData(machine("worker-2", many), key);
    expect(parse(text)).toMatchObject({
      hostname: "test-worker-2",
      ssh_keys: { ed25519_private: key.privateKeyPem, ed25519_public: key.publicKeyOpenSsh },
    });
    expect(firstHostKeyIn(text)).toBe(key.publicKeyOpenSsh);
    expect(firstHostKeyIn(userData(machine("worker-2", many)))).toBeUndefined();
    expect(text.length).toBeLessThan(1000);
  });

  test("is another text once the generation rises: it makes the machine anew", () => {
    const plan = machine("master-1", many);
    expect(userData({ ...plan, generation: 2 })).not.toBe(userData(plan));
  });

  test("stays as it is whatever else changes in the environment", () => {
    const changed = facts(5, 4, {
      cloud: true,
      shared: false,
      network: { domain: "other.example.com" },
      containerPlatform: {
        kubernetesVersion: "1.35.4",
        podNetwork: "calico",
        haproxy: { count: 2 },
        registry: { mirrorUpstream: false, dataDiskGiB: 500 },
        database: { consumers: ["portal"] },
        masters: { count: 5, size: { memoryGiB: 16 } },
        workerPools: [{ name: "worker", count: 4, labels: { tier: "web" }, size: { vcpus: 4 } }],
      },
    });
    for (const plan of many.machines) expect(userData(machine(plan.name, changed))).toBe(userData(plan));
  });

  test("without that key is smaller than any cloud's limit, and carries no token and no secret", () => {
    for (const plan of many.machines) expect(userData(plan)).toMatch(/^[\w\s:#.-]{1,300}$/);
  });
});

describe("delivered files", () => {
  const one = facts(1, 1);
  const many = facts(3, 2);

  test("are the same for the same machine", () => {
    fc.assert(
      fc.property(anyPlatform, (platform) => {
        for (const plan of platform.machines)
          expect(machineFiles(plan, platform, { token })).toEqual(
            machineFiles(plan, structuredClone(platform), { token }),
          );
      }),
      { numRuns: 10 },
    );
  });

  test("of masters and workers alone carry a join token", () => {
    const holders = many.machines.filter(({ name }) =>
      delivered(name, many).some(({ content }) => content.includes("0123456789abcdef")),
    );
    expect(new Set(holders.map(({ role }) => role))).toEqual(new Set(["master", "worker"]));
  });

  test("of a node without a join token are an error", () => {
    expect(() => machineFiles(machine("worker-1", one), one)).toThrow("worker-1 needs a join token");
  });

  test("with a token are kept from other users", () => {
    const holders = delivered("master-1", one).filter(({ content }) => content.includes(token));
    expect(holders.length).toBeGreaterThan(0);
    for (const { path, permissions } of holders) expect({ path, permissions }).toEqual({ path, permissions: "0600" });
  });

  test("have each path once, and what first boot runs is executable", () => {
    for (const { name } of many.machines) {
      const all = delivered(name, many);
      expect(new Set(all.map(({ path }) => path)).size).toBe(all.length);
      expect(all.find(({ path }) => path === "/usr/local/lib/kpaas/first-boot")?.permissions).toBe("0755");
    }
  });

  test("name every machine with a fixed address on every machine", () => {
    const hosts = file("worker-1", "/etc/kpaas/hosts", many);
    for (const { privateIp, hostname } of many.machines)
      if (privateIp) expect(hosts).toContain(`${privateIp} ${hostname}\n`);
    expect(hosts).toMatch(/ api\.\S+ registry\.\S+ database\.\S+\n/);
  });

  test("start first boot by a service that runs at every boot", () => {
    const unit = file("worker-1", "/etc/systemd/system/kpaas-first-boot.service", one);
    expect(unit).toContain("ExecStart=/usr/local/lib/kpaas/first-boot\n");
    expect(unit).toContain("Restart=on-failure\n");
    expect(unit).toContain("WantedBy=multi-user.target\n");
    // cloud-init only names the machine now; without the order a slow one would still hold the package manager's lock.
    expect(unit).toMatch(/^After=.*cloud-init\.service/m);
  });
});

describe("scripts", () => {
  const folder = join(import.meta.dirname, "scripts");
  test.each(readdirSync(folder))("%s is valid in its language", (name) => {
    const parse = "import ast, sys; ast.parse(open(sys.argv[1]).read())";
    const checker = name.endsWith(".py") ? ["python3", "-c", parse] : ["bash", "-n"];
    const [program = "", ...words] = checker;
    execFileSync(program, [...words, join(folder, name)]);
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
    expect(read).toBe(`api.${network.domain}:6443|${others.join(" ")}|/var/lib/etcd\n`);
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

  test("what the whole cluster has is the same on every master, and a change of it another revision on every node", () => {
    const settings = (name: string, platform: PlatformFacts) =>
      documents(file(name, "/etc/kpaas/kubeadm-cluster.yaml", platform)).filter(
        ({ kind }) => kind !== "InitConfiguration",
      );
    expect(settings("master-3", many)).toEqual(settings("master-1", many));
    expect(settings("master-1", many).map(({ kind }) => kind)).toEqual([
      "ClusterConfiguration",
      "KubeletConfiguration",
      "KubeProxyConfiguration",
    ]);
    const revision = (name: string, platform: PlatformFacts) =>
      /KPAAS_CLUSTER_REVISION='([0-9a-f]{64})'/.exec(file(name, "/etc/kpaas/first-boot.env", platform))?.[1];
    expect(revision("master-1", many)).toMatch(/^[0-9a-f]{64}$/);
    expect(revision("worker-1", many)).toBe(revision("master-1", many));
    expect(revision("worker-1", facts(3, 9))).toBe(revision("worker-1", facts(3, 2)));
    const ofVersion = (kubernetesVersion: string) =>
      revision("worker-1", facts(3, 2, { cloud: true, containerPlatform: { kubernetesVersion } }));
    expect(ofVersion("1.35.4")).not.toBe(ofVersion("1.36.3"));
    expect(revision("worker-1", facts(5, 2))).not.toBe(revision("worker-1", facts(3, 2)));
  });

  test("a master that is made anew makes its parts of the cluster with its own name and address", () => {
    const [init] = documents(file("master-2", "/etc/kpaas/kubeadm-cluster.yaml", many));
    expect(init).toMatchObject({
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: machine("master-2", many).privateIp },
      nodeRegistration: { name: "test-master-2" },
    });
    expect(init).not.toHaveProperty("bootstrapTokens");
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

test("pods are held to the file's standard, by a file whose name changes with it, as the API server reads it only when it starts", () => {
  const settingsOf = (podSecurity: object) => {
    const many = facts(3, 2, { containerPlatform: { podSecurity } });
    const [admission] = documents(file("master-2", "/etc/kpaas/admission.yaml", many));
    const cluster = file("master-2", "/etc/kpaas/kubeadm-cluster.yaml", many);
    const [plugin] = (admission?.plugins ?? []) as { configuration: { defaults: object; exemptions: object } }[];
    return { ...plugin?.configuration, name: /apiserver\/(admission-[0-9a-f]{8}\.yaml)/.exec(cluster)?.[1] };
  };
  const usual = settingsOf({});
  expect(usual.defaults).toEqual({ enforce: "baseline", audit: "restricted", warn: "restricted" });
  expect(usual.exemptions).toEqual({ namespaces: ["kube-system"] });
  expect(usual.name).toBeDefined();
  const strict = settingsOf({ enforce: "restricted", exemptNamespaces: ["monitoring"] });
  expect(strict.defaults).toMatchObject({ enforce: "restricted" });
  expect(strict.exemptions).toEqual({ namespaces: ["kube-system", "monitoring"] });
  expect(strict.name).not.toBe(usual.name);
});

describe("variants", () => {
  describe("registries that nodes ask for images", () => {
    const own = "registry.test.kpaas.internal:5000";
    const sources = (registry: object) => {
      const text = file("worker-1", "/etc/kpaas/image-sources", facts(1, 1, { containerPlatform: { registry } }));
      return text.split("\n").filter((line) => /^(registry\.test|docker\.io|quay\.io)/.test(line));
    };
    const platform = `https://${own}/v2 /etc/kpaas/platform-ca.crt registry-pull`;

    test("are the platform's first and upstream second; its own images come from it alone", () => {
      expect(sources({})).toEqual([
        `${own} ${platform}`,
        `docker.io ${platform}`,
        "docker.io https://registry-1.docker.io/v2 - -",
        `quay.io ${platform}`,
        "quay.io https://quay.io/v2 - -",
      ]);
    });

    test("are upstream alone where the platform's stands in for none, and never upstream where that is set", () => {
      expect(sources({ mirrorUpstream: false })).toEqual([
        `${own} ${platform}`,
        "docker.io https://registry-1.docker.io/v2 - -",
        "quay.io https://quay.io/v2 - -",
      ]);
      expect(sources({ upstream: "never" })).toEqual([
        `${own} ${platform}`,
        `docker.io ${platform}`,
        `quay.io ${platform}`,
      ]);
    });

    test("are the site's between them, each with its authority and the login of its own file", () => {
      const [caCertPem = ""] = rootCertificates;
      const mirrors = [
        { url: "https://harbor.example.com/hub", serves: ["docker.io"], caCertPem, loginSecret: "harbor" },
        { url: "https://cache.example.com:8443" },
      ];
      const platformFacts = facts(1, 1, { containerPlatform: { registry: { mirrors } } });
      expect(sources({ mirrors })).toEqual([
        `${own} ${platform}`,
        `docker.io ${platform}`,
        "docker.io https://harbor.example.com/v2/hub /etc/kpaas/mirrors/1.crt registry-mirrors/1",
        "docker.io https://cache.example.com:8443/v2 - -",
        "docker.io https://registry-1.docker.io/v2 - -",
        `quay.io ${platform}`,
        "quay.io https://cache.example.com:8443/v2 - -",
        "quay.io https://quay.io/v2 - -",
      ]);
      expect(file("worker-1", "/etc/kpaas/mirrors/1.crt", platformFacts)).toBe(`${caCertPem.trim()}\n`);
      expect(mirrorLoginFiles(platformFacts.environment, { harbor: { name: "node", password: "secret" } })).toEqual({
        "registry-mirrors/1": "node:secret",
      });
    });
  });

  test("workers mount NFS where they share no directory", () => {
    const packages = (shared: boolean) => file("worker-1", "/etc/kpaas/first-boot.env", facts(1, 1, { shared }));
    expect(packages(false)).toContain("nfs-common");
    expect(packages(true)).not.toContain("nfs-common");
  });

  test("a node's guard is loaded before the kubelet starts, and what an earlier release loaded goes", () => {
    for (const name of ["master-1", "worker-1"]) {
      const unit = file(name, "/etc/systemd/system/kpaas-node-guard.service", facts(1, 1));
      expect(unit).toMatch(/^Before=.*kubelet\.service$/m);
      expect(file(name, "/etc/kpaas/node-guard.nft", facts(1, 1))).toContain(
        "delete table inet kpaas_metadata_guard\n",
      );
    }
  });

  test("NFS is open to workers only", () => {
    const config = file("storage", "/etc/kpaas/ganesha.conf", facts(1, 1));
    expect(config).toMatch(/Access_Type = NONE;[\s\S]*CLIENT \{\s*Clients = [\d./, ]+;/);
    expect(config.match(/Access_Type = RW/g)).toHaveLength(1);
    expect(config).toContain("PrivilegedPort = true;");
  });

  test("NFS tells owners by number: containers' users have no names on the storage server, or others' ones", () => {
    expect(file("storage", "/etc/kpaas/ganesha.conf", facts(1, 1))).toContain("Only_Numeric_Owners = true;");
  });
});

test("workers of a pool that waits behind the control plane have the files that they had; masters have the new version's", () => {
  const of = (kubernetesVersion: string, worker?: string) =>
    facts(1, 1, {
      cloud: true,
      containerPlatform: { kubernetesVersion, workerPools: [{ name: "worker", kubernetesVersion: worker }] },
    });
  const [old, paused, through] = [of("1.35.4"), of("1.36.3", "1.35.4"), of("1.36.3")];
  expect(files("worker-1", paused)).toEqual(files("worker-1", old));
  expect(files("worker-1", paused)).not.toEqual(files("worker-1", through));
  expect(files("master-1", paused)).toEqual(files("master-1", through));
});
