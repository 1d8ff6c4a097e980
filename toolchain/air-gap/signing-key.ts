import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { fingerprintOf } from "./format.mjs";
import { publicKeyIn, signingKeyFile } from "./trust.mjs";

/** The key with which an operator signs bundles. */
export interface SigningKey {
  privateKey: KeyObject;
  /** SubjectPublicKeyInfo, base64. */
  publicKey: string;
  fingerprint: string;
  /** Time at which it was made. */
  madeAt: Date;
  file: string;
}

/** Gives this operator's signing key, which is made once. Throws UserError where it cannot be used. */
export function signingKey(): SigningKey {
  const file = signingKeyFile();
  if (!existsSync(file)) makeKey(file);
  const pem = readFileSync(file, "utf8");
  try {
    const privateKey = createPrivateKey(pem);
    if (privateKey.asymmetricKeyType !== "ed25519") throw new Error(`it is of kind ${privateKey.asymmetricKeyType}`);
    const publicKey = publicKeyIn(pem);
    return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey), madeAt: statSync(file).mtime, file };
  } catch (error) {
    throw new UserError(
      `${file} is no ed25519 private key: ${(error as Error).message}`,
      "restore it, or move it away: the next bundle is signed by a new key then, which its users have to be told",
    );
  }
}

/** Makes the key in one step, so that of two bundles made at once both are signed by the same. */
function makeKey(file: string): void {
  const { privateKey } = generateKeyPairSync("ed25519");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(draft);
  }
}
