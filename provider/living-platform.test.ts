import { beforeEach, describe, expect, test, vi } from "vitest";
import type { OnRecord } from "../config/on-record.ts";

const record = (machines: OnRecord["machines"], changes: Partial<OnRecord> = {}): OnRecord => ({
  kept: { "network.podCidr": "10.233.64.0/18" },
  kubernetesVersion: "1.36.3",
  dataDisksGiB: {},
  machines,
  ...changes,
});
const urn = (type: string, name = "platform-record") => `urn:pulumi:test::kpaas::${type}::${name}`;
const recordUrn = urn("kpaas:index:PlatformRecord");

/** A process of the provider of its own: what a run tells it stays there. */
async function process() {
  vi.resetModules();
  const { KpaasProvider } = await import("./provider.ts");
  const { stays } = await import("./living-platform.ts");
  const provider = new KpaasProvider({ report: () => {}, warn: () => {} });
  const check = async (olds: object, news: object) =>
    (await provider.check(recordUrn, olds as Record<string, unknown>, news as Record<string, unknown>)).failures;
  const before = async () => (await provider.invoke("kpaas:index:machinesBefore")).outputs;
  return { provider, stays, check, before };
}

let engine: Awaited<ReturnType<typeof process>>;
beforeEach(async () => {
  engine = await process();
});

const small = record({ master: ["master-1"], web: ["web-1", "web-2"] });

describe("the platform's record", () => {
  test("of a first run refuses nothing, and there was no machine before", async () => {
    expect(await engine.check({}, small)).toEqual([]);
    expect(await engine.before()).toEqual({ all: false, machines: [], withoutFirstHostKey: [] });
  });

  test("of a later run tells which machines there were before it, not those to come", async () => {
    expect(await engine.check(small, record({ ...small.machines, web: ["web-1", "web-2", "web-3"] }))).toEqual([]);
    expect(await engine.before()).toEqual({
      all: false,
      machines: ["master-1", "web-1", "web-2"],
      withoutFirstHostKey: [],
    });
  });

  test("refuses what a living platform cannot take, all at once, each by its path", async () => {
    const after = record(small.machines, {
      kept: { "network.podCidr": "10.240.0.0/18" },
      kubernetesVersion: "1.35.4",
    });
    expect(await engine.check(small, after)).toEqual([
      {
        property: "network.podCidr",
        reason: expect.stringContaining("it is 10.233.64.0/18, the file says 10.240.0.0/18"),
      },
      { property: "containerPlatform.kubernetesVersion", reason: expect.stringContaining("cannot go back") },
    ]);
  });

  test("names the disk that would become smaller by its machine", async () => {
    const disks = (gib: number) => record(small.machines, { dataDisksGiB: { "master-1": gib } });
    expect(await engine.check(disks(20), disks(10))).toEqual([
      { property: expect.stringContaining("dataDiskGiB of master-1"), reason: expect.stringContaining("20 GiB") },
    ]);
  });

  test("is refused where it is no record", async () => {
    expect(await engine.check({}, { ...small, machines: ["master-1"] })).toMatchObject([{ property: "machines" }]);
  });

  test("is kept by the state: an update of it makes nothing anew", async () => {
    const news = record({ ...small.machines, web: ["web-1"] });
    const diff = await engine.provider.diff("platform", recordUrn, { ...small }, { ...news });
    expect(diff).toMatchObject({ changes: true, replaces: [] });
    const made = await engine.provider.create(recordUrn, { ...small });
    expect(made).toEqual({ id: "platform", outs: small });
    expect(await engine.provider.update("platform", recordUrn, { ...small }, { ...news })).toEqual({ outs: news });
  });
});

describe("machines before a run", () => {
  test("are all where nothing is known: rather one after another than all at once", async () => {
    expect(await engine.before()).toEqual({ all: true, machines: [], withoutFirstHostKey: [] });
  });

  test("are all where an earlier release made the platform, which kept no record", async () => {
    await engine.check({}, small);
    const authority = urn("kpaas:index:CertificateAuthority", "ca");
    await engine.provider.check(authority, { commonName: "kubernetes" }, { commonName: "kubernetes" });
    expect(await engine.before()).toEqual({ all: true, machines: [], withoutFirstHostKey: [] });
  });

  test("are none where the platform's authority is new, too", async () => {
    await engine.check({}, small);
    await engine.provider.check(urn("kpaas:index:CertificateAuthority", "ca"), {}, { commonName: "kubernetes" });
    expect(await engine.before()).toEqual({ all: false, machines: [], withoutFirstHostKey: [] });
  });

  test("of an earlier release are told as having no host key by their user-data, and stay on record as such", async () => {
    const after = record(small.machines, { poolGenerations: { web: 1 } });
    const checked = await engine.provider.check(recordUrn, { ...small }, { ...after });
    expect(checked.inputs).toMatchObject({ withoutFirstHostKey: { "web-1": 1, "web-2": 1 } });
    expect(await engine.before()).toMatchObject({ withoutFirstHostKey: ["web-1", "web-2"] });
    const next = await engine.provider.check(recordUrn, checked.inputs, { ...after });
    expect(next.inputs).toEqual(checked.inputs);
    const first = await engine.provider.check(recordUrn, {}, { ...after });
    expect(first.inputs).toMatchObject({ withoutFirstHostKey: {} });
    expect(await engine.before()).toMatchObject({ withoutFirstHostKey: [] });
  });

  test("are the only thing that the provider is asked", async () => {
    await expect(engine.provider.invoke("kpaas:index:other")).rejects.toThrow("unknown function kpaas:index:other");
  });
});

test("a machine that is on the new record is replaced when it goes, another one goes for good; without a record all stay", async () => {
  expect(engine.stays("web-2")).toBe(true);
  await engine.check(small, record({ master: ["master-1"], web: ["web-1"] }));
  expect(["master-1", "web-1", "web-2"].map(engine.stays)).toEqual([true, true, false]);
});
