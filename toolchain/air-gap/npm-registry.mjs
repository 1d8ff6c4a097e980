// Plain JavaScript, Node.js alone: see format.mjs.
import { once } from "node:events";
import { createReadStream, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";
import { blobFile } from "./format.mjs";

/**
 * Gives npm's options by which it asks that registry alone: no script of a package's, which would compile what is optional anyway and
 * ask nodejs.org for headers first; no second try.
 *
 * @param {string} url
 */
export const npmOptions = (url) => ["--ignore-scripts", "--fetch-retries=0", `--registry=${url}`];

/**
 * Serves a bundle's npm packages on this machine's loopback, as npm asks a registry for them.
 *
 * @param {import("./format.mjs").Bundle} bundle
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function serveNpmPackages(bundle) {
  const packages = bundle.manifest.entries.filter(({ kind }) => kind === "npm");
  const server = createServer((asked, answer) => {
    const path = decodeURIComponent(new URL(asked.url ?? "/", "http://registry").pathname).slice(1);
    const tarball = packages.find((entry) => tarballOf(entry) === path);
    if (tarball) {
      answer.writeHead(200, { "content-type": "application/octet-stream", "content-length": tarball.sizeBytes });
      createReadStream(blobFile(bundle, tarball)).pipe(answer);
      return;
    }
    const versions = packages.filter((entry) => entry.path === path);
    const json = { "content-type": "application/json" };
    if (versions.length === 0)
      answer.writeHead(404, json).end(JSON.stringify({ error: `the bundle has no package ${path}` }));
    else answer.writeHead(200, json).end(JSON.stringify(packageDocument(bundle, versions, url)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    url,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** @param {import("./format.mjs").Entry} entry */
const tarballOf = ({ path, version }) => `${path}/-/${path.replace(/^.*\//, "")}-${version}.tgz`;

/**
 * Renders a package with all its versions. Only what npm resolves is read of a tarball, and only of packages that are asked for.
 *
 * @param {import("./format.mjs").Bundle} bundle
 * @param {import("./format.mjs").Entry[]} versions
 * @param {string} url
 */
function packageDocument(bundle, versions, url) {
  const newest = versions.at(-1);
  return {
    name: newest?.path,
    "dist-tags": { latest: newest?.version },
    versions: Object.fromEntries(
      versions.map((entry) => [
        entry.version,
        {
          ...packageFileIn(gunzipSync(readFileSync(blobFile(bundle, entry)))),
          dist: { tarball: `${url}/${tarballOf(entry)}`, integrity: entry.integrity },
        },
      ]),
    ),
  };
}

/**
 * Finds package.json in a package's tar archive.
 *
 * @param {Buffer} tar
 * @returns {Record<string, unknown>}
 */
export function packageFileIn(tar) {
  for (const { path, content } of filesIn(tar))
    if (/^[^/]+\/package\.json$/.test(path)) return JSON.parse(content.toString());
  throw new Error("the package has no package.json");
}

/**
 * Reads a tar archive: blocks of 512 bytes, a header before each file.
 *
 * @param {Buffer} tar
 * @returns {Generator<{ path: string, content: Buffer }>}
 */
export function* filesIn(tar) {
  for (let offset = 0; offset + 512 <= tar.length; ) {
    const text = (/** @type {number} */ from, /** @type {number} */ length) =>
      tar.toString("utf8", offset + from, offset + from + length).replace(/\0.*$/s, "");
    const [path, size] = [text(0, 100), Number.parseInt(text(124, 12), 8) || 0];
    const begin = offset + 512;
    if (path !== "") yield { path, content: tar.subarray(begin, begin + size) };
    offset = begin + Math.ceil(size / 512) * 512;
  }
}
