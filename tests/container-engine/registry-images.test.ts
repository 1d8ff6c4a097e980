import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { neededImages } from "../../cluster/images.ts";
import {
  type BootFile,
  machineFiles,
  type PlatformFacts,
  registrySecretFiles,
  secretFiles,
} from "../../components/first-boot/index.ts";
import { platformRegistry, platformRegistryPush } from "../../config/image-sources.ts";
import { planMachines } from "../../config/machines.ts";
import { versions } from "../../config/versions.ts";
import { eventually } from "../../lib/eventually.ts";
import { blobPath, ociMediaTypes, refName } from "../../lib/oci-layout.ts";
import { repository } from "../../lib/repository.ts";
import { tarOf } from "../../lib/tar.ts";
import { toYaml } from "../../lib/yaml.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ended, ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { registryOrigin } from "../../provider/image-origins.ts";
import type { Context } from "../../provider/resource.ts";
import { handler } from "../../provider/resources/registry-images.ts";
import { type IssuedCertificate, issue, selfSignedAuthority } from "../../provider/x509.ts";
import { exampleEnvironment } from "../harness/environments/example-environment.ts";

const name = `fill-${process.pid}`;
const upstream = `${name}-upstream`;
const registry = `${name}-registry`;
const password = "correct-horse-battery-staple";
const busybox = `docker.io/library/busybox:${versions.busybox}`;

const environment = exampleEnvironment({ containerPlatform: { registry: { fill: "installer" } } });
const machines = planMachines(environment);
const images = neededImages({ environment, machines, sharedVolumePath: "/srv/shared" }).map(
  ({ reference, host, repository, tag }) => ({
    ...{ reference, host, repository, tag },
  }),
);

let engine: Docker;
let networkId: string;
let folder: string;
let publicCa: IssuedCertificate;
let upstreamEndpoint: string;
let inputs: Record<string, unknown>;
let registryEndpoint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-fill-"));
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  const cidr = "10.253.83.0/24";
  const range = { gateway: "10.253.83.1", dynamicCidr: "10.253.83.128/25" };
  networkId = await createNetwork({ networkName: `kpaas-${name}`, environment: name, cidr, ...range });
  const machine = async (hostname: string, flavor: "machine" | "registry") =>
    createMachine({
      ...{ hostname, environment: name, role: "registry", machineName: hostname, networkId },
      image: await ensureMachineImage(flavor, versions.kubernetes, console.log),
      ...{ userData: "#cloud-config\n{}\n", firewall: "flush ruleset\n", volumes: {}, publicPorts: [5000] },
    });
  // The one that comes with images is upstream; the platform's is empty, as on every cloud.
  const endpoints = [await machine(upstream, "registry"), await machine(registry, "machine")];
  [upstreamEndpoint = "", registryEndpoint = ""] = endpoints.map(
    ({ publicEndpoints }) => publicEndpoints["5000"] ?? "",
  );
  for (const hostname of [upstream, registry])
    await eventually(120, () => inMachine(hostname, "systemctl is-system-running"));
  publicCa = await selfSignedAuthority("public", 2);
  const platformCa = await selfSignedAuthority("platform", 2);
  await startUpstream();
  await startPlatformRegistry(platformCa);
  const caCertPem = publicCa.certPem;
  const login = { name: "reader", password };
  const hosts = [...new Set(images.map(({ host }) => host))];
  inputs = {
    ...{ machineId: "1", machineName: "registry", connection: { kind: "container", container: registry } },
    registry: { name: platformRegistryPush(environment), user: "kpaas-admin", password, caCertPem: platformCa.certPem },
    images,
    origins: Object.fromEntries(
      hosts.map((host) => [host, [{ base: `https://${upstreamEndpoint}/v2`, caCertPem, login }]]),
    ),
  };
}, 2_700_000);

afterEach(() => vi.unstubAllEnvs());

afterAll(async () => {
  for (const hostname of [registry, upstream]) await removeMachine(hostname);
  await removeNetwork(networkId);
  const filters = { label: [`${environmentLabel}=${name}`] };
  expect(await engine.listContainers({ all: true, filters })).toEqual([]);
  rmSync(folder, { recursive: true });
});

