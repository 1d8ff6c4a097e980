// Plain JavaScript, Node.js alone: with it the npm packages come out of a bundle, before which no TypeScript runs.
import { createHash, createPublicKey, verify } from "node:crypto";
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * @typedef {object} Content A blob by its digest.
 * @property {string} sha256 Hex.
 * @property {number} sizeBytes
 *
 * @typedef {object} OfEntry
 * @property {EntryKind} kind
 * @property {string} path Path of its kind: below a cache folder, in the package repository, an image's name and part.
 * @property {string} [key] Folder of the cache, or of the plugins.
 * @property {number} [mode] File mode.
 * @property {string} [version]
 * @property {string} [licence] SPDX expression, where it is known.
 * @property {boolean} [inBase] The blob is in the bundle that this one is the difference from.
 * @property {string} [linkTo] Target, of a symbolic link.
 * @property {true} [folder] An empty folder.
 * @property {string} [integrity] An npm package's, as the lock has it.
 *
 * @typedef {"cache" | "npm" | "plugin" | "image" | "apt" | "manifest" | "licence" | "installer"} EntryKind
 *
 * @typedef {OfEntry & Partial<Content>} Entry Something that the bundle brings; links and folders have no content.
 *
 * @typedef {object} Manifest
 * @property {string} format
 * @property {string} createdAt RFC 3339.
 * @property {string} kpaasVersion
 * @property {string} platform
 * @property {string} [debianSuite] Release whose packages the machines' base image is made of.
 * @property {string[]} environments
 * @property {{ manifestSha256: string }} [base] The bundle that this one is the difference from.
 * @property {{ publicKey: string }} signer Its ed25519 key: SubjectPublicKeyInfo, base64.
 * @property {Record<string, Content>} files Files beside the blobs, by name.
 * @property {Entry[]} entries
 *
 * @typedef {object} Bundle
 * @property {string} folder
 * @property {Manifest} manifest
 * @property {string} manifestSha256
 * @property {string | undefined} baseFolder Folder of the bundle that it is the difference from.
 */

export const manifestFile = "bundle.json";
export const signatureFile = "bundle.json.sig";
export const format = "kpaas-bundle/1";

