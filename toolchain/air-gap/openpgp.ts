import { createHash, createPublicKey, type KeyObject, sign } from "node:crypto";

// As much of OpenPGP (RFC 9580, and RFC 4880's form of Ed25519 keys, which every apt knows) as signing a package repository takes.

/** A key as OpenPGP has it. */
export interface OpenPgpKey {
  privateKey: KeyObject;
  madeAt: Date;
  /** Name and address of whom it belongs to. */
  userId: string;
}

const tags = { signature: 2, publicKey: 6, userId: 13 } as const;
const types = { binaryDocument: 0x00, positiveCertification: 0x13 } as const;
const subpackets = { creationTime: 2, issuerKeyId: 16, keyFlags: 27, issuerFingerprint: 33 } as const;
const eddsa = 22;
const sha512 = 10;
const version = 4;
/** Object identifier of Ed25519, 1.3.6.1.4.1.11591.15.1, with its length. */
const curve = Buffer.from("092b06010401da470f01", "hex");

/** Gives the armoured public key, signed by itself. */
export function publicKeyBlock(key: OpenPgpKey): string {
  const body = publicKeyBody(key);
  const userId = Buffer.from(key.userId);
  const certified = Buffer.concat([hashedKey(body), Buffer.from([0xb4]), uint32(userId.length), userId]);
  const certification = signature(key, types.positiveCertification, certified, key.madeAt, [
    // It certifies and signs.
    subpacket(subpackets.keyFlags, Buffer.from([0x03])),
  ]);
  return armoured(
    "PUBLIC KEY BLOCK",
    Buffer.concat([packet(tags.publicKey, body), packet(tags.userId, userId), packet(tags.signature, certification)]),
  );
}

/** Gives an armoured signature of a document, apart from it. */
export function detachedSignature(key: OpenPgpKey, document: Buffer, signedAt: Date): string {
  return armoured("SIGNATURE", packet(tags.signature, signature(key, types.binaryDocument, document, signedAt, [])));
}

function publicKeyBody({ privateKey, madeAt }: OpenPgpKey): Buffer {
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  // 0x40: the point in the curve's own form.
  const point = mpi(Buffer.concat([Buffer.from([0x40]), Buffer.from(x, "base64url")]));
  return Buffer.concat([Buffer.from([version]), seconds(madeAt), Buffer.from([eddsa]), curve, point]);
}

/** Gives a key as it is hashed, for its fingerprint and its signatures. */
const hashedKey = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0x99]), uint16(body.length), body]);

function signature(key: OpenPgpKey, type: number, signed: Buffer, signedAt: Date, more: readonly Buffer[]): Buffer {
  const fingerprint = createHash("sha1")
    .update(hashedKey(publicKeyBody(key)))
    .digest();
  const hashed = Buffer.concat([
    subpacket(subpackets.creationTime, seconds(signedAt)),
    subpacket(subpackets.issuerFingerprint, Buffer.concat([Buffer.from([version]), fingerprint])),
    ...more,
  ]);
  const head = Buffer.concat([Buffer.from([version, type, eddsa, sha512]), uint16(hashed.length), hashed]);
  const trailer = Buffer.concat([Buffer.from([version, 0xff]), uint32(head.length)]);
  const digest = createHash("sha512").update(signed).update(head).update(trailer).digest();
  const value = sign(null, digest, key.privateKey);
  const unhashed = subpacket(subpackets.issuerKeyId, fingerprint.subarray(-8));
  return Buffer.concat([
    head,
    uint16(unhashed.length),
    unhashed,
    digest.subarray(0, 2),
    mpi(value.subarray(0, 32)),
    mpi(value.subarray(32)),
  ]);
}

const packet = (tag: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xc0 | tag, 0xff]), uint32(body.length), body]);

const subpacket = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([body.length + 1, type]), body]);

/** Renders a number with its length in bits; leading zeros are left out. */
function mpi(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.alloc(0) : value.subarray(first);
  const bits = digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;
  return Buffer.concat([uint16(bits), digits]);
}

const seconds = (date: Date): Buffer => uint32(Math.floor(date.getTime() / 1000));

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function armoured(kind: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN PGP ${kind}-----\n\n${lines.join("\n")}\n=${crc24(content)}\n-----END PGP ${kind}-----\n`;
}

function crc24(content: Buffer): string {
  let crc = 0xb704ce;
  for (const byte of content) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) {
      crc <<= 1;
      if (crc & 0x1000000) crc ^= 0x1864cfb;
    }
  }
  return Buffer.from([(crc >> 16) & 0xff, (crc >> 8) & 0xff, crc & 0xff]).toString("base64");
}
