import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { blobPath } from "../lib/oci-layout.ts";
import { RegistryClient } from "../lib/registry-client.ts";
import { FakeRegistry } from "../tests/harness/registry/fake-registry.ts";
import { digestOf, indexOf, madeImage, stock, writeLayout } from "../tests/harness/registry/images.ts";
import { fillRegistry } from "./fill-registry.ts";
import { type FilledImage, type ImageOrigin, layoutOrigin, registryOrigin } from "./image-origins.ts";

let registry: FakeRegistry;
let upstream: FakeRegistry;
let client: RegistryClient;
let origins: ImageOrigin[];
let folder: string;

beforeEach(async () => {
  [registry, upstream] = await Promise.all([FakeRegistry.start(), FakeRegistry.start()]);
  upstream.givesTokens = true;
  client = clientBy(new Agent({ keepAlive: true, ca: registry.access.caCertPem }));
  origins = [];
  folder = mkdtempSync(join(tmpdir(), "kpaas-layout-"));
});
afterEach(async () => {
  client.close();
  for (const origin of origins) origin.close();
  await Promise.all([registry.stop(), upstream.stop()]);
  rmSync(folder, { recursive: true });
});

function clientBy(agent: Agent): RegistryClient {
  const said = (...words: unknown[]) => new Error(words.join(" "));
  return new RegistryClient({ ...registry.access, agent, failures: { refused: said, unanswered: said } });
}

const shared = randomBytes(200_000);
const one = madeImage([shared, randomBytes(3000)]);
const two = madeImage([shared, randomBytes(100)]);

const image = (name: string): FilledImage => {
  const [repository = "", tag = ""] = name.split(":");
  return { reference: `docker.io/${name}`, repository, tag };
};
const images = ["library/one:1", "library/two:2"].map(image);

function fromUpstream(more: { login?: { name: string; password: string }; caCertPem?: string } = {}): ImageOrigin {
  const { endpoint, caCertPem } = upstream.access;
  const origin = registryOrigin({ base: `https://${endpoint}/v2`, caCertPem, ...more }, "amd64");
  origins.push(origin);
  return origin;
}

/** Fills the registry; gives what was reported. */
async function fill(from: ImageOrigin[], wanted = images, signal = new AbortController().signal): Promise<string[]> {
  const reported: string[] = [];
  const report = (message: string) => void reported.push(message);
  await fillRegistry({ registry: client, images: wanted, originsOf: () => from, signal, report });
  return reported;
}

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: Error) => error.message,
  );
const gets = (kind: string) => upstream.reads.filter((read) => read.startsWith("GET") && read.includes(kind));