/** A bundle that is not used, and what to do about it. */
export class Refusal extends Error {
  /**
   * @param {string} message
   * @param {string} [next]
   */
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/** @param {Buffer | string} content */
export const sha256Of = (content) => createHash("sha256").update(content).digest("hex");

/**
 * Reads a bundle whose signature is right, by whichever key it names: `trust` tells whether that is a known one. Throws Refusal.
 *
 * @param {string} given
 * @param {readonly string[]} bases Folders that may hold the bundle that this one is the difference from.
 * @returns {Bundle}
 */
export function readBundle(given, bases = []) {
  const bundle = readSigned(given);
  return { ...bundle, baseFolder: baseOf(bundle.folder, bundle.manifest, bases) };
}

/**
 * Reads a bundle of which only its own blobs are wanted, not those of its base. Throws Refusal.
 *
 * @param {string} given
 * @returns {Bundle}
 */
export function readSigned(given) {
  const folder = resolve(given);
  if (!existsSync(join(folder, manifestFile)))
    throw new Refusal(
      `no whole bundle is in ${folder}: it has no ${manifestFile}, which is written last`,
      "make it, or go on making it, with the same ./kpaas bundle create",
    );
  const bytes = readFileSync(join(folder, manifestFile));
  const manifest = parsed(bytes, join(folder, manifestFile));
  if (!isSigned(bytes, manifest, join(folder, signatureFile)))
    throw new Refusal(
      `${join(folder, manifestFile)} is not what was signed: its signature does not fit`,
      "copy the bundle again from where it was made; trust nothing of this one",
    );
  return { folder, manifest, manifestSha256: sha256Of(bytes), baseFolder: undefined };
}

/**
 * @param {Buffer} bytes
 * @param {string} path
 * @returns {Manifest}
 */
function parsed(bytes, path) {
  /** @type {Manifest | undefined} */
  let manifest;
  try {
    manifest = JSON.parse(bytes.toString());
  } catch {
    throw new Refusal(`${path} is damaged: it is no JSON`, "copy the bundle again from where it was made");
  }
  if (manifest?.format !== format)
    throw new Refusal(
      `${path} has the form ${manifest?.format}, and this kpaas knows ${format}`,
      "use the kpaas that made the bundle: its sources are in it",
    );
  for (const entry of manifest.entries)
    if (!isSafe(entry)) throw new Refusal(`${path} has an entry that no kpaas writes: ${JSON.stringify(entry)}`);
  return manifest;
}

/**
 * Tells whether an entry leads to nowhere but where it should: a key is not yet known when the manifest is read.
 *
 * @param {Entry} entry
 */
function isSafe({ sha256, key = "", path }) {
  const staysBelow = !path.startsWith("/") && !path.split("/").includes("..");
  return (sha256 === undefined || /^[0-9a-f]{64}$/.test(sha256)) && !/^\.|\//.test(key) && staysBelow;
}

/**
 * @param {Buffer} bytes
 * @param {Manifest} manifest
 * @param {string} file
 */
function isSigned(bytes, manifest, file) {
  if (!existsSync(file)) return false;
  try {
    return verify(null, bytes, publicKeyOf(manifest), Buffer.from(readFileSync(file, "utf8").trim(), "base64"));
  } catch {
    return false;
  }
}

/** @param {Manifest} manifest */
export const publicKeyOf = ({ signer }) =>
  createPublicKey({ key: Buffer.from(signer.publicKey, "base64"), format: "der", type: "spki" });

/**
 * Gives a key's fingerprint, as people compare it.
 *
 * @param {string} publicKey
 */
export const fingerprintOf = (publicKey) =>
  `SHA256:${createHash("sha256").update(Buffer.from(publicKey, "base64")).digest("base64").replace(/=+$/, "")}`;

/**
 * @param {string} folder
 * @param {Manifest} manifest
 * @param {readonly string[]} bases
 */
function baseOf(folder, { base }, bases) {
  if (!base) return undefined;
  const found = bases.find(
    (one) =>
      existsSync(join(one, manifestFile)) && sha256Of(readFileSync(join(one, manifestFile))) === base.manifestSha256,
  );
  if (found !== undefined) return resolve(found);
  throw new Refusal(
    `${folder} has only what differs from another bundle, whose ${manifestFile} has SHA-256 ${base.manifestSha256}` +
      (bases.length > 0 ? `; ${bases.join(", ")} is not that one` : ""),
    "name the folder of that bundle: --since OLD",
  );
}

/**
 * Gives the path of an entry's blob.
 *
 * @param {Bundle} bundle
 * @param {Entry} entry
 */
export function blobFile({ folder, baseFolder }, { sha256 = "", inBase }) {
  return join(inBase ? (baseFolder ?? folder) : folder, "blobs", "sha256", sha256);
}

/**
 * Checks that a blob is there and is what the manifest says. Throws Refusal that names what it is of.
 *
 * @param {Bundle} bundle
 * @param {Entry} entry
 */
export async function checkBlob(bundle, entry) {
  await checkContent(blobFile(bundle, entry), entry, nameOf(entry));
}

/** @param {Entry} entry */
export const nameOf = ({ kind, key, path }) => `${kind} ${key === undefined ? path : `${key}/${path}`}`;

/**
 * Checks a file against what the manifest says of it. Throws Refusal.
 *
 * @param {string} file
 * @param {Partial<Content>} content
 * @param {string} name
 */
export async function checkContent(file, { sha256, sizeBytes }, name) {
  const again = "copy the bundle again from where it was made";
  if (!existsSync(file)) throw new Refusal(`the bundle lacks ${name}: ${file} is missing`, again);
  const there = statSync(file).size;
  if (there !== sizeBytes)
    throw new Refusal(`${name} is damaged: ${file} has ${there} bytes, and ${sizeBytes} were signed`, again);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk);
  const actual = hash.digest("hex");
  if (actual !== sha256)
    throw new Refusal(`${name} is damaged: ${file} has SHA-256 ${actual}, and ${sha256} was signed`, again);
}
