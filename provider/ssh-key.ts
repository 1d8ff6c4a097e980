import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";

const algorithm = "ssh-ed25519";

export interface SshKey {
  privateKeyPem: string;
  publicKeyOpenSsh: string;
}

/** Makes an Ed25519 key pair in the forms that ssh and authorized_keys take. */
export async function generateSshKey(comment: string): Promise<SshKey> {
  const { privateKey } = await promisify(generateKeyPair)("ed25519");
  const { d, x } = privateKey.export({ format: "jwk" });
  if (!d || !x) throw new Error("an Ed25519 key without its parts");
  const [seed, point] = [Buffer.from(d, "base64url"), Buffer.from(x, "base64url")];
  const publicBlob = Buffer.concat([string(algorithm), string(point)]);
  return {
    privateKeyPem: pem(privateBlob(seed, point, publicBlob, comment)),
    publicKeyOpenSsh: `${algorithm} ${publicBlob.toString("base64")} ${comment}`,
  };
}

/** Encodes a private key by OpenSSH's PROTOCOL.key, unencrypted: ssh reads Ed25519 keys in no other format. */
function privateBlob(seed: Buffer, point: Buffer, publicBlob: Buffer, comment: string): Buffer {
  const check = randomBytes(4);
  const key = [string(algorithm), string(point), string(Buffer.concat([seed, point])), string(comment)];
  const section = Buffer.concat([check, check, ...key]);
  const padding = Buffer.from(Array.from({ length: (8 - (section.length % 8)) % 8 }, (_, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const unencrypted = [string("none"), string("none"), string("")];
  const magic = Buffer.from("openssh-key-v1\0");
  return Buffer.concat([magic, ...unencrypted, count, string(publicBlob), string(Buffer.concat([section, padding]))]);
}

/** Encodes SSH's `string`: its length, then its bytes. */
function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}
