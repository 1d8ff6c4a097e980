import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RegistryImages, type RegistryImagesArgs, SshKeyPair } from "../../provider/sdk.ts";
import { openTunnel } from "../../provider/tunnel.ts";
import { testStack } from "../harness/provider/test-stack.ts";
import { FakeRegistry } from "../harness/registry/fake-registry.ts";
import { digestOf, madeImage, stock } from "../harness/registry/images.ts";
import { commandLines } from "./shell-process.ts";
import { sshSites } from "./ssh-site.ts";

const site = sshSites();
let registry: FakeRegistry;
let upstream: FakeRegistry;

beforeEach(async () => {
  [registry, upstream] = await Promise.all([FakeRegistry.start(), FakeRegistry.start()]);
  upstream.givesTokens = true;
});
afterEach(async () => {
  await Promise.all([registry.stop(), upstream.stop()]);
});

const tags = () => [...registry.manifests.keys()].filter((name) => !name.includes("@")).sort();
const tunnels = async () => (await commandLines()).filter(([, line]) => line.includes("kpaas-tunnel"));

test("a way to a machine's own port goes through the bastion, and ends with either side", async () => {
  await Promise.all([site().machine.start(), site().bastion.start()]);
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    connections.push(socket);
    socket.pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const connection = site().throughBastion();
  const sent = randomBytes(5_000_000).toString("base64");

  const first = await openTunnel(connection, port);
  let heard = "";
  first.on("data", (chunk) => {
    heard += chunk;
  });
  first.write(sent);
  await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(sent.length);
  expect(heard).toBe(sent);
  first.destroy();
  await expect.poll(tunnels).toEqual([]);

  const second = await openTunnel(connection, port);
  const rest = text(second);
  connections.at(-1)?.end("last words");
  expect(await rest).toBe("last words");
  await expect.poll(tunnels).toEqual([]);

  server.close();
  await expect(openTunnel(connection, 1)).rejects.toThrow(/Connection refused/);
});

test("in a stack: images are copied through the bastion once, and again where they have gone; logins stay secret", async () => {
  const stack = await testStack();
  try {
    const { machine, bastion } = site();
    await machine.write("usr/bin/dpkg", "#!/bin/sh\necho amd64\n", 0o755);
    await Promise.all([machine.start(), bastion.start()]);
    const names = ["library/one:1", "library/two:2", "library/three:3"];
    const made = names.map(() => madeImage([randomBytes(1000)]));
    for (const [index, name] of names.entries()) stock(upstream, name, made.slice(index, index + 1));
    const digests = Object.fromEntries(
      names.map((name, index) => [`docker.io/${name}`, digestOf(made[index]?.manifest ?? Buffer.alloc(0))]),
    );
    const { endpoint, user, password, caCertPem } = registry.access;
    const wanted =
      (images: string[], more: Partial<RegistryImagesArgs> = {}) =>
      async () => {
        const pair = new SshKeyPair("key", {});
        const filled = new RegistryImages("images", {
          machineId: "1",
          machineName: "registry",
          connection: pair.privateKeyPem.apply((privateKeyPem) => ({ ...site().throughBastion(), privateKeyPem })),
          registry: { name: `registry.test.internal:${endpoint.split(":")[1]}`, user, password, caCertPem },
          images: images.map((name) => {
            const [repository = "", tag = ""] = name.split(":");
            return { reference: `docker.io/${name}`, host: "docker.io", repository, tag };
          }),
          origins: {
            "docker.io": [
              {
                base: `https://${upstream.access.endpoint}/v2`,
                caCertPem: upstream.access.caCertPem,
                login: { name: upstream.access.user, password: upstream.access.password },
              },
            ],
          },
          ...more,
        });
        return { publicKey: pair.publicKeyOpenSsh, digests: filled.digests };
      };
    // As `up` does: what is there is looked at first.
    const up = async (program: ReturnType<typeof wanted>) => {
      const refreshed = await stack.refresh();
      expect(refreshed.succeeded, refreshed.said).toBe(true);
      return stack.up(program);
    };
    const keyOnly = async () => ({ publicKey: new SshKeyPair("key", {}).publicKeyOpenSsh });
    const { outputs } = await stack.up(keyOnly);
    await site().authorize(String(outputs.publicKey));

    const first = await stack.up(wanted([...names.slice(0, 2), "library/nowhere:1"]));
    expect(first.steps, first.said).toMatchObject({ images: "create" });
    expect(first.said).toContain(`docker.io/library/nowhere:1: ${upstream.access.endpoint}: not found (404)`);
    expect(tags()).toEqual(names.slice(0, 2));

    registry.writes.length = 0;
    const again = await stack.up(wanted(names.slice(0, 2)));
    expect(again.succeeded, again.said).toBe(true);
    expect(registry.writes).toEqual([]);

    upstream.reads.length = 0;
    const more = await up(wanted(names));
    expect(more.steps).toMatchObject({ images: "update" });
    expect(new Set(upstream.reads.map((read) => read.split("/")[3]))).toEqual(new Set(["three"]));
    expect(more.outputs.digests).toEqual(digests);
    // A tag that somebody has pushed anew is another image's; what nodes are told stays.
    stock(registry, "library/one:1", [madeImage([randomBytes(1000)])]);
    const reversed = [...names].reverse();
    const retagged = await up(wanted(reversed));
    expect(retagged.steps).toMatchObject({ images: "update" });
    expect(retagged.outputs.digests).toEqual(digests);
    const otherOrigins = { origins: { "docker.io": [{ base: "https://127.0.0.1:1/v2" }] } };
    const second = await up(wanted(reversed, otherOrigins));
    expect(second.steps).toMatchObject({ images: "same" });

    registry.manifests.clear();
    registry.blobs.clear();
    const emptied = await up(wanted(names));
    expect(emptied.succeeded, emptied.said).toBe(true);
    expect(emptied.steps).toMatchObject({ images: "update" });
    expect(tags()).toEqual([...names].sort());

    registry.manifests.clear();
    const anew = await stack.up(wanted(names, { machineId: "2" }));
    expect(anew.steps.images).toMatch(/replace/);
    expect(registry.manifests.has("library/one:1")).toBe(true);

    const state = JSON.stringify(await stack.state());
    for (const told of [state, first.said, emptied.said]) expect(told).not.toMatch(/"right"|:right\b/);
    // A machine that is away says nothing of its images, and `destroy` wants nothing of it.
    await Promise.all([machine.kill(), bastion.kill()]);
    const away = await up(wanted(names, { machineId: "2" }));
    expect(away.steps, away.said).toMatchObject({ images: "same" });
    expect(await stack.destroy()).toMatchObject({ succeeded: true });
  } finally {
    await stack.dispose();
  }
});
