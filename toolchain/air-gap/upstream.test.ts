import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { imageName } from "../../config/images.ts";
import { layoutImage } from "../../lib/oci-layout.ts";
import { SourceUnavailable } from "../download.ts";
import { machinePlatform } from "../platform.ts";
import { readBundle } from "./format.mjs";
import { addImage, findImages } from "./images.ts";
import { signingKey } from "./signing-key.ts";
import { askUpstream } from "./upstream.ts";
import { verifyContent } from "./verify.ts";
import { BundleWriter } from "./writer.ts";

const quiet = () => undefined;
const digestOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const described = (content: string, mediaType: string) => ({
  mediaType,
  digest: digestOf(content),
  size: content.length,
});
const { os, arch } = machinePlatform();
const config = '{"architecture":"amd64"}';
const layer = "a layer";
const manifest = JSON.stringify({
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: described(config, "application/vnd.oci.image.config.v1+json"),
  layers: [described(layer, "application/vnd.oci.image.layer.v1.tar")],
});
const index = JSON.stringify({
  manifests: [
    { ...described("other", "application/vnd.oci.image.manifest.v1+json"), platform: { os, architecture: "s390x" } },
    { ...described(manifest, "application/vnd.oci.image.manifest.v1+json"), platform: { os, architecture: arch } },
  ],
});

let root: string;
let server: Server;
let base: string;
/** Contents by path below /v2/; a registry that gives tokens to anybody. */
let contents: Record<string, string>;
let asked: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-upstream-"));
  vi.stubEnv("KPAAS_STATE_DIR", join(root, "state"));
  for (const name of ["KPAAS_BUNDLE", "KPAAS_BUNDLE_SINCE"]) vi.stubEnv(name, undefined);
  asked = [];
  contents = {
    "team/hello/manifests/1": index,
    [`team/hello/manifests/${digestOf(manifest)}`]: manifest,
    [`team/hello/blobs/${digestOf(config)}`]: config,
    [`team/hello/blobs/${digestOf(layer)}`]: layer,
  };
  server = createServer((request: IncomingMessage, answer) => {
    const path = request.url ?? "";
    asked.push(path);
    if (path.startsWith("/token"))
      return answer.end(JSON.stringify({ token: path.includes("service=registry") ? "right" : "wrong" }));
    if (request.headers.authorization !== "Bearer right")
      return answer
        .writeHead(401, {
          "www-authenticate": `Bearer realm="${base.slice(0, -3)}/token",service="registry",scope="x:y"`,
        })
        .end();
    const content = contents[path.slice("/v2/".length)];
    answer.writeHead(content === undefined ? 404 : 200).end(content);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`;
});

afterEach(async () => {
  server.close();
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

test("an image of this kind of machine is fetched with the token that the registry names, and stands whole in the layout", async () => {
  const name = { ...imageName("docker.io/team/hello:1"), madeHere: false };
  const [found] = await findImages([name], [], () => base);
  const writer = new BundleWriter(join(root, "bundle"), undefined, quiet);
  if (found) await addImage(writer, found, quiet);
  await writer.finish({ kpaasVersion: "1", platform: "any", environments: [] }, {}, signingKey());
  const image = await layoutImage(join(root, "bundle"), "docker.io/team/hello:1");
  expect(image?.digest).toBe(digestOf(manifest));
  expect(image?.blobs.map(({ digest }) => digest)).toEqual([digestOf(config), digestOf(layer)]);
  await verifyContent(readBundle(join(root, "bundle")), quiet);
});

test("what an earlier run has fetched is not fetched again", async () => {
  const name = { ...imageName("docker.io/team/hello:1"), madeHere: false };
  for (const round of ["first", "second"]) {
    asked = [];
    const [found] = await findImages([name], [], () => base);
    const writer = new BundleWriter(join(root, "bundle"), undefined, quiet);
    if (found) await addImage(writer, found, quiet);
    await writer.finish({ kpaasVersion: round, platform: "any", environments: [] }, {}, signingKey());
    expect(asked.filter((path) => path.includes("/blobs/"))).toHaveLength(round === "first" ? 2 : 0);
  }
});

test("a layer that is not what its manifest says is refused, and nothing of it stays", async () => {
  contents[`team/hello/blobs/${digestOf(layer)}`] = "b layer";
  const image = await askUpstream({ base, repository: "team/hello", tag: "1" }, machinePlatform());
  const [, blob] = image.blobs;
  const file = join(root, "layer");
  if (blob) await expect(image.fetchBlob(blob, file, quiet)).rejects.toThrow("was changed on the way");
  await expect(readFile(file)).rejects.toThrow("ENOENT");
});

test.each([
  ["404", "team/hello", "2", "answered 404"],
  ["no image for this kind of machine", "team/other", "1", `is not there for ${os}/${arch}`],
])("an image that is not there gives way to another source: %s", async (_, repository, tag, reason) => {
  contents["team/other/manifests/1"] = JSON.stringify({ manifests: [] });
  const refused = askUpstream({ base, repository, tag }, machinePlatform());
  await expect(refused).rejects.toThrow(SourceUnavailable);
  await expect(refused).rejects.toThrow(reason);
});
