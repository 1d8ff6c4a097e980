import { createHash, createPrivateKey, randomBytes } from "node:crypto";

const algorithm = "ssh-ed25519";

/** Path of a machine's own host key, as sshd has it; its public half is beside it. */
export const hostKeyPath = "/etc/ssh/ssh_host_ed25519_key";

export interface SshKey {
  privateKeyPem: string;
  /** `ssh-ed25519 AAAA... <comment>`, as authorized_keys and known_hosts have it. */
  publicKeyOpenSsh: string;
}

/** Makes an Ed25519 key pair in the forms that ssh and authorized_keys take. */
export const generateSshKey = (comment: string): SshKey => sshKeyOf(randomBytes(32), comment);

/** Gives the Ed25519 key pair of a seed of 32 bytes, the same text each time. */
export function sshKeyOf(seed: Buffer, comment: string): SshKey {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
  const { x } = key.export({ format: "jwk" });
  if (!x) throw new Error("an Ed25519 key without its parts");
  const point = Buffer.from(x, "base64url");
  const publicBlob = Buffer.concat([string(algorithm), string(point)]);
  return {
    privateKeyPem: pem(privateBlob(seed, point, publicBlob, comment)),
    publicKeyOpenSsh: `${algorithm} ${publicBlob.toString("base64")} ${comment}`,
  };
}

/** Gives a public key's fingerprint as ssh shows it: `SHA256:<base64>`. */
export function fingerprintOf(publicKeyOpenSsh: string): string {
  const blob = Buffer.from(publicKeyOpenSsh.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** Bytes that stand before the seed in the DER form of an Ed25519 private key (RFC 8410). */
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/** Encodes a private key by OpenSSH's PROTOCOL.key, unencrypted: ssh reads Ed25519 keys in no other format. */
function privateBlob(seed: Buffer, point: Buffer, publicBlob: Buffer, comment: string): Buffer {
  // It tells a wrong passphrase of an encrypted key; here it only has to be there twice.
  const check = createHash("sha256").update(publicBlob).digest().subarray(0, 4);
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