describe("from upstream, which gives everybody a token", () => {
  beforeEach(() => {
    stock(upstream, "library/one:1", [one]);
    stock(upstream, "library/two:2", [two]);
  });

  test("images come as they are, each layer once, and nothing the second time", async () => {
    const reported = await fill([fromUpstream()]);
    for (const [name, { manifest, config, layers }] of [
      ["library/one:1", one],
      ["library/two:2", two],
    ] as const) {
      expect(registry.manifests.get(name)?.content).toEqual(manifest);
      for (const blob of [config, ...layers])
        expect(registry.blobs.get(`${name.split(":")[0]}@${digestOf(blob)}`)?.equals(blob)).toBe(true);
    }
    expect(gets("/blobs/")).toHaveLength(5);
    expect(reported.at(-1)).toMatch(/^2 of 2 images are there, 0 MiB sent; last docker\.io\/library\/(one:1|two:2)$/);
    expect(upstream.tokensFor).toContain("everybody");
    registry.writes.length = upstream.reads.length = 0;
    expect(await fill([fromUpstream()])).toEqual([]);
    expect([...registry.writes, ...upstream.reads]).toEqual([]);
  });

  test("what a run that ended early has copied is not sent again", async () => {
    const before = `library/one@${digestOf(shared)}`;
    registry.blobs.set(before, shared);
    await fill([fromUpstream()], images.slice(0, 1));
    expect(gets("/blobs/").join()).not.toContain(digestOf(shared));
    expect(registry.manifests.has("library/one:1")).toBe(true);
  });

  test("a login goes for the token, and one that upstream does not know is told", async () => {
    const { user: name } = upstream.access;
    await fill([fromUpstream({ login: { name, password: "right" } })]);
    expect(new Set(upstream.tokensFor)).toEqual(new Set([name]));
    registry.manifests.clear();
    const said = await failure(fill([fromUpstream({ login: { name, password: "not-so" } })]));
    expect(said).toContain(`docker.io/library/one:1: ${upstream.access.endpoint}: it refuses the login (401)`);
    expect(said).not.toContain("not-so");
  });

  test("a blob that is not what its digest says is refused; the registry never has it, nor the image", async () => {
    const [, own] = one.layers;
    upstream.damaged.set(digestOf(own as Buffer), Buffer.alloc(3000, "x"));
    const said = await failure(fill([fromUpstream()]));
    expect(said).toBe(
      "images that could not be put into the platform's registry: 1\n" +
        `docker.io/library/one:1: ${upstream.access.endpoint}: its content of ${digestOf(own as Buffer)} has another digest`,
    );
    expect(registry.manifests.has("library/one:1")).toBe(false);
    expect(registry.blobs.has(`library/one@${digestOf(own as Buffer)}`)).toBe(false);
    expect(registry.manifests.has("library/two:2")).toBe(true);
  });

  test("of an index the machines' own platform is taken; a manifest that is not what its digest says is refused", async () => {
    const arm = madeImage([randomBytes(50)], "arm64");
    stock(upstream, "library/both:1", [arm, one], indexOf({ arm64: arm, amd64: one }));
    await fill([fromUpstream()], [image("library/both:1")]);
    expect(registry.manifests.get("library/both:1")?.content).toEqual(one.manifest);

    stock(upstream, "library/arm:1", [arm], indexOf({ arm64: arm }));
    stock(upstream, "library/bad:1", [one], indexOf({ amd64: one }));
    const content = two.manifest;
    upstream.manifests.set(`library/bad@${digestOf(one.manifest)}`, { mediaType: "", content });
    const said = await failure(fill([fromUpstream()], ["library/arm:1", "library/bad:1"].map(image)));
    expect(said).toContain("docker.io/library/arm:1: ");
    expect(said).toContain("it has the image for other machines than linux/amd64");
    expect(said).toContain(`what it gives for ${digestOf(one.manifest)} has another digest`);
  });

  test("a connection that breaks is tried again", async () => {
    const origin = fromUpstream();
    await fill([origin], images.slice(0, 1));
    upstream.cutAtNextRequest = true;
    await fill([origin]);
    expect(registry.manifests.has("library/two:2")).toBe(true);
  });

  test("a way that tells late what it has sent gives no connection to two requests", async () => {
    const { caCertPem: ca } = registry.access;
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    const slow = (socket: Socket) =>
      new Duplex({
        read: () => void socket.resume(),
        write: (chunk, _encoding, done) => void socket.write(chunk, () => setTimeout(done, 30)),
        destroy: (error, done) => {
          socket.destroy();
          done(error);
        },
        construct(done) {
          socket.on("data", (chunk) => this.push(chunk)).on("end", () => this.push(null));
          done();
        },
      });
    const createConnection = () => {
      const socket = slow(connect(Number(registry.access.endpoint.split(":")[1]), "127.0.0.1"));
      return connectTls({ ca, servername: "registry.test.internal", socket });
    };
    client.close();
    client = clientBy(Object.assign(agent, { createConnection }));
    const names = Array.from({ length: 12 }, (_, index) => `library/many-${index}:1`);
    for (const name of names) stock(upstream, name, [madeImage([randomBytes(100_000)])]);
    await fill([fromUpstream()], names.map(image));
    for (const name of names) expect(registry.manifests.has(name)).toBe(true);
  });

  test("a cancelled run ends at once, for that reason", async () => {
    const cancelled = AbortSignal.abort(new Error("cancelled"));
    expect(await failure(fill([fromUpstream()], images, cancelled))).toBe("cancelled");
  });

  test("of an image that nobody has each is told who was asked and what it said; the others are there", async () => {
    const origin = fromUpstream();
    const away = registryOrigin({ base: "https://127.0.0.1:1/v2/hub" }, "amd64");
    const wanted = [...images, image("library/nowhere:1")];
    expect(await failure(fill([away, origin], wanted))).toBe(
      "images that could not be put into the platform's registry: 1\n" +
        `docker.io/library/nowhere:1: 127.0.0.1:1/hub: no answer (connect ECONNREFUSED 127.0.0.1:1); ${origin.name}: not found (404)`,
    );
    expect(registry.manifests.has("library/two:2")).toBe(true);
  });

  test("an upstream that another authority vouches for is not believed", async () => {
    expect(await failure(fill([fromUpstream({ caCertPem: registry.access.caCertPem })]))).toMatch(
      /library\/one:1: 127\.0\.0\.1:\d+: no answer \(.*(certificate|self-signed)/,
    );
    expect(registry.writes).toEqual([]);
  });
});

describe("from an OCI image layout", () => {
  beforeEach(() => writeLayout(folder, { "docker.io/library/one:1": one, "docker.io/library/two:2": two }));

  test("images come as they are", async () => {
    await fill([layoutOrigin(folder)]);
    expect(registry.manifests.get("library/one:1")?.content).toEqual(one.manifest);
    expect(registry.manifests.get("library/two:2")?.content).toEqual(two.manifest);
  });

  test("a flipped byte is refused by its digest, and an image that is not there by its name", async () => {
    const [, own] = two.layers;
    const digest = digestOf(own as Buffer);
    const flipped = Buffer.from(own as Buffer);
    flipped[7] = (flipped[7] ?? 0) ^ 1;
    writeFileSync(blobPath(folder, digest), flipped);
    const said = await failure(fill([layoutOrigin(folder)], [...images, image("library/nowhere:1")]));
    expect(said).toContain(`docker.io/library/two:2: ${folder}: the blob ${digest} is damaged`);
    expect(said).toContain(`docker.io/library/nowhere:1: ${folder}: it has no image of this name`);
    expect([...registry.manifests.keys()]).not.toContain("library/two:2");
    expect(registry.blobs.has(`library/two@${digest}`)).toBe(false);
  });
});
