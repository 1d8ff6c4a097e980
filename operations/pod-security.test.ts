import "../stacks/infrastructures.ts";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onRecord } from "../config/on-record.ts";
import { parseEnvironment } from "../config/parse.ts";
import type { PodSecurityLevel } from "../config/pod-security.ts";
import { toYaml } from "../lib/yaml.ts";
import { KubernetesApi } from "../provider/kubernetes.ts";
import { FakeApiServer } from "../tests/harness/provider/fake-api-server.ts";
import { stackStateFile } from "./engine/state.ts";
import { brokenIn, podSecurityLook, podSecurityWarnings } from "./pod-security.ts";

/** Outputs of the stack, where a test says so. */
const told = vi.hoisted(() => ({ outputs: undefined as { kubeconfig: string } | undefined }));
vi.mock("./access/outputs.ts", async (importOriginal) => {
  const real = await importOriginal<typeof import("./access/outputs.ts")>();
  return { ...real, readOutputs: async (name: string) => told.outputs ?? real.readOutputs(name) };
});

let folder: string;
let server: FakeApiServer;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-state-"));
  vi.stubEnv("KPAAS_STATE_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
  server = await FakeApiServer.start();
});
afterEach(async () => {
  told.outputs = undefined;
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await server.stop();
});

const loaded = (podSecurity: object) => {
  const settings = { infrastructure: { kind: "local" }, containerPlatform: { podSecurity } };
  return { name: "dev", path: "", file: {}, environment: parseEnvironment("dev", settings) };
};

/** Writes a state whose record has this standard, or none. */
function platformOf(podSecurity: PodSecurityLevel | undefined): void {
  const type = "kpaas:index:PlatformRecord";
  const inputs = { ...onRecord(loaded({}).environment), podSecurity };
  const resources = [{ urn: `urn:pulumi:dev::kpaas::${type}::platform`, type, inputs }];
  mkdirSync(dirname(stackStateFile("dev")), { recursive: true });
  writeFileSync(stackStateFile("dev"), JSON.stringify({ checkpoint: { latest: { resources } } }));
}

test.each([podSecurityLook.own, podSecurityWarnings.own])(
  "a cluster is asked only where it is to become stricter: %o",
  async (step) => {
    const run = (podSecurity: object) => step.run({ loaded: loaded(podSecurity) });
    await expect(run({}), "nothing is up").resolves.toBeUndefined();
    platformOf("baseline");
    await expect(run({})).resolves.toBeUndefined();
    await expect(run({ enforce: "privileged" })).resolves.toBeUndefined();
    // There is a state, and no folder of the engine's beside it: the outputs were asked for.
    await expect(run({ enforce: "restricted" })).rejects.toThrow("dev is not up");
    platformOf(undefined);
    await expect(run({}), "an earlier release had no standard").rejects.toThrow("dev is not up");
  },
);

test("the API server names the pods of each namespace that has no level of its own, and changes nothing", async () => {
  const namespaces = "/api/v1/namespaces";
  const labels = { "pod-security.kubernetes.io/enforce": "privileged" };
  for (const [name, more] of Object.entries({ "kube-system": {}, ours: {}, tenant: {}, labelled: { labels } }))
    server.put(`${namespaces}/${name}`, { metadata: { name, ...more } });
  server.put(namespaces, {
    metadata: { name: "" },
    items: [...server.objects.values()],
  });
  server.warn = (method, path) =>
    method === "PATCH"
      ? [
          `existing pods in namespace "${path.split("/").at(-1)}" violate the new PodSecurity enforce level "baseline:latest"`,
          "agent-x7: host namespaces, hostPath volumes",
        ]
      : [];
  const api = new KubernetesApi(server.credentials);
  const { environment } = loaded({ exemptNamespaces: ["ours"] });
  expect(await brokenIn(api, environment)).toEqual(["tenant: agent-x7: host namespaces, hostPath volumes"]);
  api.close();
  expect(server.requests.filter((request) => !request.startsWith("GET"))).toEqual([
    `PATCH ${namespaces}/tenant?dryRun=All`,
  ]);
  expect(server.objects.get(`${namespaces}/tenant`)?.metadata).not.toHaveProperty("labels");
});

test("an API server that does not answer as it should stops an up, and a preview warns of it", async () => {
  platformOf(undefined);
  const { server: url, caCertPem, clientCertPem, clientKeyPem } = server.credentials;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const user = { "client-certificate-data": base64(clientCertPem), "client-key-data": base64(clientKeyPem) };
  const cluster = { server: url, "tls-server-name": "localhost", "certificate-authority-data": base64(caCertPem) };
  told.outputs = { kubeconfig: toYaml({ clusters: [{ cluster }], users: [{ user }] }) };
  server.refuse = () => 503;
  const run = { loaded: loaded({}) };
  await expect(podSecurityLook.own.run(run)).rejects.toThrow(/the API server of dev cannot be asked which pods break/);
  const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await podSecurityWarnings.own.run(run);
  expect(stderr.mock.calls.join("")).toContain("up would stop: the API server of dev cannot be asked");
  stderr.mockRestore();
});
