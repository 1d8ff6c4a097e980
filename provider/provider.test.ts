import { describe, expect, test } from "vitest";
import { z } from "zod";
import { UserError } from "../lib/errors.ts";
import { engineError } from "./errors.ts";
import { KpaasProvider } from "./provider.ts";
import { PartlyCreated, resource } from "./resource.ts";
import { secret } from "./values.ts";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const provider = new KpaasProvider({ report: () => {}, warn: () => {} });
const urn = (type: string) => `urn:pulumi:test::project::kpaas:index:Parent$${type}::name`;
const diff = (type: string, state: object, inputs: object) =>
  provider.diff("id", urn(type), state as Record<string, unknown>, inputs as Record<string, unknown>);
const days = (count: number) => new Date(Date.now() + count * 24 * 3600 * 1000).toISOString();

const node = {
  machineId: "1",
  nodeName: "test-worker-1",
  connection: { kind: "container", container: "test-worker-1" },
  api: secret({
    server: "https://127.0.0.1:6443",
    serverName: "api",
    caCertPem: "c",
    clientCertPem: "c",
    clientKeyPem: "k",
  }),
  joinToken: secret("abcdef.0123456789abcdef"),
  kubernetesVersion: "1.36.3",
};
const api = {
  server: "https://127.0.0.1:6443",
  serverName: "api",
  caCertPem: "c",
  clientCertPem: "c",
  clientKeyPem: "k",
};

describe("check", () => {
  const failures = async (type: string, inputs: Record<string, unknown>) =>
    (await provider.check(urn(type), {}, inputs)).failures;

  test("takes inputs as they are, secrets still marked", async () => {
    expect(await provider.check(urn("kpaas:index:Node"), {}, node)).toEqual({ inputs: node, failures: [] });
  });

  test.each([
    ["a part that is missing", { ...node, api: { ...api, server: undefined } }, "api.server"],
    ["an address without TLS", { ...node, api: { ...api, server: "http://127.0.0.1" } }, "api.server"],
    ["an unknown kind", { ...node, connection: { kind: "telnet", container: "x" } }, "connection.kind"],
    [
      "a property below that does not exist",
      { ...node, connection: { ...node.connection, port: 22 } },
      "connection.port",
    ],
  ])("names the path of %s", async (_, inputs, property) => {
    expect(await failures("kpaas:index:Node", inputs)).toMatchObject([{ property }]);
  });

  test("keeps a property that holds a secret out of what the engine prints", async () => {
    expect(await failures("kpaas:index:Node", { ...node, joinToken: secret("swordfish") })).toEqual([
      { property: "", reason: "joinToken: must be a kubeadm bootstrap token" },
    ]);
  });

  test("lets what a preview does not know pass, as a whole or in part, but nothing beside it", async () => {
    const inputs = { ...node, connection: unknown, api: { ...api, server: secret(unknown) }, joinToken: unknown };
    expect(await failures("kpaas:index:Node", inputs)).toEqual([]);
    expect(await failures("kpaas:index:Node", { ...inputs, machineId: 7, extra: 1 })).toMatchObject([
      { property: "machineId" },
      { property: "extra" },
    ]);
  });

  test.each([
    "etc/kpaas/x",
    "/etc/../root/x",
    "/etc/./x",
    "/etc/kpaas/.hidden",
    "/a//b",
    "/a/",
    "/a'b",
    "/a b",
    "/a\nb",
    "/",
    "",
  ])("refuses the file %j for a machine and for a node", async (path) => {
    const own = { machineId: "1", machineName: "m", connection: node.connection };
    for (const [type, inputs] of [
      ["kpaas:index:MachineFiles", own],
      ["kpaas:index:Node", node],
    ] as const) {
      const given = (file: object) => failures(type, { ...inputs, files: [file] });
      expect(await given({ path, content: "x" })).toHaveLength(1);
      expect(await given({ path: "/etc/kpaas/secrets/pki/ca.crt", content: "x", permissions: "0600" })).toEqual([]);
    }
  });

  test.each(["644", "0888", "04755", "rw"])("refuses the permissions %j of a file", async (permissions) => {
    const files = [{ path: "/etc/kpaas/x", content: "x", permissions }];
    const inputs = { machineId: "1", machineName: "m", connection: node.connection, files };
    expect(await failures("kpaas:index:MachineFiles", inputs)).toMatchObject([{ property: "files[0].permissions" }]);
  });

  test("refuses a certificate that every up would renew", async () => {
    const request = { caCertPem: "c", caKeyPem: "k", commonName: "x", usages: ["server"] };
    expect(await failures("kpaas:index:Certificate", { ...request, validityDays: 90 })).toMatchObject([
      { property: "renewBeforeDays" },
    ]);
    expect(await failures("kpaas:index:Certificate", { ...request, validityDays: 91 })).toEqual([]);
  });

  test("does not know other types", async () => {
    await expect(provider.check(urn("kpaas:index:Toaster"), {}, {})).rejects.toThrow("kpaas:index:Toaster");
  });
});

