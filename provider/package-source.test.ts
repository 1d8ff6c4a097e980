import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { testSigningKey, writePackageBundle } from "../tests/harness/air-gap/package-bundle.ts";
import { KpaasProvider } from "./provider.ts";
import type { Properties } from "./values.ts";

let root: string;
const key = testSigningKey();
const provider = () => new KpaasProvider({ report: () => {}, warn: () => {} });
const urn = "urn:pulumi:test::project::kpaas:index:PackageSource::platform-packages";
const wanted = { packages: ["curl", "nginx"] };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "kpaas-source-"));
  use(undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

/** Has a run take everything from a bundle of this name, or none. */
function use(name: string | undefined): void {
  vi.stubEnv("KPAAS_BUNDLE", name && join(root, name));
  vi.stubEnv("KPAAS_BUNDLE_SINCE", undefined);
}

async function bundle(name: string, packages: readonly string[], version = "1.0", by = key): Promise<void> {
  const made = packages.map((one) => ({ name: one, version, content: Buffer.from(`${one} ${version}`) }));
  await writePackageBundle(join(root, name), made, { key: by });
}

/** Does what the engine does in a run: checks, creates or updates. Gives the state. */
async function run(state: Properties): Promise<Properties> {
  const { inputs, failures } = await provider().check(urn, state, wanted);
  if (failures && failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  if (state.revision === undefined) return (await provider().create(urn, inputs)).outs ?? {};
  const { changes } = await provider().diff("id", urn, state, inputs);
  return changes ? ((await provider().update("id", urn, state, inputs)).outs ?? {}) : state;
}

describe("the machines' package source", () => {
  test("is the bundle's, and stays it in runs without one", async () => {
    await bundle("first", ["curl", "nginx"]);
    use("first");
    const first = await run({});
    expect(first).toMatchObject({ suite: "bookworm", revision: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(first.publicKey).toContain("BEGIN PGP PUBLIC KEY BLOCK");
    use(undefined);
    expect(await run(first)).toBe(first);
  });

  test("becomes that of a newer bundle, whose key machines know already", async () => {
    await bundle("first", ["curl", "nginx"]);
    await bundle("second", ["curl", "nginx"], "2.0");
    use("first");
    const first = await run({});
    use("second");
    const second = await run(first);
    expect(second.revision).not.toBe(first.revision);
    expect(second.publicKey).toBe(first.publicKey);
    expect(second.suite).toBe(first.suite);
  });

  test("is refused where there has never been a bundle", async () => {
    await expect(run({})).rejects.toThrow(/packages\.source is platform, and there is no bundle .* --bundle DIR/);
  });

  test("is refused of a bundle that lacks packages, which are named, and of one that is damaged", async () => {
    await bundle("first", ["curl"]);
    use("first");
    await expect(run({})).rejects.toThrow(/has not all packages of the machines: nginx are missing/);
    use("nowhere");
    await expect(run({})).rejects.toThrow(/no whole bundle is in .*nowhere/);
  });
});
