import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { imageReference } from "../../config/images.ts";
import { versions } from "../../config/versions.ts";
import { UserError } from "../../lib/errors.ts";
import { repository } from "../../lib/repository.ts";
import { run } from "../../lib/run.ts";
import { debianPackages, dynamicLoader, withLoader } from "../../toolchain/debian-packages.ts";
import { kubectl, kubernetesBinaries, kubernetesPrograms } from "../../toolchain/kubernetes.ts";
import { imageNames, registryTree } from "../../toolchain/oci-images.ts";
import { pulumiCommand } from "../../toolchain/pulumi.ts";

const report = (message: string) => console.log(message);
const ends: (() => Promise<unknown>)[] = [];
let registry: string;
let skopeo: (...words: string[]) => Promise<string>;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "kpaas-toolchain-"));
  ends.push(() => rm(folder, { recursive: true }));
  const { dir } = await registryTree(versions.kubernetes, report);
  const root = await debianPackages("registry-test", ["docker-registry", "skopeo"], report);
  const loader = await dynamicLoader(root);
  const port = await freePort();
  await writeFile(
    join(folder, "registry.yml"),
    JSON.stringify({
      version: "0.1",
      storage: { filesystem: { rootdirectory: dir }, maintenance: { readonly: { enabled: true } } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const [command, words] = withLoader(
    loader,
    join(root, "usr/bin/docker-registry"),
    "serve",
    join(folder, "registry.yml"),
  );
  const server = spawn(command, words, { stdio: "ignore" });
  const closed = once(server, "close");
  ends.push(() => {
    server.kill();
    return closed;
  });
  registry = `127.0.0.1:${port}`;
  await vi.waitFor(async () => expect((await fetch(`http://${registry}/v2/`)).ok).toBe(true), { timeout: 20_000 });
  skopeo = (...args) => run(...withLoader(loader, join(root, "usr/bin/skopeo"), "--insecure-policy", ...args));
});

afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

test.each(imageNames(versions.kubernetes))(
  "a registry serves $repository:$tag from the tree, with digests that a client accepts",
  async ({ repository, tag }) => {
    const folder = await mkdtemp(join(tmpdir(), "kpaas-image-"));
    try {
      await skopeo("copy", "--src-tls-verify=false", `docker://${registry}/${repository}:${tag}`, `dir:${folder}`);
      expect(existsSync(join(folder, "manifest.json"))).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test("kube-proxy's image names protocols, as its packet filter must tell it names: by numbers it deletes its own rules", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kpaas-image-"));
  try {
    const reference = `docker://${registry}/kube-proxy:v${versions.kubernetes}`;
    await skopeo("copy", "--src-tls-verify=false", reference, `dir:${folder}`);
    const { layers } = JSON.parse(await readFile(join(folder, "manifest.json"), "utf8"));
    const packetFilter: string = layers[0].digest.replace("sha256:", "");
    const names = await run("tar", ["-xOf", join(folder, packetFilter), "etc/protocols"]);
    expect(names).toMatch(/^tcp\s+6\b/m);
    expect(names).toMatch(/^udp\s+17\b/m);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a tag that is not in the tree is not served", async () => {
  await expect(skopeo("inspect", "--tls-verify=false", `docker://${registry}/pause:0`)).rejects.toThrow(
    /manifest unknown/,
  );
});

test("every Kubernetes program says its version", async () => {
  const { dir } = await kubernetesBinaries(versions.kubernetes, report);
  for (const program of kubernetesPrograms) {
    const words = { kubectl: ["version", "--client"], kubeadm: ["version", "-o", "short"] }[program as string];
    expect(await run(join(dir, program), words ?? ["--version"]), program).toContain(`v${versions.kubernetes}`);
  }
  expect(await kubectl(versions.kubernetes, report)).toBe(join(dir, "kubectl"));
});

test("kubeadm asks for the images of Kubernetes itself and pause by the names that the tree has", async () => {
  const { dir } = await kubernetesBinaries(versions.kubernetes, report);
  const wanted = await run(join(dir, "kubeadm"), [
    "config",
    "images",
    "list",
    "--kubernetes-version",
    `v${versions.kubernetes}`,
  ]);
  const made = imageNames(versions.kubernetes).map(imageReference);
  // etcd and CoreDNS are older here; their tags are set in kubeadm's configuration.
  const unset = wanted
    .trim()
    .split("\n")
    .filter((image) => !/\/(etcd|coredns):/.test(image));
  expect(unset).toHaveLength(5);
  expect(made).toEqual(expect.arrayContaining(unset));
});

test("a target of `npm run fetch` may name a version where it has one", async () => {
  const fetching = (...targets: string[]) =>
    run("npx", ["tsx", join(repository, "toolchain/fetch.ts"), ...targets]).catch((error: Error) => error.message);
  const { dir } = await kubernetesBinaries(versions.kubernetes, report);
  expect(await fetching(`kubernetes@${versions.kubernetes}`)).toContain(`kubernetes@${versions.kubernetes}: ${dir} (`);
  expect(await fetching("kubernetes@0.0.1")).toContain("Kubernetes 0.0.1 cannot be had");
  for (const wrong of ["pulumi@1.2.3", "kubernetes@1.36.3@1", "kubelet"])
    expect(await fetching(wrong)).toContain(`there is no tool ${wrong}`);
});

test("a Kubernetes version that exists nowhere is refused with those that can be had", async () => {
  const failure = await kubernetesBinaries("0.0.1", report).catch((error) => error);
  expect(failure).toBeInstanceOf(UserError);
  expect(failure.message).toContain(versions.kubernetes);
});

test("the Pulumi CLI runs and says the version that is announced", async () => {
  const { root, version } = await pulumiCommand(report);
  const printed = await run(join(root, "bin", "pulumi"), ["version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  expect(printed.trim()).toBe(`v${version}`);
});
