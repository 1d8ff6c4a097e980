import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { images, platformImages } from "../../config/images.ts";
import { eventually } from "../../lib/eventually.ts";
import { repository } from "../../lib/repository.ts";
import { kubectl } from "../../toolchain/kubernetes.ts";
import { type Run, runOk } from "../harness/platform/commands.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { cisBenchmark } from "./cis-benchmark.ts";
import { clients } from "./clients.ts";
import { addresses } from "./network-probe.ts";
import { processesOf } from "./orphans.ts";
import { type Outputs, stackOutputs } from "./stack-outputs.ts";

/** One master, one worker: what a developer sees, and what an interrupted `up` must not break. */
const platform = new TestPlatform("e2e-dev");
const settings = (containerPlatform: object) => ({
  infrastructure: { kind: "local" },
  network: { cidr: "10.182.0.0/24" },
  containerPlatform,
  policies: {
    rules: {
      "pods-are-held-to-a-standard": {
        level: "advisory",
        reason: "born as an earlier release made it",
        by: "the tests",
        date: "2026-11-30",
      },
    },
  },
});
const born = { kubernetesVersion: "1.35.4", podSecurity: { enforce: "privileged" } };
/** A newer version, and edits that concern machines of every kind. */
const edited = {
  kubernetesVersion: "1.36.3",
  workerPools: [
    { name: "worker", labels: { tier: "web" }, taints: [{ key: "kind", value: "soft", effect: "PreferNoSchedule" }] },
  ],
  database: { consumers: ["portal", "catalog"] },
};
const madeAnew = { ...edited, masters: { generation: 2 }, haproxy: { generation: 2 } };
let kills = 0;
let outputs: Outputs;
let tools: Awaited<ReturnType<typeof clients>>;

beforeAll(async () => {
  platform.configure(settings(born));
  // The runs are cut off at moments that differ: while machines are made, while they boot, while nodes join.
  for (const killAfterSeconds of [3, 7, 9]) {
    const { seconds, code } = await platform.kpaas("up", [], { killAfterSeconds });
    console.log(`up ${code === null ? "was killed" : "ended"} after ${seconds.toFixed(0)} s`);
    if (code === null) kills++;
  }
  const { seconds } = await platform.kpaasOk("up");
  console.log(`up went on and ended after ${seconds.toFixed(0)} s`);
  outputs = await stackOutputs(platform);
  tools = await clients();
});

afterAll(async () => {
  await platform.kpaas("destroy", ["--yes"]);
  platform.removeFolder();
});

test("after several kills the platform is whole, without strangers", async () => {
  expect(kills).toBeGreaterThan(1);
  const nodes = await platform.kubectlOk(["get", "nodes", "-o", "name"]);
  expect(nodes.trim().split("\n").sort()).toEqual(["node/e2e-dev-master-1", "node/e2e-dev-worker-1"]);
  expect(Object.keys(await addresses(platform)).sort()).toEqual([
    "database",
    "haproxy-1",
    "master-1",
    "registry",
    "storage",
    "worker-1",
  ]);
});

test("the killed commands left no process of the installer behind", () => {
  const engine = /dockerd|containerd|docker-proxy/;
  expect(processesOf(platform).filter((command) => !engine.test(command))).toEqual([]);
});