async function inMachine(hostname: string, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await containerExec(engine, hostname, ["bash", "-euc", command]);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

async function deliver(hostname: string, files: BootFile[]): Promise<void> {
  const entries = files.map(({ path, content, permissions = "0644" }) => [
    path.slice(1),
    { content, mode: Number.parseInt(permissions, 8) },
  ]);
  await engine.getContainer(hostname).putArchive(await tarOf(Object.fromEntries(entries)), { path: "/" });
}

const issued = (authority: IssuedCertificate, dnsNames: string[]) =>
  issue(authority, {
    commonName: "registry",
    dnsNames,
    ipAddresses: ["127.0.0.1"],
    usages: ["server"],
    validityDays: 1,
  });

/** Serves the images of the machine with a login, and notes who asks for what. */
async function startUpstream(): Promise<void> {
  const { certPem, keyPem } = await issued(publicCa, ["upstream.test"]);
  await deliver(upstream, [
    { path: "/srv/tls.crt", content: certPem },
    { path: "/srv/tls.key", content: keyPem },
    {
      path: "/srv/config.yaml",
      content: `version: 0.1
log: { level: info }
storage: { filesystem: { rootdirectory: /opt/kpaas/images }, maintenance: { readonly: { enabled: true } } }
http: { addr: ":5000", tls: { certificate: /srv/tls.crt, key: /srv/tls.key } }
auth: { htpasswd: { realm: upstream, path: /srv/users } }
`,
    },
  ]);
  await inMachine(
    upstream,
    `systemctl stop docker-registry
    htpasswd -nbB reader ${password} >/srv/users
    systemd-run -q --unit=upstream docker-registry serve /srv/config.yaml
    until curl -sko /dev/null https://127.0.0.1:5000/v2/; do sleep 0.2; done`,
  );
}

/** Starts the platform's registry by its own first boot. */
async function startPlatformRegistry(authority: IssuedCertificate): Promise<void> {
  const { certPem, keyPem } = await issued(authority, [platformRegistry(environment).split(":")[0] ?? ""]);
  const facts: PlatformFacts = { environment, machines, platformCaPem: authority.certPem, kubernetesCaPin: "" };
  const plan = machines.find(({ role }) => role === "registry");
  if (!plan) throw new Error("there is no registry");
  const users = [
    { name: "kpaas-admin", password },
    { name: "kpaas-node", password },
  ];
  await deliver(registry, [
    ...machineFiles(plan, facts),
    ...secretFiles(registrySecretFiles({ tlsCertPem: certPem, tlsKeyPem: keyPem, users })),
    { path: "/etc/kpaas/revision", content: "1\n" },
  ]);
  // As an earlier release left it: one instance for all, that let every login write and delete.
  const folder = "/etc/docker/registry";
  const store = "/var/lib/docker-registry/data";
  const earlier = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: store }, cache: { blobdescriptor: "inmemory" }, delete: { enabled: true } },
    http: { addr: ":5000", tls: { certificate: `${folder}/tls.crt`, key: `${folder}/tls.key` } },
    auth: { htpasswd: { realm: "kpaas", path: `${folder}/htpasswd` } },
  };
  await deliver(registry, [{ path: `${folder}/config.yml`, content: toYaml(earlier) }]);
  await inMachine(
    registry,
    `cd ${folder}
    cp /etc/kpaas/secrets/tls.* .
    for user in ${users.map(({ name }) => name).join(" ")}; do htpasswd -nbB $user ${password}; done | sed '/^$/d' >htpasswd
    install -d -o docker-registry ${store}
    chown docker-registry: tls.* htpasswd
    mv /etc/systemd/system/docker-registry.service.d /srv
    systemctl daemon-reload
    systemctl start docker-registry
    timeout 30 bash -c 'until curl -sko /dev/null https://127.0.0.1:5000/v2/; do sleep 0.2; done'`,
  );
  expect(await asked(registry, "127.0.0.1:5000", "kpaas-node", "POST", "team/a/blobs/uploads/", "-d ''")).toBe("202");
  const unit = "mv /srv/docker-registry.service.d /etc/systemd/system/\nsystemctl daemon-reload";
  await inMachine(registry, `${unit}\n/usr/local/lib/kpaas/first-boot`);
}

const context = (reported: string[] = []): Context => ({
  ...{ name: "images", environment: "test", signal: new AbortController().signal },
  report: (message) => void reported.push(message),
  warn: () => {},
});
const fill = (reported?: string[], more: object = {}) => handler.create({ ...inputs, ...more }, context(reported));
const missing = async () => {
  const seen = (await handler.read?.("registry/images", { ...inputs, missing: [] }, context())) as {
    missing: string[];
  };
  return seen.missing;
};
const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: Error) => error.message,
  );

/** Lists the blobs that upstream was asked for, each time. */
const blobsAsked = async (): Promise<string[]> =>
  (await inMachine(upstream, "journalctl -u upstream -o cat | grep -o 'GET /v2/[^ ]*/blobs/sha256:[0-9a-f]*' || true"))
    .split("\n")
    .filter(Boolean);

/** Empties the store as a lost disk does. */
const empty = () =>
  inMachine(
    registry,
    `systemctl stop docker-registry kpaas-registry-push
    rm -rf /var/lib/docker-registry/data/docker
    systemctl start docker-registry kpaas-registry-push
    for port in 5000 5001; do until curl -sko /dev/null https://127.0.0.1:$port/v2/; do sleep 0.2; done; done`,
  );

