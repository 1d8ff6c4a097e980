import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type Docker from "dockerode";
import "../../stacks/infrastructures.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { registryConfig } from "../../components/first-boot/registry.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { versions } from "../../config/versions.ts";
import { tarOf } from "../../lib/tar.ts";
import { toYaml } from "../../lib/yaml.ts";
import { connectContainerEngine, ensureContainerEngine } from "../../local/container-engine.ts";
import { containerExec } from "../../local/exec.ts";
import { createMachine, removeMachine } from "../../local/machine.ts";
import { ended, ensureMachineImage } from "../../local/machine-image.ts";
import { createNetwork, removeNetwork } from "../../local/network.ts";
import type { PlatformOutputs } from "../../operations/access/outputs.ts";
import { platformRegistryClient, pushingRegistryClient } from "../../operations/registry/client.ts";
import { engineImage } from "../../operations/registry/engine-image.ts";
import { logIn } from "../../operations/registry/login.ts";
import { openRegistry } from "../../operations/registry/open.ts";
import { pushArchive } from "../../operations/registry/push.ts";
import { issue, selfSignedAuthority } from "../../provider/x509.ts";

const name = `registry-${process.pid}`;
const environment = parseEnvironment("office", { infrastructure: { kind: "local" } });
const image = `kpaas-test-push-${process.pid}:1`;

let engine: Docker;
let networkId: string;
let access: PlatformOutputs["registry"];
let folder: string;

