import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { auditScript, comesWithPlatform, type DeprecatedUse, judgeUses, parseUses } from "./audit.ts";

/** A line as an API server of 1.35.4 wrote it under the platform's policy; the part that differs is given. */
function line({
  verb = "list",
  user = "system:serviceaccount:default:old-client",
  agent = "old-operator/v0.3 (linux/amd64) legacy/1a2b3c4",
  uri = "/apis/networking.k8s.io/v1beta1/servicecidrs",
  object = { resource: "servicecidrs", apiGroup: "networking.k8s.io", apiVersion: "v1beta1" } as object,
  at = "2026-11-30T10:51:27",
  stage = "ResponseComplete",
  removedIn = "1.37",
  isDeprecated = true,
} = {}): string {
  return JSON.stringify({
    kind: "Event",
    apiVersion: "audit.k8s.io/v1",
    level: "Metadata",
    auditID: "9060e881-3ddc-4d11-9510-7a977beac700",
    stage,
    requestURI: uri,
    verb,
    user: {
      username: user,
      uid: "62d1017c-a780-4aa8-85b3-d2be42d55eb9",
      groups: ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["JTI=6c440e85-086c-4152-af50-4bb28097381e"] },
    },
    sourceIPs: ["10.197.0.8"],
    ...(agent ? { userAgent: agent } : {}),
    objectRef: object,
    responseStatus: { metadata: {}, code: 200 },
    requestReceivedTimestamp: `${at}.850138Z`,
    stageTimestamp: `${at}.852491Z`,
    annotations: {
      "authorization.k8s.io/decision": "allow",
      "authorization.k8s.io/reason": 'RBAC: allowed by ClusterRoleBinding "sc" of ClusterRole "sc"',
      ...(isDeprecated ? { "k8s.io/deprecated": "true" } : {}),
      ...(isDeprecated && removedIn ? { "k8s.io/removed-release": removedIn } : {}),
    },
  });
}

const endpoints = (name: string, namespace = "shop") => ({
  uri: `/api/v1/namespaces/${namespace}/endpoints/${name}`,
  verb: "get",
  object: { resource: "endpoints", namespace, name, apiVersion: "v1" },
  removedIn: "",
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-audit-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), `${lines.join("\n")}\n`);

async function uses(): Promise<DeprecatedUse[]> {
  const { stdout } = await promisify(execFile)("sh", ["-c", auditScript(folder)]);
  return parseUses([stdout]);
}

test("the log of a master says who uses which deprecated API, how often and when last", async () => {
  write("audit-2026-11-29T08-00-00.000.log", [
    line({ at: "2026-11-29T07:00:00" }),
    line({ isDeprecated: false, uri: "/apis/apps/v1/deployments" }),
  ]);
  write("audit.log", [
    line(),
    line({
      verb: "get",
      object: { resource: "servicecidrs", name: "kubernetes", apiGroup: "networking.k8s.io", apiVersion: "v1beta1" },
    }),
    line({ ...endpoints("web"), at: "2026-11-30T10:52:00" }),
    line({ ...endpoints("api"), at: "2026-11-30T10:51:00" }),
  ]);
  expect(await uses()).toEqual([
    {
      user: "system:serviceaccount:default:old-client",
      userAgent: "old-operator/v0.3 (linux/amd64) legacy/1a2b3c4",
      api: "v1 endpoints",
      verbs: ["get"],
      objects: ["shop/api", "shop/web"],
      count: 2,
      lastAt: "2026-11-30T10:52:00.852491Z",
    },
    {
      user: "system:serviceaccount:default:old-client",
      userAgent: "old-operator/v0.3 (linux/amd64) legacy/1a2b3c4",
      api: "networking.k8s.io/v1beta1 servicecidrs",
      removedIn: "1.37",
      verbs: ["get", "list"],
      objects: ["kubernetes"],
      count: 3,
      lastAt: "2026-11-30T10:51:27.852491Z",
    },
  ]);
});

test("a machine answers with a line for each client and object, however often it was asked", async () => {
  const many = Array.from({ length: 400 }, (_, index) => line({ at: `2026-11-30T10:${10 + (index % 40)}:00` }));
  write("audit.log", many);
  const { stdout } = await promisify(execFile)("sh", ["-c", auditScript(folder)]);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(parseUses([stdout, stdout])).toMatchObject([{ count: 800, lastAt: "2026-11-30T10:49:00.852491Z" }]);
});

test("of a client with very many objects the answer stays short, and counts all", async () => {
  write(
    "audit.log",
    Array.from({ length: 3000 }, (_, index) => line(endpoints(`service-${index}`))),
  );
  const { stdout } = await promisify(execFile)("sh", ["-c", auditScript(folder)]);
  expect(stdout.trim().split("\n").length).toBeLessThan(510);
  expect(parseUses([stdout])).toMatchObject([{ count: 3000 }]);
});

