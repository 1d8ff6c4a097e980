import { spawnSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-verify-cluster-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Makes a CA; gives its certificate in PEM. */
function authority(name: string): string {
  const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
  spawnSync("openssl", [...made, "-subj", `/CN=${name}`, "-keyout", key, "-out", file]);
  return readFileSync(file, "utf8");
}

function pinOf(certificate: string): string {
  const publicKey = new X509Certificate(certificate).publicKey.export({ type: "spki", format: "der" });
  return `sha256:${createHash("sha256").update(publicKey).digest("hex")}`;
}

/** Runs the check as a machine that was told of a CA beforehand, against what an API server publishes. */
function verify(toldBefore: string, published: string) {
  const data = Buffer.from(published).toString("base64");
  writeFileSync(
    join(folder, "cluster-info"),
    JSON.stringify({ data: { kubeconfig: `certificate-authority-data: ${data}\n` } }),
  );
  const script = `set -euo pipefail; readonly run="${folder}"; source "$0" 2>/dev/null; verify_cluster`;
  const { status, stderr } = spawnSync("bash", ["-c", script, join(import.meta.dirname, "scripts/node.sh")], {
    encoding: "utf8",
    env: { ...process.env, KPAAS_API: "api.example:6443", KPAAS_CA_PIN: pinOf(toldBefore) },
  });
  return { status, stderr };
}

test("a machine joins the cluster of the one CA that it was told of, and no other", () => {
  const [ours, another] = [authority("ours"), authority("another")];
  expect(verify(ours, ours)).toEqual({ status: 0, stderr: "" });
  expect(verify(ours, another)).toMatchObject({ status: 1, stderr: expect.stringContaining("has another CA") });
  for (const bundle of [ours + another, another + ours])
    expect(verify(ours, bundle)).toMatchObject({ status: 1, stderr: expect.stringContaining("2 certificates of CAs") });
  expect(verify(ours, "")).toMatchObject({ status: 1, stderr: expect.stringContaining("0 certificates of CAs") });
});