/** A registry with TLS and a login, its two instances as first boot configures them, on a machine of its own. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-registry-"));
  await ensureContainerEngine(console.log);
  engine = await connectContainerEngine();
  const cidr = "10.253.81.0/24";
  const range = { gateway: "10.253.81.1", dynamicCidr: "10.253.81.128/25" };
  networkId = await createNetwork({ networkName: `kpaas-${name}`, environment: name, cidr, ...range });
  const { publicEndpoints } = await createMachine({
    ...{ hostname: name, environment: name, role: "registry", machineName: "registry", networkId },
    image: await ensureMachineImage("machine", versions.kubernetes, console.log),
    ...{ userData: "#cloud-config\n{}\n", firewall: "", volumes: {}, publicPorts: [5000] },
  });
  const authority = await selfSignedAuthority("test", 1);
  const dnsNames = ["registry.office.kpaas.internal"];
  const usages = ["server" as const];
  const certificate = await issue(authority, { commonName: "registry", dnsNames, usages, validityDays: 1 });
  const files = {
    "config.yml": toYaml(registryConfig("/var/lib/docker-registry", "pull")),
    "push.yml": toYaml(registryConfig("/var/lib/docker-registry", "push")),
    "tls.crt": certificate.certPem,
    "tls.key": certificate.keyPem,
  };
  const contents = Object.entries(files).map(([file, content]) => [file, { content, mode: 0o644 }]);
  const archive = await tarOf(Object.fromEntries(contents));
  await engine.getContainer(name).putArchive(archive, { path: "/etc/docker/registry" });
  const start = `cd /etc/docker/registry
    echo right | htpasswd -niB kpaas-admin | tee htpasswd >htpasswd-push
    chown docker-registry: /var/lib/docker-registry
    until systemctl start docker-registry; do sleep 0.3; done
    systemd-run -q --uid=docker-registry docker-registry serve /etc/docker/registry/push.yml
    for port in 5000 5001; do until curl -sko /dev/null https://127.0.0.1:$port/v2/; do sleep 0.2; done; done`;
  const { exitCode, stderr } = await containerExec(engine, name, ["timeout", "60", "bash", "-euc", start]);
  expect({ exitCode, stderr: exitCode ? stderr : "" }).toEqual({ exitCode: 0, stderr: "" });
  access = {
    ...{ name: `${dnsNames[0]}:5000`, endpoint: publicEndpoints["5000"] ?? "" },
    ...{ user: "kpaas-admin", password: "right", caCertPem: authority.certPem },
    connection: { kind: "container", container: name },
  };
  const [repo = "", tag] = image.split(":");
  await ended(
    engine,
    await engine.importImage(Readable.from([await tarOf({ "etc/greeting": "hello\n" })]), { repo, tag }),
  );
}, 2_700_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await removeMachine(name);
  await removeNetwork(networkId);
  const left = await engine.listImages({
    filters: { reference: [`kpaas-test-push-${process.pid}`, `${access?.endpoint}/*/*`] },
  });
  for (const { Id } of left) await engine.getImage(Id).remove({ force: true });
  rmSync(folder, { recursive: true });
});

test("an image of the engine is pushed, listed and pulled back", async () => {
  const client = pushingRegistryClient({ registry: access });
  const push = async (as: string) => {
    const said: string[] = [];
    const archive = await engineImage(image);
    const pushed = await pushArchive(client, { archive, image, as }, (line) => said.push(line));
    return { pushed, said };
  };
  const { pushed } = await push("team/hello:1");
  expect(pushed).toMatchObject({ repository: "team/hello", tag: "1" });
  const reader = platformRegistryClient(access);
  expect(await reader.repositories()).toEqual(["team/hello"]);
  expect((await push("team/hello:2")).pushed.digest).toBe(pushed.digest);
  expect(await reader.tags("team/hello")).toEqual(["1", "2"]);
  // Nobody pushes where nodes pull, whatever the login.
  const elsewhere = pushArchive(reader, { archive: await engineImage(image), image, as: "team/hello:3" }, () => {});
  await expect(elsewhere).rejects.toThrow(/answered 405/);
  for (const one of [client, reader]) one.close();
  const authconfig = { username: access.user, password: access.password, serveraddress: access.endpoint };
  await ended(engine, await engine.pull(`${access.endpoint}/team/hello:1`, { authconfig }));
  const [own, pulled] = await Promise.all(
    [image, `${access.endpoint}/team/hello:1`].map((one) => engine.getImage(one).inspect()),
  );
  expect(pulled?.RootFS).toEqual(own?.RootFS);
});

test("docker itself pushes by a way that is open as long as a command runs, and that ends with it", async () => {
  const connection = access.connection;
  if (!connection) throw new Error("there is no way to the machine");
  const failures: string[] = [];
  const opened = await openRegistry({ connection, port: 0, onFailure: (reason) => void failures.push(reason) });
  try {
    const authconfig = { username: access.user, password: access.password, serveraddress: opened.address };
    const [, port] = opened.address.split(":");
    await expect(openRegistry({ connection, port: Number(port), onFailure: () => {} })).rejects.toThrow(
      `--port: ${port} of this machine cannot be listened at (EADDRINUSE)`,
    );
    await engine.getImage(image).tag({ repo: `${opened.address}/team/by-docker`, tag: "1" });
    const theirs = engine.getImage(`${opened.address}/team/by-docker:1`);
    await ended(engine, await theirs.push({ authconfig }));
    await theirs.remove();
    const reader = platformRegistryClient(access);
    expect(await reader.tags("team/by-docker")).toEqual(["1"]);
    reader.close();
  } finally {
    await opened.close();
  }
  expect(failures).toEqual([]);
  await expect(fetch(`http://${opened.address}/`)).rejects.toThrow();
});

test("an image that the engine has not is named", async () => {
  await expect(engineImage("team/none:1")).rejects.toThrow("the container engine has no image team/none:1");
});

test("docker itself logs in and keeps the login", async () => {
  vi.stubEnv("DOCKER_CONFIG", folder);
  expect(await logIn(environment, access, "docker")).toEqual({ tool: "docker", address: access.endpoint });
  expect(Object.keys(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).auths)).toEqual([access.endpoint]);
  await expect(logIn(environment, { ...access, password: "wrong" }, "docker")).rejects.toThrow(
    /^docker login 127\.0\.0\.1:\d+ failed: .*(unauthorized|authentication|401)/i,
  );
});
