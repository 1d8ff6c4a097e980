import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endOf, parseProbe, probeScript } from "./machine-probe.ts";

test("a probe tells first boot, each unit and each certificate apart", () => {
  const said = `first-boot done
unit containerd active
unit kubelet failed
certificate /etc/a.crt
-----BEGIN CERTIFICATE-----
AAAA
-----END CERTIFICATE-----
certificate /etc/empty.crt
`;
  const { answer, certificateTexts } = parseProbe(said);
  expect(answer).toEqual({ firstBoot: "done", units: { containerd: "active", kubelet: "failed" } });
  expect(Object.keys(certificateTexts)).toEqual(["/etc/a.crt", "/etc/empty.crt"]);
  expect(certificateTexts["/etc/a.crt"]).toContain("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
});

test("a unit whose state systemd does not tell is unknown, not left out", () => {
  expect(parseProbe("first-boot under-way\nunit kubelet \n").answer).toEqual({
    firstBoot: "under way",
    units: { kubelet: "unknown" },
  });
});

test("a machine that asks for a restart says so, and else says nothing of it", () => {
  expect(parseProbe("first-boot done\nrestart wanted\nunit kubelet active\n").answer).toEqual({
    firstBoot: "done",
    units: { kubelet: "active" },
    wantsRestart: true,
  });
});

test("the command itself takes the certificate out of a file with a key, and skips a file that is not there", () => {
  const folder = mkdtempSync(join(tmpdir(), "kpaas-probe-"));
  try {
    const file = join(folder, "both.pem");
    writeFileSync(file, `-----BEGIN EC PRIVATE KEY-----\nSECRET\n-----END EC PRIVATE KEY-----\n${certificate}`);
    const absent = join(folder, "absent.pem");
    const stdout = execFileSync("sh", ["-c", probeScript, "sh", "kpaas-no-such-unit", `${file} ${absent}`]).toString();
    expect(stdout).not.toContain("SECRET");
    const { answer, certificateTexts } = parseProbe(stdout);
    expect(answer.firstBoot).toBe("under way");
    expect(answer.units["kpaas-no-such-unit"]).not.toBe("active");
    expect(endOf(certificateTexts[file])).toEqual({ value: "2036-11-18T15:17:58.000Z" });
    expect(endOf(certificateTexts[absent])).toEqual({ unknown: "the machine has no such file" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a file without a certificate is unknown, not an error", () => {
  expect(endOf("")).toEqual({ unknown: "the file holds no certificate" });
});

/** A certificate of nobody's; its key was thrown away. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBcjCCARmgAwIBAgIUXu1QrC45pBBUbqDt6fZIBdW3aZowCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjExNTE3NThaFw0zNjExMTgxNTE3NTha
MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATuG+hz
OS9X7Sslv5kWh3fb90YPnhDpcuXkGo6m+P55kL2wslFvQEnTaXGK4rbM2ERwN2Dk
4vGi3ZwG7PdF2CvFo1MwUTAdBgNVHQ4EFgQUd26pKXJn9zFuNOgWMxHvR7m0NCAw
HwYDVR0jBBgwFoAUd26pKXJn9zFuNOgWMxHvR7m0NCAwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiApCewnGDumLRK4IhHz9ACDFipL2g0FFC+uB1zo
HnTtDgIgTXLxp0xvdP/4CtR4DYMi8iZifW4E7RmcSp6HNWTs0BA=
-----END CERTIFICATE-----
`;