describe("the private registry", () => {
  const image = () => `${outputs.registry.endpoint}/team/hello:1`;
  const certificates = () => {
    writeFileSync(join(platform.folder, "ca.crt"), outputs.registry.caCertPem);
    return platform.folder;
  };

  test("takes no image where nodes pull, whatever the login; it does over the installer's own connection", async () => {
    const { endpoint, user, password } = outputs.registry;
    const source = `docker://${endpoint}/library/busybox:${platformImages.busybox.tag}`;
    const access = ["--src-cert-dir", certificates(), "--src-creds", `${user}:${password}`];
    const push = ["--dest-cert-dir", certificates(), "--dest-creds", `${user}:${password}`];
    const refused = await tools.skopeo(["copy", ...access, ...push, source, `docker://${image()}`]);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/unsupported|405/i);
    const archive = join(platform.folder, "hello.tar");
    succeeded(await tools.skopeo(["copy", ...access, source, `docker-archive:${archive}:team/hello:1`]));
    const words = ["registry", "push", platform.name, "team/hello:1", "--archive", archive];
    await runOk(join(repository, "kpaas"), words, { env: platform.environment });
  });

  test("refuses a wrong password, and a client that does not trust its CA", async () => {
    const wrong = await tools.skopeo([
      "inspect",
      "--cert-dir",
      certificates(),
      "--creds",
      "kpaas-admin:wrong",
      `docker://${image()}`,
    ]);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toMatch(/unauthorized|authentication required/i);
    const { user, password } = outputs.registry;
    const untrusted = await tools.skopeo(["inspect", "--creds", `${user}:${password}`, `docker://${image()}`]);
    expect(untrusted.code).not.toBe(0);
    expect(untrusted.stderr).toMatch(/certificate/i);
  });

  test("serves it to a Deployment whose pod keeps data on a PersistentVolumeClaim", async () => {
    const manifest = deployment(`${outputs.registry.name}/team/hello:1`);
    await platform.kubectlOk(["apply", "-f", "-"], { input: manifest });
    await platform.kubectlOk(["rollout", "status", "deployment/hello", "--timeout=120s"]);
    const read = ["exec", "deployment/hello", "--", "cat", "/data/greeting"];
    expect(await platform.kubectlOk(read)).toBe("hello\n");
    await platform.kubectlOk(["delete", "pod", "-l", "app=hello", "--wait=true"]);
    await platform.kubectlOk(["rollout", "status", "deployment/hello", "--timeout=120s"]);
    expect(await platform.kubectlOk(read)).toBe("hello\nhello\n");
  });
});

describe("the registry's commands", () => {
  const registry = (action: string, ...args: string[]) =>
    runOk(join(repository, "kpaas"), ["registry", action, platform.name, ...args], { env: platform.environment });

  test("push an image's archive, which a pod then runs, and list it", async () => {
    const { endpoint, user, password } = outputs.registry;
    writeFileSync(join(platform.folder, "ca.crt"), outputs.registry.caCertPem);
    const archive = join(platform.folder, "busybox.tar");
    const source = ["--src-cert-dir", platform.folder, "--src-creds", `${user}:${password}`];
    const busybox = `docker://${endpoint}/library/busybox:${platformImages.busybox.tag}`;
    succeeded(await tools.skopeo(["copy", ...source, busybox, `docker-archive:${archive}:team/pushed:1`]));
    const { stdout } = await registry("push", "team/pushed:1", "--archive", archive);
    const image = `${outputs.registry.name}/team/pushed:1`;
    expect(stdout).toMatch(`pushed ${image}`);
    const listed = JSON.parse((await registry("list", "--json")).stdout);
    expect(listed.repositories).toContainEqual({ name: "team/pushed", tags: ["1"] });
    // Under a new tag in a repository that came with the machine, too.
    await registry("push", "library/busybox:pushed", "--archive", archive);
    const words = ["run", "pushed", `--image=${image}`, "--restart=Never", "--attach", "--rm", "--quiet", "--", "echo"];
    expect(await platform.kubectlOk([...words, "it runs"])).toContain("it runs");
  });
});

test("kubectl's own file takes the platform's access, and gives it back", async () => {
  const file = join(platform.folder, "own-config");
  const env = { ...platform.environment, KUBECONFIG: file };
  const kubeconfig = (flag: string) => runOk(join(repository, "kpaas"), ["kubeconfig", platform.name, flag], { env });
  await kubeconfig("--merge");
  const nodes = await runOk(await kubectl("1.36.3", () => {}), ["get", "nodes", "-o", "name"], { env });
  expect(nodes.stdout).toContain("node/e2e-dev-master-1");
  await kubeconfig("--remove");
  expect(readFileSync(file, "utf8")).not.toContain("kpaas-e2e-dev");
});

