import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { registryConfig } from "../../components/first-boot/registry.ts";
import { versions } from "../../config/versions.ts";
import { toYaml } from "../../lib/yaml.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { ensureImages, ensurePrograms, imageDigests, programsFolder } from "../../local/kubernetes-release.ts";
import { environmentLabel } from "../../local/labels.ts";
import { createMachine, type MachineSpec, machineState, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { createVolume, removeVolume } from "../../local/volume.ts";
import { PartlyCreated } from "../../provider/resource.ts";
import { handler } from "../../provider/resources/local-machine.ts";
import { handler as digestsHandler } from "../../provider/resources/local-registry-digests.ts";
import { imageNames, registryTree } from "../../toolchain/oci-images.ts";
import { functionsOf } from "../harness/first-boot/functions.ts";

/** Version of the machines' images. */
const own = versions.kubernetes;
const other = "1.35.4";

const environment = `release-${process.pid}`;
const volume = `${environment}-data`;
const dataPath = "/var/lib/docker-registry";
const report = (message: string) => console.log(message);
const context = { name: "test", environment, signal: new AbortController().signal, report, warn: report };

let engine: Docker;
let node: MachineSpec;
let registry: MachineSpec;

beforeAll(async () => {
  await ensureContainerEngine(report);
  engine = await connectContainerEngine();
  const networkId = await createNetwork({
    networkName: `kpaas-${environment}`,
    environment,
    cidr: "10.253.79.0/24",
    gateway: "10.253.79.1",
    dynamicCidr: "10.253.79.128/25",
  });
  await createVolume(volume, environment);
  const machine = async (role: "worker" | "registry"): Promise<MachineSpec> => ({
    hostname: `${environment}-${role}`,
    environment,
    role,
    machineName: role,
    image: await ensureMachineImage(role === "registry" ? "registry" : "machine", own, report),
    networkId,
    userData: "#cloud-config\n{}\n",
    firewall: "flush ruleset\n",
    volumes: role === "registry" ? { [dataPath]: volume } : {},
    publicPorts: [],
    kubernetesVersion: own,
  });
  node = await machine("worker");
  registry = await machine("registry");
  // Built here, not within a test's time, where it is not cached.
  await registryTree(other, report);
}, 2_700_000);

afterAll(async () => {
  for (const { hostname } of [node, registry]) await removeMachine(hostname);
  await removeNetwork(node.networkId);
  await removeVolume(volume);
  const filters = { label: [`${environmentLabel}=${environment}`] };
  expect(await engine.listContainers({ all: true, filters })).toEqual([]);
});

async function inMachine({ hostname }: MachineSpec, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

const versionsIn = async (folder: string) =>
  (
    await inMachine(
      node,
      `cd ${folder} && ./kubeadm version -o short && ./kubelet --version && ./kubectl version --client`,
    )
  ).match(/v1\.\d+\.\d+/g);
const listed = async () => (await inMachine(node, `ls -A ${programsFolder}`)).split("\n");

/** Installs a version's programs as first boot does. */
const installed = async (version: string) => {
  const text = await functionsOf("node.sh", "install_kubernetes", "program_version");
  await inMachine(
    node,
    `run=/run\nKPAAS_KUBERNETES_VERSION=${version}\n${text}\ninstall_kubernetes kubeadm kubelet kubectl`,
  );
  return inMachine(node, "kubelet --version; kubeadm version -o short");
};

test("a machine whose image has the version wanted has it in place of its own, without a copy", async () => {
  const { id, outputs } = await handler.create(node, context);
  expect(await listed()).toEqual(["delivered", `v${own}`]);
  expect(await inMachine(node, `readlink ${programsFolder}/v${own}/kubelet`)).toBe("/usr/bin/kubelet");
  expect(await versionsIn(`${programsFolder}/v${own}`)).toEqual([`v${own}`, `v${own}`, `v${own}`]);
  expect(handler.replaceOn).not.toContain("kubernetesVersion");
  await handler.update?.(id, { ...node, ...outputs }, { ...node, kubernetesVersion: other }, context);
  expect((await handler.read?.(id, node, context)) ?? "gone").toEqual(outputs);
});

test("another version is put into the running machine beside the image's own programs", async () => {
  expect(await versionsIn(`${programsFolder}/v${other}`)).toEqual([`v${other}`, `v${other}`, `v${other}`]);
  expect(await inMachine(node, "/usr/bin/kubelet --version")).toBe(`Kubernetes v${own}`);
  expect(await inMachine(node, `stat -c '%U %a' ${programsFolder}/v${other} ${programsFolder}/v${other}/kubelet`)).toBe(
    "root 755\nroot 755",
  );
});

test("programs that a machine has lost are seen, and put there again", async () => {
  const wanted = { ...node, kubernetesVersion: other };
  const { id = "" } = (await machineState(node.hostname)) ?? {};
  await inMachine(node, `rm -r ${programsFolder}/v${other}`);
  const seen = { ...wanted, ...(await handler.read?.(id, wanted, context)) };
  expect(handler.needsUpdate?.(seen)).toBe(true);
  await handler.update?.(id, seen, wanted, context);
  expect(await versionsIn(`${programsFolder}/v${other}`)).toEqual([`v${other}`, `v${other}`, `v${other}`]);
  expect(handler.needsUpdate?.({ ...wanted, ...(await handler.read?.(id, wanted, context)) })).toBe(false);
});

test("first boot takes the version wanted from there, to and fro", async () => {
  expect(await installed(other)).toBe(`Kubernetes v${other}\nv${other}`);
  expect(await installed(own)).toBe(`Kubernetes v${own}\nv${own}`);
});

test("a delivery that was killed leaves no version in part, and the next one ends it", async () => {
  await inMachine(node, `rm -r ${programsFolder}/v${other}`);
  const call = `import { ensurePrograms } from ${JSON.stringify(new URL("../../local/kubernetes-release.ts", import.meta.url).href)};
    await ensurePrograms(${JSON.stringify(node.hostname)}, ${JSON.stringify(other)}, console.log);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", call], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  await once(child.stdout, "data");
  await sleep(50);
  child.kill("SIGKILL");
  await ended;
  await expect.poll(() => inMachine(node, "pgrep -c -x tar || true"), { timeout: 20_000 }).toBe("0");
  expect(await listed()).not.toContain(`v${other}`);
  await ensurePrograms(node.hostname, other, report);
  expect(await versionsIn(`${programsFolder}/v${other}`)).toEqual([`v${other}`, `v${other}`, `v${other}`]);
  expect(await listed()).toEqual(["delivered", `v${other}`, `v${own}`]);
});

test("what is there is not sent again; of older versions the newest stays", async () => {
  const ageOf = () => inMachine(node, `stat -c %z ${programsFolder}/v${other}/kubelet`);
  const before = await ageOf();
  await ensurePrograms(node.hostname, other, report);
  expect(await ageOf()).toBe(before);
  await inMachine(node, `cd ${programsFolder} && rm -r v${other} && mkdir v1.34.10 v1.34.9`);
  await ensurePrograms(node.hostname, other, report);
  expect(await listed()).toEqual(["delivered", `v${other}`, `v${own}`]);
});

test("first boot of a new machine waits for programs that its image has not", async () => {
  await removeMachine(node.hostname);
  await createMachine({ ...node, kubernetesVersion: other });
  const first = installed(other);
  await sleep(1000);
  await ensurePrograms(node.hostname, other, report);
  expect(await first).toBe(`Kubernetes v${other}\nv${other}`);
});

test("a machine whose version cannot be had is known to the engine, which goes on with it", async () => {
  const failed = await Promise.resolve(handler.create({ ...node, kubernetesVersion: "0.0.1" }, context)).catch(
    (error) => error,
  );
  expect(failed).toBeInstanceOf(PartlyCreated);
  expect(failed.message).toMatch(/^Kubernetes 0\.0\.1 cannot be had: .*\nset kubernetesVersion to one of 1\.35\.4, /s);
  const outputs = failed.outputs as object;
  expect(await handler.read?.(failed.id, node, context)).toEqual({ ...outputs, lacksPrograms: true });
  await handler.update?.(failed.id, { ...node, ...outputs }, { ...node, kubernetesVersion: other }, context);
  expect(await versionsIn(`${programsFolder}/v${other}`)).toEqual([`v${other}`, `v${other}`, `v${other}`]);
});

/** Mounts the image store as first boot does. */
const mountStore = async () => {
  const text = await functionsOf("registry.sh", "mount_images", "own_data");
  await inMachine(registry, `data=${dataPath}; images=/opt/kpaas/images\n${text}\nmount_images\nown_data`);
};

/** Asks the registry for something; gives the status and the body's checksum. */
const ask = async (path: string, method = "GET") =>
  (
    await inMachine(
      registry,
      `curl -s -X ${method} -H 'Accept: application/vnd.oci.image.manifest.v1+json' -o /tmp/body \
        -w '%{http_code} ' http://127.0.0.1:5000/v2/${path}; sha256sum </tmp/body`,
    )
  )
    .split(/\s+/)
    .slice(0, 2);

test("a running registry serves the images of another version at once, and keeps what it has", async () => {
  await createMachine(registry);
  await expect
    .poll(() => inMachine(registry, "systemctl is-system-running || true"), { timeout: 60_000 })
    .toBe("running");
  await mountStore();
  const { log, storage, version } = registryConfig(`${dataPath}/data`, "push");
  const config = toYaml({ version, log, storage, http: { addr: ":5000" } });
  await inMachine(
    registry,
    `cat >/etc/docker/registry/config.yml <<'EOF'\n${config}EOF\nsystemctl start docker-registry`,
  );
  await expect
    .poll(() => ask(`kube-proxy/manifests/v${own}`), { timeout: 20_000 })
    .toMatchObject(["200", expect.anything()]);
  const pid = await inMachine(registry, "systemctl show -p MainPID --value docker-registry");
  const names = imageNames(other).filter(({ tag }) => tag === `v${other}`);
  expect(names.map(({ repository }) => repository)).toContain("kube-apiserver");
  for (const { repository, tag } of names)
    expect(await ask(`${repository}/manifests/${tag}`)).toMatchObject(["404", expect.anything()]);

  await ensureImages(registry.hostname, other, report);

  for (const { repository, tag } of [...names, ...imageNames(own)]) {
    const [status] = await ask(`${repository}/manifests/${tag}`);
    expect(status, `${repository}:${tag}`).toBe("200");
    const manifest = JSON.parse(await inMachine(registry, "cat /tmp/body")) as Record<"layers", { digest: string }[]>;
    for (const { digest } of manifest.layers)
      expect(await ask(`${repository}/blobs/${digest}`)).toEqual(["200", digest.replace("sha256:", "")]);
  }
  expect(await inMachine(registry, "systemctl show -p MainPID --value docker-registry")).toBe(pid);
  const digests = await imageDigests(registry.hostname, [own, other]);
  for (const { host, repository, tag } of [...names, ...imageNames(own)])
    expect(digests[`${host}/${repository}:${tag}`]).toBe(`sha256:${(await ask(`${repository}/manifests/${tag}`))[1]}`);
  // It can be pushed to, too: folders that were added are the registry's.
  expect(await ask("kube-apiserver/blobs/uploads/", "POST")).toMatchObject(["202", expect.anything()]);
  expect(await inMachine(registry, `find ${dataPath}/data -type d ! -user docker-registry`)).toBe("");
});

const digestsOf = async (kubernetesVersions: string[]) => {
  const inputs = { machineId: "1", hostname: registry.hostname, kubernetesVersions };
  const { outputs } = await digestsHandler.create(inputs, context);
  return (outputs as { digests: Record<string, string> }).digests;
};

test("a known image under a new tag is pushed into a repository that came with the machine, and into one that came later", async () => {
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const copiedUp = `find ${dataPath}/upper/docker/registry/v2/blobs -name data | sort`;
  const before = await inMachine(registry, copiedUp);
  const noted = await digestsOf([own]);
  for (const version of [own, other]) {
    const [, digest] = await ask(`kube-proxy/manifests/v${version}`);
    const pushed = await inMachine(
      registry,
      `curl -s -X PUT -H 'Content-Type: ${mediaType}' --data-binary @/tmp/body -w '%{http_code}' \
        http://127.0.0.1:5000/v2/kube-proxy/manifests/mine-${version}`,
    );
    expect(pushed, version).toBe("201");
    expect(await ask(`kube-proxy/manifests/mine-${version}`)).toEqual(["200", digest]);
    // A client that copies an image gives all of its blobs first, which are known.
    const { config } = JSON.parse(await inMachine(registry, "cat /tmp/body")) as Record<"config", { digest: string }>;
    const mounted = `kube-proxy/blobs/uploads/?mount=${config.digest}&from=kube-apiserver`;
    expect((await ask(`'${mounted}'`, "POST"))[0]).toMatch(/^20[12]$/);
    const blob = `curl -sL http://127.0.0.1:5000/v2/kube-proxy/blobs/${config.digest} -o /tmp/blob
      where=$(curl -s -X POST -o /dev/null -w '%header{location}' http://127.0.0.1:5000/v2/kube-proxy/blobs/uploads/)
      curl -s -X PUT -H 'Content-Type: application/octet-stream' --data-binary @/tmp/blob -w '%{http_code}' "$where&digest=${config.digest}"`;
    expect(await inMachine(registry, blob), version).toBe("201");
  }
  expect(await inMachine(registry, copiedUp)).toBe(before);

  // Another image under a tag of the platform's: what was noted stays, and a version that comes later is noted besides.
  const [, digest] = await ask(`kube-proxy/manifests/v${other}`);
  const replaced = `curl -s -X PUT -H 'Content-Type: ${mediaType}' --data-binary @/tmp/body -o /dev/null -w '%{http_code}' \
    http://127.0.0.1:5000/v2/kube-proxy/manifests/v${own}`;
  expect(await inMachine(registry, replaced)).toBe("201");
  const reference = `registry.k8s.io/kube-proxy:v${own}`;
  expect((await digestsOf([own]))[reference]).toBe(`sha256:${digest}`);
  const inputs = { machineId: "1", hostname: registry.hostname, kubernetesVersions: [other, own] };
  const later = (await digestsHandler.update?.("1", { ...inputs, digests: noted }, inputs, context)) as {
    digests: Record<string, string>;
  };
  expect(later.digests[reference]).toBe(noted[reference]);
  expect(later.digests[`registry.k8s.io/kube-proxy:v${other}`]).toBe(`sha256:${digest}`);
});

test("what an image lacks is sent again, nothing else is, and it waits for a store that first boot mounts yet", async () => {
  const store = `${dataPath}/data/docker/registry/v2`;
  const tag = `${store}/repositories/kube-apiserver/_manifests/tags/v${other}/current/link`;
  const kept = () =>
    inMachine(registry, `stat -c %z ${store}/repositories/kube-proxy/_manifests/tags/v${other}/current/link`);
  const before = await kept();
  await inMachine(registry, `rm ${tag}\nsystemctl stop docker-registry\numount ${dataPath}/data`);
  const adding = ensureImages(registry.hostname, other, report);
  expect(await Promise.race([adding, sleep(2000, "waits")])).toBe("waits");
  await mountStore();
  await adding;
  await inMachine(registry, `test -e ${tag}`);
  expect(await kept()).toBe(before);
});
