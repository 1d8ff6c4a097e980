// Plain JavaScript, Node.js alone: see format.mjs.
import { createPublicKey } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../state-folder.mjs";
import { fingerprintOf, Refusal } from "./format.mjs";

/** Gives the file of the private key with which this operator's bundles are signed. */
export const signingKeyFile = () => join(stateFolder(), "bundles", "signing-key.pem");

/** Gives the file of the keys that this operator trusts: a fingerprint and a word on it on each line. */
export const trustedKeysFile = () => join(stateFolder(), "bundles", "trusted-keys");

/**
 * Finds out whether the key that signed a bundle is trusted: because it is named, known, this operator's own, or the first that is
 * seen. Gives a line to be shown. Throws Refusal.
 *
 * @param {import("./format.mjs").Manifest} manifest
 * @param {string} [named] A file with the public key, or its fingerprint.
 * @returns {{ fingerprint: string, how: "named" | "known" | "first use", said: string }}
 */
export function trust(manifest, named) {
  const { publicKey } = manifest.signer;
  const fingerprint = fingerprintOf(publicKey);
  const known = trustedKeys();
  if (named !== undefined) {
    const expected = fingerprintIn(named);
    if (expected !== fingerprint)
      throw new Refusal(
        `the bundle was signed by ${fingerprint}, and --key names ${expected}`,
        "get the bundle from whom that key belongs to",
      );
    if (!known.includes(fingerprint)) remember(fingerprint, "named");
    return { fingerprint, how: "named", said: `signed by ${fingerprint}, the key that was named` };
  }
  if (known.includes(fingerprint))
    return { fingerprint, how: "known", said: `signed by ${fingerprint}, which is known here` };
  if (known.length > 0)
    throw new Refusal(
      `the bundle was signed by ${fingerprint}, which is not among the keys trusted here: ${known.join(", ")}`,
      "ask its maker for the fingerprint (./kpaas bundle key); where it is this one: add --key FINGERPRINT, once",
    );
  remember(fingerprint, "trusted at first use");
  return {
    fingerprint,
    how: "first use",
    said:
      `signed by ${fingerprint}, which is TRUSTED FROM NOW ON, because it is the first key seen here: ` +
      `compare it with what the bundle's maker reads from ./kpaas bundle key; ${trustedKeysFile()} keeps it`,
  };
}

/** @returns {string[]} */
function trustedKeys() {
  const file = trustedKeysFile();
  const listed = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const own = ownFingerprint();
  return [...listed.flatMap((line) => line.split(" ")[0] || []), ...(own === undefined ? [] : [own])];
}

function ownFingerprint() {
  return existsSync(signingKeyFile()) ? fingerprintOf(publicKeyIn(readFileSync(signingKeyFile(), "utf8"))) : undefined;
}

/** @param {string} pem A private or public key's. */
export const publicKeyIn = (pem) => createPublicKey(pem).export({ type: "spki", format: "der" }).toString("base64");

/** @param {string} named */
function fingerprintIn(named) {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(named)) return named;
  if (!existsSync(named))
    throw new Refusal(`--key: ${named} is neither a file nor a fingerprint`, "./kpaas bundle key shows both");
  try {
    return fingerprintOf(publicKeyIn(readFileSync(named, "utf8")));
  } catch {
    throw new Refusal(`--key: ${named} holds no public key in PEM`, "./kpaas bundle key shows it");
  }
}

/**
 * @param {string} fingerprint
 * @param {string} word
 */
function remember(fingerprint, word) {
  mkdirSync(join(stateFolder(), "bundles"), { recursive: true, mode: 0o700 });
  appendFileSync(trustedKeysFile(), `${fingerprint} ${word} ${new Date().toISOString()}\n`, { mode: 0o600 });
}