test("pods resolve names from outside; where nobody knows a name, they hear it at once", async () => {
  const pod = ["exec", "deployment/hello", "--"];
  // To the cluster a name from outside: the container engine's resolver knows its containers.
  const { storage = "" } = await addresses(platform);
  const name = `${platform.name}-storage`;
  await eventually(60, async () => {
    expect((await platform.kubectl([...pod, "nslookup", `${name}.`])).stdout).toContain(storage);
  });
  const unknown = await platform.kubectl([...pod, "timeout", "10", "nslookup", "nowhere.invalid."]);
  expect(unknown.code).not.toBe(0);
  expect(unknown.stdout + unknown.stderr).toMatch(/NXDOMAIN|SERVFAIL|can't (find|resolve)/);
});

test("pods find services by name, and no pod reaches the metadata address", async () => {
  const pod = ["exec", "deployment/hello", "--"];
  expect(await platform.kubectlOk([...pod, "nslookup", "kubernetes.default.svc.cluster.local"])).toContain(
    "10.233.0.1",
  );
  const metadata = await platform.kubectl([...pod, "nc", "-w", "3", "169.254.169.254", "80"]);
  expect(metadata.code).not.toBe(0);
  const node = (
    await platform.kubectlOk(["get", "pod", "-l", "app=hello", "-o", "jsonpath={.items[0].spec.nodeName}"])
  ).trim();
  const counters = await platform.machine(node.replace("e2e-dev-", ""), "nft list ruleset | grep 169.254.169.254");
  expect(counters.stdout).toMatch(/packets [1-9]/);
});

test("pods reach neither the file server nor a kubelet, and keep the API server and their volume", async () => {
  const pod = ["exec", "deployment/hello", "--"];
  const reaches = async (address: string, port: number) =>
    (await platform.kubectl([...pod, "nc", "-w", "2", address, String(port), "-e", "true"])).code === 0;
  const hosts = await addresses(platform);
  const kubelets = ["master-1", "worker-1"].map((name) => reaches(hosts[name] ?? "", 10250));
  expect(await Promise.all([reaches(hosts.storage ?? "", 2049), ...kubelets])).toEqual([false, false, false]);
  const counters = await platform.machine("worker-1", "nft list chain inet kpaas_node_guard to_machines");
  expect(succeeded(counters)).toMatch(/counter packets [1-9]\d* bytes \d+ drop/);
  expect(await reaches("kubernetes.default.svc.cluster.local", 443)).toBe(true);
  expect(await platform.kubectlOk([...pod, "sh", "-c", "echo kept >/data/kept; cat /data/kept"])).toBe("kept\n");
});

describe("the metadata database behind the gateway", () => {
  const sql = (args: string[], password: string) => {
    const [host = "", port = ""] = outputs.database.endpoint.split(":");
    writeFileSync(join(platform.folder, "database-ca.crt"), outputs.database.caCertPem);
    const query = ["-e", "SHOW STATUS LIKE 'Ssl_cipher'"];
    const server = ["--protocol=tcp", `--host=${host}`, `--port=${port}`, "--user=portal"];
    return tools.mariadb([...server, ...args, ...query], { env: { MYSQL_PWD: password } });
  };
  const tls = () => ["--ssl", `--ssl-ca=${join(platform.folder, "database-ca.crt")}`, "--ssl-verify-server-cert"];
  const password = () => outputs.database.passwords.portal ?? "";

  test("lets its consumer in over TLS", async () => {
    const { code, stdout, stderr } = await sql(tls(), password());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/Ssl_cipher\s+TLS/);
  });

  test("refuses a wrong password", async () => {
    const { code, stderr } = await sql(tls(), "wrong");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Access denied/);
  });

  test("is told of by a command, which also opens a client as the consumer, without the password in a process list", async () => {
    const access = await platform.kpaasJson<Record<string, string | number>>("database", ["portal"]);
    expect(access).toMatchObject({ user: "portal", database: "portal", password: password() });
    expect(`${access.host}:${access.port}`).toBe(outputs.database.endpoint);
    const query = "SELECT SLEEP(5); SELECT CURRENT_USER()";
    const client = platform.kpaasOk("database", ["portal", "--connect", "--", "-N", "-e", query]);
    const listed = await eventually(60, async () => {
      const { stdout } = await platform.machine("database", "ps -eo args e");
      expect(stdout).toContain("defaults-extra-file");
      return stdout;
    });
    expect(listed).not.toContain(password());
    expect((await client).stdout).toMatch(/portal@/);
    expect((await platform.machine("database", "ls /run | grep -c kpaas-client || true")).stdout.trim()).toBe("0");
  });

  test("refuses a connection without TLS", async () => {
    const { code, stderr } = await sql(["--skip-ssl"], password());
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/Access denied|insecure|SSL/i);
  });
});

test("the storage server answers NFS 4 to workers", async () => {
  const { storage } = await addresses(platform);
  const listing = await platform.machine("worker-1", `nfs-ls "nfs://${storage}/kpaas?version=4"`);
  expect(succeeded(listing)).toContain("pvc-");
});

