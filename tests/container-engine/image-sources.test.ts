import { readFile } from "node:fs/promises";
import type Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type BootFile,
  machineFiles,
  masterSecretFiles,
  mirrorLoginFiles,
  type PlatformFacts,
  registrySecretFiles,
  secretFiles,
} from "../../components/first-boot/index.ts";
import { registryConfig } from "../../components/first-boot/registry.ts";
import { type ImageDigests, images as imageReferences } from "../../config/images.ts";
import { planMachines } from "../../config/machines.ts";
import { versions } from "../../config/versions.ts";
import { eventually } from "../../lib/eventually.ts";
import { tarOf } from "../../lib/tar.ts";
import { toYaml } from "../../lib/yaml.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { environmentLabel } from "../../local/labels.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import { pullScript } from "../../operations/verify/images.ts";
import { writeScript } from "../../operations/verify/registry.ts";
import { type IssuedCertificate, issue, selfSignedAuthority } from "../../provider/x509.ts";
import { exampleEnvironment } from "../harness/environments/example-environment.ts";

const environment = `images-${process.pid}`;
const upstream = `${environment}-upstream`;
const registry = `${environment}-registry`;
const node = `${environment}-node`;

/** Names of upstream's servers, for all of which one machine stands. */
const upstreamNames = ["registry.k8s.io", "registry-1.docker.io", "ghcr.io", "quay.io"];
const platformName = "registry.test.kpaas.internal";
const mirrorName = "mirror.example.com";
const operatorPort = 5443;
const password = "correct-horse-battery-staple";
const busybox = `library/busybox:${versions.busybox}`;

let engine: Docker;
let networkId: string;
let platformCa: IssuedCertificate;
let siteCa: IssuedCertificate;

const report = (message: string) => console.log(message);

beforeAll(async () => {
  await ensureContainerEngine(report);
  engine = await connectContainerEngine();
  networkId = await createNetwork({
    networkName: `kpaas-${environment}`,
    environment,
    cidr: "10.253.80.0/24",
    gateway: "10.253.80.1",
    dynamicCidr: "10.253.80.128/25",
  });
  const machine = async (hostname: string, flavor: "machine" | "registry") =>
    createMachine({
      hostname,
      environment,
      role: "worker",
      machineName: hostname,
      image: await ensureMachineImage(flavor, versions.kubernetes, report),
      networkId,
      userData: "#cloud-config\n{}\n",
      firewall: "flush ruleset\n",
      volumes: {},
      publicPorts: [],
    });
  // The one that comes with images is upstream; the platform's is empty, as on every cloud.
  const { privateIp: upstreamIp } = await machine(upstream, "registry");
  const { privateIp: registryIp } = await machine(registry, "machine");
  await machine(node, "machine");
  for (const hostname of [upstream, registry, node])
    await eventually(120, () => inMachine(hostname, "systemctl is-system-running"));

  platformCa = await selfSignedAuthority("platform", 2);
  siteCa = await selfSignedAuthority("site", 2);
  await startUpstream();
  await startPlatformRegistry();
  const trusted = "/usr/local/share/ca-certificates/public.crt";
  await deliver(node, [{ path: trusted, content: publicCa.certPem }]);
  await inMachine(
    node,
    `update-ca-certificates >/dev/null 2>&1
    cat >>/etc/hosts <<'EOF'
${registryIp} ${platformName}
${upstreamIp} ${[...upstreamNames, mirrorName].join(" ")}
EOF`,
  );
  await deliver(upstream, [{ path: "/etc/kpaas/platform-ca.crt", content: platformCa.certPem }]);
  await inMachine(upstream, `echo '${registryIp} ${platformName}' >>/etc/hosts`);
  await nodeIsOf({});
  await asFirstBoot("start_containerd");
}, 2_700_000);

