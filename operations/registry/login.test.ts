import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "../../stacks/infrastructures.ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { gatewayAddress } from "../../config/addresses.ts";
import { parseEnvironment } from "../../config/parse.ts";
import { logIn } from "./login.ts";

const environment = parseEnvironment("office", { infrastructure: { kind: "local" } });
const registry = {
  name: "registry.office.kpaas.internal:5000",
  endpoint: "127.0.0.1:40123",
  user: "kpaas-admin",
  password: "a secret",
  caCertPem: "the CA\n",
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-login-"));
  mkdirSync(join(folder, "bin"));
  vi.stubEnv("PATH", join(folder, "bin"));
  vi.stubEnv("HOME", folder);
  vi.stubEnv("DOCKER_HOST", "unix:///elsewhere.sock");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Installs a tool that notes its arguments and its standard input, then does as told. */
function install(tool: string, then = "exit 0"): void {
  const path = join(folder, "bin", tool);
  const note = `printf '%s\\n' "$*" >${folder}/arguments; /bin/cat >${folder}/input`;
  writeFileSync(path, `#!/bin/sh\n${note}\n${then}\n`);
  chmodSync(path, 0o755);
}

const noted = (file: "arguments" | "input") => readFileSync(join(folder, file), "utf8");

test("docker is given the password by its standard input, and by nothing else", async () => {
  install("docker");
  install("podman");
  expect(await logIn(environment, registry)).toEqual({ tool: "docker", address: "127.0.0.1:40123" });
  expect(noted("arguments")).toBe("login --username kpaas-admin --password-stdin 127.0.0.1:40123\n");
  expect(noted("input")).toBe("a secret");
});

test("podman trusts the platform's CA for this registry alone", async () => {
  install("docker");
  install("podman");
  expect(await logIn(environment, registry, "podman")).toMatchObject({ tool: "podman" });
  const ca = join(folder, ".config/containers/certs.d/127.0.0.1:40123/ca.crt");
  expect(readFileSync(ca, "utf8")).toBe("the CA\n");
});

test("the gateway's private address is used as it is; a public one is in no certificate, so that the name has to lead there", async () => {
  install("podman");
  const endpoint = `${gatewayAddress(environment)}:5000`;
  expect(await logIn(environment, { ...registry, endpoint })).toMatchObject({ address: endpoint });
  rmSync(join(folder, "arguments"));
  await expect(logIn(environment, { ...registry, endpoint: "203.0.113.7:5000" })).rejects.toMatchObject({
    message: "registry.office.kpaas.internal, the registry's name, is not known to this machine",
    next: "add it to /etc/hosts: echo '203.0.113.7 registry.office.kpaas.internal' | sudo tee -a /etc/hosts",
  });
  expect(existsSync(join(folder, "arguments"))).toBe(false);
});

test("what the tool says of a failure is told, without the password", async () => {
  install("podman", "echo 'Error: x509: unknown authority' >&2; exit 125");
  const failed = await logIn(environment, registry).catch((error) => error);
  expect(failed.message).toBe("podman login 127.0.0.1:40123 failed: Error: x509: unknown authority");
  expect(failed.message + failed.next).not.toContain(registry.password);
});

test.each([
  [undefined, "neither docker nor podman is on PATH"],
  ["podman", "podman is not on PATH"],
  ["crane", "--tool: crane is none that is known here"],
])("without a tool (%s) it says so", async (tool, message) => {
  await expect(logIn(environment, registry, tool)).rejects.toThrow(message);
});
