import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../../lib/run.ts";
import { handler as keyPair } from "../../provider/resources/key-pair.ts";
import { issue, publicKeyPin, selfSignedAuthority } from "../../provider/x509.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-certificates-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

const openssl = (...words: string[]) => run("openssl", words);
const shown = (path: string) => openssl("x509", "-in", path, "-noout", "-text");

test("OpenSSL takes an authority for one that kubeadm can sign with", async () => {
  const authority = await selfSignedAuthority("kubernetes", 3650);
  const [cert, key] = [await file("ca.crt", authority.certPem), await file("ca.key", authority.keyPem)];
  const text = await shown(cert);
  expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE/);
  expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Certificate Sign, CRL Sign/);
  expect(text).toMatch(/Subject: CN = kubernetes/);
  expect(text).toContain("prime256v1");
  expect(await openssl("verify", "-x509_strict", "-CAfile", cert, cert)).toContain("OK");
  // kubeadm refuses an authority whose key does not belong to it.
  expect(await openssl("x509", "-in", cert, "-noout", "-pubkey")).toBe(await openssl("pkey", "-in", key, "-pubout"));
  const days = (Date.parse(authority.notAfter) - Date.now()) / (24 * 3600 * 1000);
  expect(Math.round(days)).toBe(3650);
  expect(
    Math.abs(Date.parse(authority.notAfter) - Date.parse(new X509Certificate(authority.certPem).validTo)),
  ).toBeLessThan(1000);
});

test("the pin is the one that kubeadm's documentation tells to calculate", async () => {
  const { certPem } = await selfSignedAuthority("kubernetes", 1);
  const pubkey = await file(
    "pin.pub",
    await openssl("x509", "-in", await file("pin.crt", certPem), "-noout", "-pubkey"),
  );
  const der = join(folder, "pin.der");
  await openssl("pkey", "-pubin", "-in", pubkey, "-outform", "der", "-out", der);
  expect(publicKeyPin(certPem)).toBe(`sha256:${(await openssl("dgst", "-sha256", "-r", der)).split(" ")[0]}`);
});

test("a certificate holds for its names, addresses and purpose, and for no other", async () => {
  const authority = await selfSignedAuthority("platform", 30);
  const server = await issue(authority, {
    commonName: "registry.test",
    dnsNames: ["registry.test", "localhost"],
    ipAddresses: ["10.0.0.8", "fd00::8"],
    usages: ["server"],
    validityDays: 10,
  });
  const [ca, cert] = [await file("platform.crt", authority.certPem), await file("server.crt", server.certPem)];
  const verify = (...words: string[]) => openssl("verify", "-x509_strict", "-CAfile", ca, ...words, cert);
  for (const name of ["registry.test", "localhost"])
    expect(await verify("-purpose", "sslserver", "-verify_hostname", name)).toContain("OK");
  for (const address of ["10.0.0.8", "fd00::8"])
    expect(await verify("-purpose", "sslserver", "-verify_ip", address)).toContain("OK");
  await expect(verify("-verify_hostname", "database.test")).rejects.toThrow();
  await expect(verify("-purpose", "sslclient")).rejects.toThrow();
  expect(await shown(cert)).toMatch(/Key Usage: critical\s+Digital Signature\n/);

  const stranger = await file("stranger.crt", (await selfSignedAuthority("platform", 30)).certPem);
  await expect(openssl("verify", "-CAfile", stranger, cert)).rejects.toThrow();
});

test("an administrator's certificate carries its group, and ends no later than its authority", async () => {
  const authority = await selfSignedAuthority("kubernetes", 5);
  const admin = await issue(authority, {
    commonName: "kpaas-admin",
    organizations: ["kubeadm:cluster-admins"],
    usages: ["client"],
    validityDays: 365,
  });
  const cert = await file("admin.crt", admin.certPem);
  expect(await shown(cert)).toMatch(/Subject: O = kubeadm:cluster-admins, CN = kpaas-admin/);
  expect(await shown(cert)).toContain("TLS Web Client Authentication");
  expect(Math.abs(Date.parse(admin.notAfter) - Date.parse(authority.notAfter))).toBeLessThan(1000);
});

test("no two certificates have the same serial number or key", async () => {
  const authority = await selfSignedAuthority("platform", 30);
  const request = { commonName: "x", usages: ["server" as const], validityDays: 1 };
  const made = await Promise.all(Array.from({ length: 20 }, () => issue(authority, request)));
  expect(new Set(made.map(({ keyPem }) => keyPem)).size).toBe(20);
  expect(new Set(made.map(({ certPem }) => new X509Certificate(certPem).serialNumber)).size).toBe(20);
});

test("the service accounts' keys are an RSA pair of which one signs and the other verifies", async () => {
  const context = { name: "sa", environment: "test", signal: new AbortController().signal, report() {}, warn() {} };
  const { outputs } = await keyPair.create({}, context);
  const { privateKeyPem, publicKeyPem } = outputs as { privateKeyPem: string; publicKeyPem: string };
  const [key, pub] = [await file("sa.key", privateKeyPem), await file("sa.pub", publicKeyPem)];
  const [data, signature] = [await file("data", "token"), join(folder, "signature")];
  expect(await openssl("rsa", "-in", key, "-noout", "-text")).toContain("Private-Key: (2048 bit");
  await openssl("dgst", "-sha256", "-sign", key, "-out", signature, data);
  expect(await openssl("dgst", "-sha256", "-verify", pub, "-signature", signature, data)).toContain("Verified OK");
});