afterAll(async () => {
  for (const hostname of [node, registry, upstream]) await removeMachine(hostname);
  await removeNetwork(networkId);
  const filters = { label: [`${environmentLabel}=${environment}`] };
  expect(await engine.listContainers({ all: true, filters })).toEqual([]);
});

async function run(hostname: string, command: string) {
  return containerExec(engine, hostname, ["bash", "-euc", command]);
}

async function inMachine(hostname: string, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(hostname, command);
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

let publicCa: IssuedCertificate;

/** Serves the images of the machine as those upstream hosts do, and as a site's mirror with a login another store. */
async function startUpstream(): Promise<void> {
  publicCa = await selfSignedAuthority("public", 2);
  const server = await issue(publicCa, {
    commonName: "upstream",
    dnsNames: upstreamNames,
    usages: ["server"],
    validityDays: 1,
  });
  const mirror = await issue(siteCa, {
    commonName: "mirror",
    dnsNames: [mirrorName],
    usages: ["server"],
    validityDays: 1,
  });
  const config = (name: string, port: number, store: string, more: string) => `version: 0.1
log: { level: info }
storage: { filesystem: { rootdirectory: ${store} } ${more}
http: { addr: ":${port}", tls: { certificate: /srv/${name}.crt, key: /srv/${name}.key } }
`;
  const login = "auth: { htpasswd: { realm: site, path: /srv/users } }";
  await deliver(upstream, [
    { path: "/srv/upstream.crt", content: server.certPem },
    { path: "/srv/upstream.key", content: server.keyPem },
    { path: "/srv/mirror.crt", content: mirror.certPem },
    { path: "/srv/mirror.key", content: mirror.keyPem },
    { path: "/srv/site-ca.crt", content: siteCa.certPem },
    {
      path: "/srv/upstream.yaml",
      content: config("upstream", 443, "/opt/kpaas/images", ", maintenance: { readonly: { enabled: true } } }"),
    },
    { path: "/srv/mirror.yaml", content: config("mirror", 8443, "/srv/store", `}\n${login}`) },
  ]);
  await inMachine(
    upstream,
    `htpasswd -nbB site ${password} >/srv/users
    for name in upstream mirror; do systemd-run -q --unit=$name docker-registry serve /srv/$name.yaml; done
    echo '127.0.0.1 ${mirrorName}' >>/etc/hosts
    until curl -sko /dev/null https://127.0.0.1:443/v2/ && curl -sko /dev/null https://127.0.0.1:8443/v2/; do sleep 0.2; done`,
  );
}

function factsOf(settings: object): PlatformFacts {
  const example = exampleEnvironment({ containerPlatform: { registry: settings } });
  return {
    environment: example,
    machines: planMachines(example),
    platformCaPem: platformCa.certPem,
    kubernetesCaPin: `sha256:${"0".repeat(64)}`,
    sharedVolumePath: "/srv/shared",
  };
}

function filesOf(name: string, facts: PlatformFacts): BootFile[] {
  const plan = facts.machines.find((machine) => machine.name === name);
  if (!plan) throw new Error(`there is no ${name}`);
  return [
    ...machineFiles(plan, facts, { token: "abcdef.0123456789abcdef" }),
    { path: "/etc/kpaas/revision", content: "1\n" },
  ];
}

const pull = { name: "kpaas-node", password };

/** Starts the platform's registry by its own first boot. */
async function startPlatformRegistry(): Promise<void> {
  const server = await issue(platformCa, {
    commonName: platformName,
    dnsNames: [platformName],
    usages: ["server"],
    validityDays: 1,
  });
  const secrets = registrySecretFiles({
    tlsCertPem: server.certPem,
    tlsKeyPem: server.keyPem,
    users: [{ name: "kpaas-admin", password }, pull],
  });
  await deliver(registry, [...filesOf("registry", factsOf({})), ...secretFiles(secrets)]);
  await inMachine(registry, "/usr/local/lib/kpaas/first-boot");
  // Stands for an operator's connection to this machine: it takes images at its loopback only.
  await inMachine(
    registry,
    `systemd-run -q --unit=operator socat TCP-LISTEN:${operatorPort},fork,reuseaddr TCP:127.0.0.1:5001
    until curl -sko /dev/null https://127.0.0.1:${operatorPort}/v2/; do sleep 0.2; done`,
  );
}

/** Makes the node one of an environment with these settings of its registry, as a delivery and first boot do. */
async function nodeIsOf(settings: object, logins = {}, imageDigests: ImageDigests = {}): Promise<void> {
  const facts = { ...factsOf(settings), imageDigests };
  const authority = { certPem: "", keyPem: "" };
  const secrets = masterSecretFiles({
    kubernetesCa: authority,
    etcdCa: authority,
    frontProxyCa: authority,
    serviceAccount: { privateKeyPem: "", publicKeyPem: "" },
    encryptionKey: "",
    registryPull: pull,
  });
  await deliver(node, [
    ...filesOf("master-1", facts).filter(({ path }) => path !== "/etc/kpaas/hosts"),
    ...secretFiles({ ...secrets, ...mirrorLoginFiles(facts.environment, logins) }),
  ]);
  await asFirstBoot("use_image_sources");
}

/** Runs functions of first boot on the node, with the variables that were delivered. */
async function tryAsFirstBoot(command: string) {
  const scripts = ["common.sh", "node.sh"].map((name) =>
    readFile(new URL(`../../components/first-boot/scripts/${name}`, import.meta.url), "utf8"),
  );
  return run(node, `${(await Promise.all(scripts)).join("\n")}\nphase test >/dev/null\n${command}`);
}

async function asFirstBoot(command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await tryAsFirstBoot(command);
  if (exitCode !== 0) throw new Error(`${command}: ${stderr || stdout}`);
  return stdout.trim();
}

/** Copies an image of the upstream machine's into a registry, under another name. */
const push = (image: string, address: string, ca: string, user: string, name: string) =>
  inMachine(
    upstream,
    `store=/opt/kpaas/images/docker/registry/v2 repository=${name.split(":")[0]}
    blob() { hex=\${1#sha256:}; echo $store/blobs/sha256/\${hex:0:2}/$hex/data; }
    api() { curl -fsS --cacert ${ca} -u ${user}:${password} "$@"; }
    manifest=$(blob "$(cat $store/repositories/${image.replace(":", "/_manifests/tags/")}/current/link)")
    for digest in $(grep -o 'sha256:[0-9a-f]*' "$manifest"); do
      upload=$(api -X POST -D - -o /dev/null https://${address}/v2/$repository/blobs/uploads/ | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
      api -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$(blob $digest)" "$upload&digest=$digest"
    done
    api -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$manifest" \\
      https://${address}/v2/$repository/manifests/${name.split(":")[1]}`,
  );

const pushToPlatform = (image: string, name: string) =>
  push(image, `${platformName}:${operatorPort}`, "/etc/kpaas/platform-ca.crt", "kpaas-admin", name);

const images = () => inMachine(node, "ctr -n k8s.io images ls -q");
const removeImages = () => inMachine(node, "ctr -n k8s.io images ls -q | xargs -r ctr -n k8s.io images rm --sync");
const requestsUpstream = async (path: string) =>
  Number(await inMachine(upstream, `journalctl -u upstream -o cat | grep -c '${path}' || true`));

test("with an empty registry every image of first boot comes from upstream, by first boot and by the kubelet's way", async () => {
  const { exitCode, stderr } = await tryAsFirstBoot("await_registry\npull $KPAAS_CONTROL_PLANE_IMAGES $KPAAS_IMAGES");
  expect(exitCode, stderr).toBe(0);
  // Containerd leaves a file aside that it cannot read, and asks upstream alone.
  expect(stderr).not.toContain("hosts.toml");
  for (const image of await asFirstBoot("printf '%s\\n' $KPAAS_CONTROL_PLANE_IMAGES $KPAAS_IMAGES").then((all) =>
    all.split("\n"),
  ))
    expect(await images()).toContain(image);
  await removeImages();
  await inMachine(node, "kubeadm config images pull --config /etc/kpaas/kubeadm-cluster.yaml");
  expect(await images()).toContain(`registry.k8s.io/kube-apiserver:v${versions.kubernetes}`);
  // By a name with tag and digest, as parts inside the cluster have it where the digest is known.
  const coredns = imageReferences.coredns;
  const digest = (await digestsOnNode())[coredns];
  const tag = `v${versions.coredns}`;
  await inMachine(
    node,
    `ctr -n k8s.io images rm --sync ${coredns}
    sed 's/imageTag: ${tag}$/imageTag: ${tag}@${digest}/' /etc/kpaas/kubeadm-cluster.yaml >/srv/by-digest.yaml
    grep -q '@${digest}' /srv/by-digest.yaml
    kubeadm config images pull --config /srv/by-digest.yaml`,
  );
  expect(await digestsOnNode()).toMatchObject({ [`${coredns.replace(`:${tag}`, "")}@${digest}`]: digest });
});

test("what the platform's registry has comes from there: upstream is not asked", async () => {
  await pushToPlatform(busybox, "library/ours:1");
  await asFirstBoot("pull docker.io/library/ours:1");
  expect(await images()).toContain("docker.io/library/ours:1");
  await asFirstBoot(`pull ${platformName}:5000/library/ours:1`);
  expect(await images()).toContain(`${platformName}:5000/library/ours:1`);
  expect(await requestsUpstream("library/ours")).toBe(0);
});

/** Gives the digests that the node has images by, those that their names stand for. */
const digestsOnNode = async (): Promise<ImageDigests> =>
  Object.fromEntries(
    (await inMachine(node, "ctr -n k8s.io images ls | awk 'NR > 1 { print $1, $3 }'"))
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );

test("a tag that was pushed anew changes nothing on nodes that know the image's digest; one that is nowhere is named", async () => {
  const name = "docker.io/library/platforms:1";
  const pause = `pause:${versions.pause}`;
  const attempt = async () => {
    const { exitCode, stderr } = await tryAsFirstBoot(`pull ${name}`);
    return { exitCode, stderr, digest: (await digestsOnNode())[name] };
  };
  await removeImages();
  await pushToPlatform(busybox, "library/platforms:1");
  const first = await attempt();
  expect(first, first.stderr).toMatchObject({ exitCode: 0, digest: expect.stringMatching(/^sha256:/) });
  const digest = String(first.digest);

  await pushToPlatform(pause, "library/platforms:1");
  await removeImages();
  const other = (await attempt()).digest;
  expect(other).not.toBe(digest);
  // By now the node has the other image under that name, as it did not know better.
  await nodeIsOf({}, {}, { [name]: digest });
  const known = await attempt();
  expect(known, known.stderr).toMatchObject({ exitCode: 0, digest });
  expect(Object.keys(await digestsOnNode())).toContain(`docker.io/library/platforms@${digest}`);

  await removeImages();
  expect(await attempt()).toMatchObject({ exitCode: 0, digest });
  const nowhere = `sha256:${"0".repeat(64)}`;
  await nodeIsOf({}, {}, { [name]: nowhere });
  const failed = await attempt();
  expect(failed).toMatchObject({ exitCode: 1, digest });
  expect(failed.stderr).toContain(
    `docker.io/library/platforms@${nowhere}: ${platformName}:5000: not found (404); registry-1.docker.io: not found (404)\n`,
  );
  await inMachine(node, "rm /etc/kpaas/image-digests");
  await nodeIsOf({});
});

test("of an image that nobody has it is told who was asked and what each said", async () => {
  const { exitCode, stderr } = await tryAsFirstBoot("pull docker.io/library/ours:1 docker.io/library/nowhere:1");
  expect(exitCode).toBe(1);
  expect(stderr).toContain("images that could not be pulled: 1\n");
  expect(stderr).toContain(
    `docker.io/library/nowhere:1: ${platformName}:5000: not found (404); registry-1.docker.io: not found (404)\n`,
  );
});

test("verify pulls an image through the whole chain, and tells who had it or what each said", async () => {
  const verify = (image: string) => run(node, `set -- ${image}; set +e; ${pullScript}`);
  const good = await verify(`docker.io/${busybox}`);
  expect(good.stdout).toBe(
    `docker.io/${busybox}: ${platformName}:5000: not found (404); registry-1.docker.io: has it\n`,
  );
  expect(good.exitCode).toBe(0);
  expect(await inMachine(node, "ctr -n kpaas-verify images ls -q")).toBe("");
  const bad = await verify("docker.io/library/nowhere:1");
  expect(bad.exitCode).toBe(1);
  expect(bad.stdout).toMatch(
    /^docker.io\/library\/nowhere:1: .*: not found \(404\); .*: not found \(404\)\nfailed to resolve .*: not found\n$/,
  );
});

test("verify tries to write by the node's login, and is refused; it sees a registry that would let it", async () => {
  const address = await inMachine(registry, "hostname -I | cut -d ' ' -f 1");
  const verify = (server: string) => run(node, `set -- ${server} ${address}:5001; set +e; ${writeScript}`);
  const { exitCode, stdout, stderr } = await verify(`${platformName}:5000`);
  expect({ exitCode, stdout, stderr }).toEqual({
    exitCode: 0,
    stdout: `its login: 200; ${address}:5001: closed; PUT manifests: 405; POST blobs: 405; DELETE manifests: 405; DELETE blobs: 405; `,
    stderr: "",
  });
  // One instance for all, as earlier releases had it.
  const { storage, http, ...rest } = registryConfig("/var/lib/docker-registry/data", "pull");
  const one = {
    ...rest,
    storage: { filesystem: storage.filesystem, delete: { enabled: true } },
    http: { ...http, addr: ":5002" },
  };
  await deliver(registry, [{ path: "/srv/one.yml", content: toYaml(one) }]);
  await inMachine(
    registry,
    `systemd-run -q --unit=one docker-registry serve /srv/one.yml
    until curl -sko /dev/null https://127.0.0.1:5002/v2/; do sleep 0.2; done`,
  );
  const open = await verify(`${platformName}:5002`);
  expect(open.exitCode, open.stdout).toBe(1);
  expect(open.stdout).toContain("POST blobs: 202; ");
  await inMachine(registry, "systemctl stop one");
});

/** Maps upstream's names to an address of the node itself, where `listens` or nobody answers. */
const moveUpstream = (name: string, address: string) =>
  inMachine(
    node,
    `sed 's/ ${name}\\b//' /etc/hosts >/tmp/hosts; echo '${address} ${name}' >>/tmp/hosts; cat /tmp/hosts >/etc/hosts`,
  );

test("where upstream cannot be reached, a newcomer's image fails for that reason, and not for a certificate's", async () => {
  await moveUpstream("quay.io", "127.0.0.2");
  const said = await tryAsFirstBoot("pull quay.io/library/nginx:1.27");
  expect(said.exitCode).toBe(1);
  expect(said.stderr).toMatch(/dial tcp 127\.0\.0\.2:443: connect: connection refused/);
  expect(said.stderr).toMatch(
    new RegExp(
      `^quay.io/library/nginx:1.27: ${platformName}:5000: not found \\(404\\); quay.io: no answer \\(Failed to connect to quay.io .*\\)$`,
      "m",
    ),
  );
  expect(said.stderr).not.toMatch(/x509|certificate/);
});

test("an upstream that gives everybody a token is asked with one", async () => {
  const server = await issue(publicCa, {
    commonName: "ghcr.io",
    dnsNames: ["ghcr.io"],
    usages: ["server"],
    validityDays: 1,
  });
  await deliver(node, [
    { path: "/srv/both.pem", content: server.certPem + server.keyPem },
    {
      path: "/srv/tokens.py",
      content: `import http.server, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.startswith("/token?service=ghcr.io&scope=repository"):
            self.send_response(200); self.end_headers(); self.wfile.write(b'{"token":"for-all"}')
        elif self.headers["Authorization"] != "Bearer for-all":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:x:pull"')
            self.end_headers()
        else:
            self.send_response(200 if self.path == "/v2/some/image/manifests/1" else 404); self.end_headers()
    do_HEAD = do_GET
server = http.server.HTTPServer(("127.0.0.3", 443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/srv/both.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
`,
    },
  ]);
  await inMachine(node, "systemd-run -q --unit=tokens python3 /srv/tokens.py");
  await moveUpstream("ghcr.io", "127.0.0.3");
  await inMachine(node, "until curl -so /dev/null https://ghcr.io/; do sleep 0.2; done");
  const { stdout } = await run(node, "/usr/local/lib/kpaas/ask-for-image ghcr.io/some/image:1 ghcr.io/some/image:2");
  expect(stdout).toBe(
    `ghcr.io/some/image:1: ${platformName}:5000: not found (404); ghcr.io: has it\n` +
      `ghcr.io/some/image:2: ${platformName}:5000: not found (404); ghcr.io: not found (404)\n`,
  );
});

test("where nothing may leave the site, upstream is not asked, and the reason is that the site has no such image", async () => {
  await removeImages();
  await nodeIsOf({ upstream: "never" });
  const before = await requestsUpstream("library/busybox");
  const said = await tryAsFirstBoot(`pull docker.io/library/ours:1 docker.io/${busybox}`);
  expect(said.exitCode).toBe(1);
  expect(said.stderr).toMatch(new RegExp(`^docker.io/${busybox}: ${platformName}:5000: not found \\(404\\)$`, "m"));
  expect(said.stderr).toMatch(/ctr: .*not found/);
  expect(said.stderr).not.toMatch(/x509|certificate/);
  expect(await images()).toContain("docker.io/library/ours:1");
  expect(await images()).not.toContain(busybox);
  expect(await requestsUpstream("library/busybox")).toBe(before);
});

test("a mirror of the site is asked with its own authority and login, below its path, before upstream", async () => {
  await push(busybox, `${mirrorName}:8443`, "/srv/site-ca.crt", "site", "hub/library/mirrored:1");
  const mirrors = [
    { url: `https://${mirrorName}:8443/hub`, serves: ["docker.io"], caCertPem: siteCa.certPem, loginSecret: "site" },
  ];
  await nodeIsOf({ mirrors }, { site: { name: "site", password } });
  await asFirstBoot(`pull docker.io/library/mirrored:1 docker.io/${busybox}`);
  expect(await images()).toContain("docker.io/library/mirrored:1");
  expect(await images()).toContain(`docker.io/${busybox}`);
  expect(await requestsUpstream("library/mirrored")).toBe(0);
  expect(await inMachine(node, "stat -c '%a %U' /etc/containerd/certs.d/docker.io/hosts.toml")).toBe("600 root");
  expect(await inMachine(node, "cat /etc/containerd/certs.d/quay.io/hosts.toml")).not.toContain(mirrorName);

  await nodeIsOf({ mirrors, upstream: "never" }, { site: { name: "site", password: "another" } });
  const { stderr } = await tryAsFirstBoot("pull docker.io/library/unseen:1");
  expect(stderr).toMatch(
    new RegExp(
      `^docker.io/library/unseen:1: ${platformName}:5000: not found \\(404\\); ${mirrorName}:8443/hub: refused, .* \\(401\\)$`,
      "m",
    ),
  );
  expect(stderr).not.toContain(Buffer.from("site:another").toString("base64"));
});