test("Secrets are encrypted in etcd", async () => {
  await platform.kubectlOk(["create", "secret", "generic", "marked", "--from-literal=key=find-me-in-etcd"]);
  const etcd = ["exec", "-n", "kube-system", "etcd-e2e-dev-master-1", "--", "etcdctl"];
  const pki = "/etc/kubernetes/pki/etcd";
  const access = [`--cacert=${pki}/ca.crt`, `--cert=${pki}/server.crt`, `--key=${pki}/server.key`];
  const stored = await platform.kubectlOk([...etcd, ...access, "get", "/registry/secrets/default/marked"]);
  expect(stored).toContain("k8s:enc:");
  expect(stored).not.toContain("find-me-in-etcd");
});

test("no generated secret is in user-data, logs or the stack's state as plain text", async () => {
  const secrets = [outputs.registry.password, outputs.database.passwords.portal ?? ""];
  const machines = Object.keys(await addresses(platform));
  const { stdout: state } = await runOk("grep", ["-rh", "", platform.stateFolder]);
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(state).not.toContain(secret);
    for (const machine of machines) {
      const { stdout } = await platform.machine(
        machine,
        "cat /var/lib/cloud/seed/nocloud/user-data; journalctl --no-pager",
      );
      expect(stdout).toContain("kpaas");
      expect(stdout).not.toContain(secret);
    }
  }
  expect(state).not.toContain("PRIVATE KEY");
});

interface NodeObject {
  metadata: { name: string; labels: Record<string, string> };
  spec: { taints?: { key: string }[]; unschedulable?: boolean };
  status: { nodeInfo: { kubeletVersion: string; machineID: string } };
}

/** Gives each node's machine and kubelet. */
async function nodeInfos(): Promise<{ machines: string[]; kubelets: string[]; worker?: NodeObject }> {
  const items: NodeObject[] = JSON.parse(await platform.kubectlOk(["get", "nodes", "-o", "json"])).items;
  return {
    machines: items.map(({ status }) => status.nodeInfo.machineID),
    kubelets: items.map(({ status }) => status.nodeInfo.kubeletVersion),
    worker: items.find(({ metadata }) => metadata.name.includes("worker")),
  };
}