test("what a client calls itself is no part of the log's form, and steers no terminal", async () => {
  const agent = 'evil","k8s.io/deprecated":"true","userAgent":"kubelet \\ \u001b[2J}}';
  write("audit.log", [line({ agent, isDeprecated: false }), line({ agent })]);
  const [use, ...others] = await uses();
  expect(others).toEqual([]);
  expect(use).toMatchObject({ count: 1, userAgent: agent.replace("\u001b", "?") });
});

test("a line that is being written is left for the next time", async () => {
  write("audit.log", [line(), `${line().slice(0, -1)}`]);
  expect(await uses()).toMatchObject([{ count: 1 }]);
});

test("files that are older than what is told are not read", async () => {
  write("audit-2026-01-01T00-00-00.000.log", [line()]);
  const old = new Date(Date.now() - 31 * 86_400_000);
  utimesSync(join(folder, "audit-2026-01-01T00-00-00.000.log"), old, old);
  write("audit.log", []);
  expect(await uses()).toEqual([]);
});

test("a master without an audit log says so", async () => {
  const missing = promisify(execFile)("sh", ["-c", auditScript(join(folder, "none"))]);
  await expect(missing).rejects.toMatchObject({ code: 1 });
});

test("clients that the upgrade itself renews are left out, an application's are not", () => {
  const own = new Set(["kube-flannel:flannel"]);
  const comes = (user: string, userAgent?: string) =>
    comesWithPlatform({ ...use, user, ...(userAgent ? { userAgent } : { userAgent: undefined }) }, own);
  expect(comes("system:apiserver", "kube-apiserver/v0.0.0 (linux/amd64) kubernetes/$Format")).toBe(true);
  expect(comes("system:node:h5-worker-1", "kubelet/v0.0.0")).toBe(true);
  const controller = "system:serviceaccount:kube-system:endpoint-controller";
  expect(comes(controller, "kube-controller-manager/v0.0.0 (linux/amd64) kubernetes/$Format")).toBe(true);
  expect(comes("system:serviceaccount:kube-flannel:flannel", "flanneld/v0.28")).toBe(true);
  expect(comes("kpaas-admin")).toBe(true);
  expect(comes("kubernetes-admin", "kubectl/v1.35.4")).toBe(true);

  expect(comes("kpaas-admin", "kubectl/v1.35.4")).toBe(false);
  expect(comes("system:serviceaccount:kube-system:some-operator", "operator/v1")).toBe(false);
  expect(comes("system:serviceaccount:shop:app", "kube-controller-manager/v0.0.0")).toBe(false);
  expect(comes("alice", "k9s/v0.50")).toBe(false);
});

const use: DeprecatedUse = {
  user: "system:serviceaccount:shop:old",
  userAgent: "old/v0.3",
  api: "networking.k8s.io/v1beta1 servicecidrs",
  removedIn: "1.37",
  verbs: ["get", "list"],
  objects: ["a", "b", "c", "d"],
  count: 12,
  lastAt: "2026-11-30T10:51:27.852491Z",
};
const anHourLater = new Date("2026-11-30T11:51:27Z");

test("an API in use that the new version no longer serves stops the upgrade, with client and objects", () => {
  expect(judgeUses([use], "1.37.2", anHourLater)).toEqual([
    {
      name: "deprecated API networking.k8s.io/v1beta1 servicecidrs",
      level: "blocks",
      found:
        "1.37.2 serves it no more (removed in 1.37); used by system:serviceaccount:shop:old (old/v0.3): get, list, 12 times, " +
        "last at 2026-11-30T10:51:27Z, on a, b, c and 1 more",
      remedy: expect.stringContaining("24 hours after its last use it stops no upgrade"),
    },
  ]);
});

test("an API that is served on is warned of once for all its clients, what ends first before the rest", () => {
  const endpointsUse = { ...use, api: "v1 endpoints", removedIn: undefined, objects: [] };
  const found = judgeUses([endpointsUse, { ...endpointsUse, user: "bob", count: 1 }, use], "1.36.3", anHourLater);
  expect(found.map(({ level, name }) => [level, name])).toEqual([
    ["warning", "deprecated API networking.k8s.io/v1beta1 servicecidrs"],
    ["warning", "deprecated API v1 endpoints"],
  ]);
  expect(found[0]?.found).toMatch(/^it is removed in 1.37; used by system:serviceaccount:shop:old/);
  expect(found[1]?.found).toMatch(/its end is not settled; used by .*old .*12 times.*; bob .*once/);
});

test("a removed API that was used until yesterday warns, one of last month is not told", () => {
  const after = (hours: number) => judgeUses([use], "1.38.0", new Date(Date.parse(use.lastAt) + hours * 3_600_000));
  expect(after(23)).toMatchObject([{ level: "blocks" }]);
  expect(after(25)).toMatchObject([{ level: "warning", found: expect.stringContaining("not used for 24 hours") }]);
  expect(after(31 * 24)).toEqual([]);
});