/** Pulls an image of the platform's registry as a client of another maker: it holds everything against its digest. */
async function pulled(image: string): Promise<string[]> {
  const authconfig = { username: "kpaas-node", password, serveraddress: registryEndpoint };
  await ended(engine, await engine.pull(`${registryEndpoint}/${image}`, { authconfig }));
  const there = engine.getImage(`${registryEndpoint}/${image}`);
  const { RootFS } = await there.inspect();
  await there.remove({ force: true });
  return RootFS.Layers ?? [];
}

test("a filling that is killed goes on where it was: upstream gives no blob again that was through", async () => {
  const program = join(repository, "tests/container-engine/fill-once.ts");
  const child = spawn(process.execPath, ["--import", "tsx", program], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(JSON.stringify(inputs));
  const gone = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (Number(/^(\d+) of/.exec(line)?.[1]) >= 4) break;
  child.kill("SIGKILL");
  await gone;
  const lacking = await missing();
  expect(lacking.length).toBeGreaterThan(0);
  expect(lacking.length).toBeLessThan(images.length - 3);
  const before = await blobsAsked();
  const stored = new Set(
    (await inMachine(registry, "ls /var/lib/docker-registry/data/docker/registry/v2/blobs/sha256/*")).match(
      /^[0-9a-f]{64}$/gm,
    ),
  );

  const reported: string[] = [];
  await fill(reported);
  expect(reported.at(-1)).toContain(`${images.length} of ${images.length} images are there`);
  const again = (await blobsAsked()).slice(before.length).map((asked) => asked.slice(-64));
  expect(again.length).toBeGreaterThan(0);
  expect(again.filter((digest) => stored.has(digest))).toEqual([]);
  expect(new Set(again).size).toBe(again.length);
  expect(await missing()).toEqual([]);
  expect((await pulled(busybox.replace("docker.io/", ""))).length).toBeGreaterThan(0);
  // Nothing of the killed run stays in the machine.
  expect(await inMachine(registry, "ps -eo args | grep -c '[k]paas-tunnel' || true")).toBe("0");

  const all = await blobsAsked();
  await fill();
  expect(await blobsAsked()).toEqual(all);
}, 600_000);

const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Asks the platform's registry from a machine, by a login; gives the status, or curl's word where nothing answers. */
const asked = (from: string, address: string, login: string, method: string, path: string, more = "") =>
  inMachine(
    from,
    `curl -sk -o /dev/null -w '%{http_code}' --max-time 5 ${login && `-u ${login}:${password}`} -X ${method} ${more} \\
      -H 'Content-Type: ${manifestType}' -H 'Accept: ${manifestType}' https://${address}/v2/${path} || true`,
  );

test("nodes' login reads and writes nothing, nobody deletes, and no other machine reaches what writes", async () => {
  const address = await inMachine(registry, "hostname -I | cut -d ' ' -f 1");
  const reading = `${address}:5000`;
  const [{ repository: name = "", tag = "" } = {}] = images.filter(({ reference }) => reference === busybox);
  const manifest = `${name}/manifests/${tag}`;
  const digest = await inMachine(
    upstream,
    `curl -sk -u kpaas-node:${password} https://${reading}/v2/${manifest} -H 'Accept: ${manifestType}' -o /srv/manifest -D - | tr -d '\\r' | sed -n 's/^Docker-Content-Digest: //Ip'`,
  );
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  for (const login of ["kpaas-node", "kpaas-admin"]) {
    const ask = (method: string, path: string, more?: string) => asked(upstream, reading, login, method, path, more);
    expect(await ask("GET", manifest)).toBe("200");
    expect(await ask("PUT", manifest, "--data-binary @/srv/manifest")).toBe("405");
    expect(await ask("DELETE", `${name}/manifests/${digest}`)).toBe("405");
    expect(await ask("DELETE", `${name}/blobs/${digest}`)).toBe("405");
    expect(await ask("POST", `${name}/blobs/uploads/`, "-d ''")).toBe("405");
  }
  expect(await asked(upstream, reading, "", "PUT", manifest, "-d '{}'")).toBe("401");
  // From another machine there is nothing; on its own, where an operator's connection ends, nodes' login is none.
  expect(await asked(upstream, `${address}:5001`, "kpaas-admin", "GET", "")).toBe("000");
  expect(await asked(registry, `${address}:5001`, "kpaas-admin", "GET", "")).toBe("000");
  const writing = "127.0.0.1:5001";
  expect(await asked(registry, writing, "kpaas-node", "GET", "")).toBe("401");
  expect(await asked(registry, writing, "kpaas-admin", "GET", "")).toBe("200");
  expect(await asked(registry, writing, "kpaas-admin", "DELETE", `${name}/manifests/${digest}`)).toBe("405");
  expect(await asked(registry, writing, "kpaas-admin", "POST", `${name}/blobs/uploads/`, "-d ''")).toBe("202");
  // The reading instance's program could not, whatever it were brought to do.
  const pid = await inMachine(registry, "systemctl show -p MainPID --value docker-registry");
  const touch = `nsenter -t ${pid} -m touch /var/lib/docker-registry/data/docker/x`;
  expect(await failure(inMachine(registry, touch))).toContain("Read-only file system");
});

test("an image of a newer version comes by itself; one that upstream has not is named", async () => {
  const nowhere = {
    reference: "docker.io/library/nowhere:2",
    host: "docker.io",
    repository: "library/nowhere",
    tag: "2",
  };
  const said = await failure(fill([], { images: [...images, nowhere] }));
  expect(said).toBe(
    `images that could not be put into the platform's registry: 1\ndocker.io/library/nowhere:2: ${upstreamEndpoint}: not found (404)`,
  );
  const wrong = { "docker.io": [{ base: `https://${upstreamEndpoint}/v2`, caCertPem: publicCa.certPem }] };
  const refused = await failure(fill([], { images: [nowhere], origins: wrong }));
  expect(refused).toContain("refused, no such image or another login (401)");
});

test("a registry that was emptied is seen, and filled from an OCI image layout; a flipped byte is refused", async () => {
  const few = images.filter(({ reference }) => reference === busybox || reference.includes("/pause:"));
  await writeLayout(few);
  await empty();
  expect(await missing()).toEqual(images.map(({ reference }) => reference));
  const asked = await blobsAsked();
  vi.stubEnv("KPAAS_IMAGE_LAYOUT", folder);
  await fill([], { images: few });
  expect(await missing()).toEqual(images.filter((one) => !few.includes(one)).map(({ reference }) => reference));
  expect((await pulled(busybox.replace("docker.io/", ""))).length).toBeGreaterThan(0);
  expect(await blobsAsked()).toEqual(asked);

  await empty();
  const { layers } = JSON.parse(String(readFileSync(blobPath(folder, manifestDigest(busybox)))));
  const path = blobPath(folder, layers[0].digest);
  const content = readFileSync(path);
  content[100] = (content[100] ?? 0) ^ 1;
  writeFileSync(path, content);
  const said = await failure(fill([], { images: few }));
  expect(said).toContain(`${busybox}: ${folder}: the blob ${layers[0].digest} is damaged`);
  expect(await missing()).toContain(busybox);
  expect(await missing()).not.toContain(few.find(({ reference }) => reference !== busybox)?.reference);
});

test("content of upstream's that is not what its digest says is refused", async () => {
  await empty();
  const { layers } = JSON.parse(String(readFileSync(blobPath(folder, manifestDigest(busybox)))));
  const hex = layers[0].digest.slice(7);
  await inMachine(
    upstream,
    `printf X | dd conv=notrunc bs=1 seek=100 status=none of=/opt/kpaas/images/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`,
  );
  const said = await failure(fill([], { images: images.filter(({ reference }) => reference === busybox) }));
  expect(said).toContain(`${busybox}: ${upstreamEndpoint}: its content of sha256:${hex} has another digest`);
  expect(await missing()).toContain(busybox);
});

const manifestDigest = (reference: string): string =>
  JSON.parse(String(readFileSync(join(folder, "index.json")))).manifests.find(
    (one: { annotations: Record<string, string> }) => one.annotations[refName] === reference,
  ).digest;

/** Writes images of upstream as a layout. */
async function writeLayout(wanted: typeof images): Promise<void> {
  const access = { base: `https://${upstreamEndpoint}/v2`, caCertPem: publicCa.certPem };
  const origin = registryOrigin({ ...access, login: { name: "reader", password } }, "amd64");
  mkdirSync(join(folder, "blobs", "sha256"), { recursive: true });
  const manifests: object[] = [];
  for (const image of wanted) {
    const found = await origin.image(image);
    for (const { digest } of found.blobs) {
      const chunks: Buffer[] = [];
      for await (const chunk of await found.open(digest)) chunks.push(chunk);
      writeFileSync(blobPath(folder, digest), Buffer.concat(chunks));
    }
    for (const { digest, mediaType, content } of found.manifests) {
      writeFileSync(blobPath(folder, digest), content);
      manifests.push({ mediaType, digest, size: content.length, annotations: { [refName]: image.reference } });
    }
  }
  origin.close();
  writeFileSync(join(folder, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(folder, "index.json"),
    JSON.stringify({ schemaVersion: 2, mediaType: ociMediaTypes.index, manifests }),
  );
}