describe("diff", () => {
  const joined = { ...node, kubeletVersion: "v1", internalIp: "10.0.0.1" };

  test("finds nothing where only the marks of secrets differ", async () => {
    expect(await diff("kpaas:index:Node", joined, { ...node, api, joinToken: "abcdef.0123456789abcdef" })).toEqual({
      changes: false,
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  test("updates a node whose access changed, and replaces one whose machine did, the old one first", async () => {
    expect(await diff("kpaas:index:Node", joined, { ...node, api: unknown })).toMatchObject({
      changes: true,
      replaces: [],
    });
    expect(await diff("kpaas:index:Node", joined, { ...node, machineId: unknown })).toEqual({
      changes: true,
      replaces: ["machineId"],
      deleteBeforeReplace: true,
    });
  });

  test("leaves a local machine alone that is older than the choice of its host ports", async () => {
    const machine = { hostname: "m", publicPorts: [6443], running: true };
    const unchanged = { changes: false, replaces: [] };
    for (const hostPorts of [{ 6443: 20_001 }, unknown])
      expect(await diff("kpaas:local:Machine", machine, { ...machine, hostPorts })).toMatchObject(unchanged);
    const elsewhere = { ...machine, publicPorts: [6443, 5000], hostPorts: { 6443: 20_001, 5000: 20_002 } };
    expect(await diff("kpaas:local:Machine", machine, elsewhere)).toMatchObject({ replaces: ["publicPorts"] });
  });

  test("replaces keys with the new one first, so that nobody is without", async () => {
    expect(await diff("kpaas:index:RandomSecret", { value: "x" }, { generation: 2 })).toEqual({
      changes: true,
      replaces: ["generation"],
      deleteBeforeReplace: false,
    });
  });

  test.each([
    [89, true],
    [91, false],
  ])("with %i days left a certificate's renewal is %s", async (left, changes) => {
    const request = { caCertPem: "c", caKeyPem: "k", commonName: "x", usages: ["server"] };
    const state = { ...request, certPem: "c", keyPem: secret("k"), notAfter: days(left) };
    expect(await diff("kpaas:index:Certificate", state, request)).toMatchObject({ changes, replaces: [] });
  });
});

describe("a large input", () => {
  const request = { value: "x".repeat(40_000), generation: 1 };
  const pinning = { pinned: "new", generation: 1 };

  test("is a digest in the state, by which its change is still seen", async () => {
    const pinned = { inputs: z.strictObject({ value: z.string(), generation: z.int() }), digests: ["value"] } as const;
    const handler = resource<typeof request, object>({ ...pinned, create: async () => ({ id: "1", outputs: {} }) });
    const own = new KpaasProvider({ report: () => {}, warn: () => {} }, async () => handler);
    const { outs } = await own.create(urn("x"), { ...request, value: secret(request.value) });
    expect(JSON.stringify(outs).length).toBeLessThan(200);
    expect(await own.diff("1", urn("x"), outs, request)).toMatchObject({ changes: false });
    expect(await own.diff("1", urn("x"), outs, { ...request, value: "y" })).toMatchObject({ replaces: ["value"] });
    expect(await own.diff("1", urn("x"), outs, { ...request, value: unknown })).toMatchObject({ replaces: ["value"] });
  });

  test("of a resource that there are many of is a digest for the engine, and whole for the handler", async () => {
    const made: unknown[] = [];
    const handler = resource<typeof request, object>({
      inputs: z.strictObject({ value: z.string(), generation: z.int() }),
      digests: ["value"],
      digestsAtCheck: true,
      create: async ({ value }) => ({ id: "1", outputs: { made: made.push(value) } }),
      update: async (_id, _state, { value }) => ({ made: made.push(value) }),
    });
    const own = new KpaasProvider({ report: () => {}, warn: () => {} }, async () => handler);
    const checked = async (value: unknown) =>
      (await own.check(urn("x"), {}, { ...request, value })).inputs as typeof request;
    const inputs = await checked(secret(request.value));
    expect(JSON.stringify(inputs).length).toBeLessThan(200);
    const { outs } = await own.create(urn("x"), inputs);
    expect(JSON.stringify(outs).length).toBeLessThan(200);
    expect(await own.diff("1", urn("x"), outs, inputs)).toMatchObject({ changes: false });
    const other = await checked("y");
    expect(await own.diff("1", urn("x"), outs, other)).toMatchObject({ changes: true });
    await own.update("1", urn("x"), outs, other);
    expect(made).toEqual([request.value, "y"]);
    expect(await checked(unknown)).toMatchObject({ value: unknown });
    expect((await own.check(urn("x"), {}, { ...request, generation: "one" })).inputs).toMatchObject({
      value: request.value,
    });
  });

  test("that is secret is secret where it is pinned, too", async () => {
    const { outs } = await provider.create(urn("kpaas:index:Pinned"), { ...pinning, pinned: secret("user-data") });
    expect(outs).toMatchObject({ pinned: secret("user-data") });
    const open = await provider.create(urn("kpaas:index:Pinned"), { ...pinning, pinned: "image" });
    expect(open.outs).toMatchObject({ pinned: "image" });
  });

  test("that is pinned changes nothing by itself", async () => {
    const state = { ...pinning, pinned: "old", since: "2026-11-30T00:00:00.000Z" };
    expect(await diff("kpaas:index:Pinned", state, pinning)).toMatchObject({ changes: false });
    expect(await diff("kpaas:index:Pinned", state, { ...pinning, generation: 2 })).toMatchObject({
      changes: true,
      replaces: [],
    });
  });
});

describe("errors", () => {
  test("of something half made carry what the engine must keep, and only then", () => {
    const error = engineError(new PartlyCreated("test-worker-1", { a: 1 }, "late"), (outputs) => ({
      ...outputs,
      b: 2,
    }));
    expect(error).toMatchObject({
      message: "late",
      id: "test-worker-1",
      properties: { a: 1, b: 2 },
      reasons: ["late"],
    });
    expect(engineError(new Error("broken"))).not.toHaveProperty("id");
  });

  test("of users say what to do, without a stack", () => {
    const error = engineError(new UserError("no engine", "start one"));
    expect(error).toMatchObject({ message: "no engine\nstart one", stack: "" });
  });
});

test("a cancellation ends what is under way, not what begins after it: `pulumi up` cancels its preview before the update", async () => {
  let end = (): void => {};
  const slow = resource<object, object>({
    inputs: z.object({}),
    create: (_, { signal }) =>
      new Promise((resolve, reject) => {
        end = () => resolve({ id: "1", outputs: {} });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        if (signal.aborted) reject(signal.reason);
      }),
  });
  const cancelled = new KpaasProvider({ report: () => {}, warn: () => {} }, async () => slow);
  const underWay = cancelled.create(urn("kpaas:index:Node"), {});
  await new Promise(setImmediate);
  await cancelled.cancel();
  await expect(underWay).rejects.toThrow("cancelled");
  const later = cancelled.create(urn("kpaas:index:Node"), {});
  await new Promise(setImmediate);
  end();
  await expect(later).resolves.toMatchObject({ id: "1" });
});
