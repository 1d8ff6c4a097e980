import { expect, test } from "vitest";
import { fingerprintOf, generateSshKey, sshKeyOf } from "./ssh-key.ts";

/** The first test vector of RFC 8032, 7.1. */
const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
const point = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");

test("a seed always gives the same pair, that of the standard", () => {
  const key = sshKeyOf(seed, "worker-1");
  const [algorithm, blob = "", comment] = key.publicKeyOpenSsh.split(" ");
  expect([algorithm, comment]).toEqual(["ssh-ed25519", "worker-1"]);
  expect(Buffer.from(blob, "base64").subarray(-32)).toEqual(point);
  expect(sshKeyOf(seed, "worker-1")).toEqual(key);
  const body = Buffer.from(key.privateKeyPem.split("\n").slice(1, -2).join(""), "base64");
  expect(body.includes(Buffer.concat([seed, point]))).toBe(true);
});

test("a generated key is another each time", () => {
  expect(generateSshKey("a").publicKeyOpenSsh).not.toBe(generateSshKey("a").publicKeyOpenSsh);
});

test("a fingerprint is as ssh-keygen -l shows it, whatever the comment", () => {
  const fingerprint = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8";
  expect(fingerprintOf(sshKeyOf(seed, "a").publicKeyOpenSsh)).toBe(fingerprintOf(sshKeyOf(seed, "b").publicKeyOpenSsh));
  expect(fingerprintOf(sshKeyOf(seed, "a").publicKeyOpenSsh)).toBe(fingerprint);
});