describe("the platform is changed while it lives", () => {
  const kubeconfig = () => join(platform.folder, "handed-out-before");
  const data = () => platform.kubectlOk(["exec", "deployment/hello", "--", "cat", "/data/greeting"]);
  /** Replaced resources, as a preview or an `up` tells them. */
  const replaced = async (command: "preview" | "up") =>
    [
      ...new Set((await platform.changes(command)).filter(({ op }) => op.includes("replace")).map(({ name }) => name)),
    ].sort();

  const openToTheNode = ["run", "agent", `--image=${images.busybox}`, "--privileged", "--", "sleep", "100000"];

  test("pods that a stricter standard would refuse stop an up before anything changes", async () => {
    await platform.kubectlOk(openToTheNode);
    await platform.kubectlOk(["wait", "--for=condition=Ready", "pod/agent", "--timeout=120s"]);
    platform.configure(settings({ ...born, podSecurity: {} }));
    const { code, stderr } = await platform.kpaas("up");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/cannot hold its pods to baseline yet/);
    expect(stderr).toMatch(/default: agent: privileged/);
    await platform.kubectlOk(["delete", "pod", "agent", "--now"]);
  });

  test("a newer Kubernetes version and edits are taken over in place", async () => {
    await platform.kpaasOk("kubeconfig", ["--output", kubeconfig()]);
    await platform.kubectlOk(["create", "configmap", "keep", "--from-literal=a=b"]);
    const before = await nodeInfos();
    platform.configure(settings(edited));
    expect(await replaced("preview")).toEqual([]);
    expect(await replaced("up")).toEqual([]);
    const after = await nodeInfos();
    expect(after.machines).toEqual(before.machines);
    expect(after.kubelets).toEqual(["v1.36.3", "v1.36.3"]);
    expect(after.worker?.metadata.labels).toMatchObject({ tier: "web" });
    expect(after.worker?.spec.taints).toMatchObject([{ key: "kind" }]);
    expect(Object.keys((await stackOutputs(platform)).database.passwords).sort()).toEqual(["catalog", "portal"]);
    await platform.kubectlOk(["rollout", "status", "deployment/hello", "--timeout=120s"]);
    // The Deployment's status is that of before, until the new controller manager leads.
    expect(await eventually(60, data)).toContain("hello\n");
    const { code, stderr } = await platform.kubectl(openToTheNode);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/violates PodSecurity "baseline:latest": privileged/);
    const snapshots = await platform.machine("master-1", "ls /var/lib/etcd/kpaas-snapshots");
    expect(snapshots.stdout).toContain("before-1.36.3.db");
  });

  test("the upgraded control plane is what its settings make: their next change restarts no part for nothing", async () => {
    const { code, stdout, stderr } = await platform.machine(
      "master-1",
      [
        "set -e; kubeadm init phase control-plane all --config /etc/kpaas/kubeadm-cluster.yaml --dry-run >&2",
        "made=$(ls -td /etc/kubernetes/tmp/kubeadm-init-dryrun* | head -n 1)",
        'cd "$made"; for part in kube-*.yaml; do diff "/etc/kubernetes/manifests/$part" "$part"; done',
        'rm -r "$made"',
      ].join("\n"),
    );
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "" });
  });

  test("an API server that is asked to end is gone within seconds, whoever watches", async () => {
    const { stdout } = await platform.machine(
      "master-1",
      "process=$(pgrep -xo kube-apiserver) && kill $process && timeout 12 tail --pid $process -f /dev/null; echo $?",
    );
    expect(stdout.trim()).toBe("0");
    await eventually(60, () => platform.kubectlOk(["get", "--raw", "/readyz"]));
  });

  test("a single master that is made anew, with HAProxy before it, goes on with its cluster", async () => {
    platform.configure(settings(madeAnew));
    const previewed = await replaced("preview");
    expect(previewed).toContain("platform-master-1");
    expect(previewed).not.toContain("platform-worker-1");
    const machines = (await nodeInfos()).machines;
    expect(await replaced("up")).toEqual(previewed);
    expect((await nodeInfos()).machines.filter((id) => machines.includes(id))).toHaveLength(1);
    const keep = ["--kubeconfig", kubeconfig(), "get", "configmap", "keep", "-o", "jsonpath={.data.a}"];
    expect(await platform.kubectlOk(keep)).toBe("b");
    expect(await eventually(60, data)).toContain("hello\n");
  });

  test("what a living platform cannot take is refused before anything goes", async () => {
    platform.configure({
      ...settings({ ...edited, kubernetesVersion: "1.35.4" }),
      network: { cidr: "10.182.0.0/24", podCidr: "10.234.0.0/18" },
    });
    const { code, stderr } = await platform.kpaas("up");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/network\.podCidr.*10\.233\.64\.0\/18/);
    expect(stderr).toMatch(/kubernetesVersion.*1\.36\.3/);
    platform.configure(settings(madeAnew));
    expect(await platform.changes("up")).toEqual([]);
  });
});

test("first boot run again changes nothing", async () => {
  const before = await platform.kubectlOk([
    "get",
    "pods",
    "-A",
    "-o",
    "jsonpath={.items[*].status.containerStatuses[*].restartCount}",
  ]);
  for (const machine of Object.keys(await addresses(platform))) {
    const result = await platform.machine(
      machine,
      "systemctl start kpaas-first-boot && /usr/local/lib/kpaas/first-boot",
    );
    expect({ machine, ...result }).toMatchObject({ machine, code: 0 });
  }
  await eventually(30, () => platform.kubectlOk(["get", "--raw", "/readyz"]));
  const after = await platform.kubectlOk([
    "get",
    "pods",
    "-A",
    "-o",
    "jsonpath={.items[*].status.containerStatuses[*].restartCount}",
  ]);
  expect(after).toBe(before);
});

/** Gives what a command printed; throws its own error when it failed. */
function succeeded({ code, stdout, stderr }: Run): string {
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

function deployment(image: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "hello" },
        spec: { accessModes: ["ReadWriteMany"], resources: { requests: { storage: "10Mi" } } },
      },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "hello" },
        spec: {
          strategy: { type: "Recreate" },
          selector: { matchLabels: { app: "hello" } },
          template: {
            metadata: { labels: { app: "hello" } },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [
                {
                  name: "hello",
                  image,
                  command: ["sh", "-c", "echo hello >> /data/greeting; exec sleep 86400"],
                  volumeMounts: [{ name: "data", mountPath: "/data" }],
                },
              ],
              volumes: [{ name: "data", persistentVolumeClaim: { claimName: "hello" } }],
            },
          },
        },
      },
    ],
  });
}

cisBenchmark(platform, settings(madeAnew));
