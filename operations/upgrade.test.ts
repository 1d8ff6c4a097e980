import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { onRecord } from "../config/on-record.ts";
import { poolsBehind } from "../config/pool-version.ts";
import { UserError } from "../lib/errors.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { stackStateFile } from "./engine/state.ts";
import { loadEnvironment } from "./environments.ts";
import { upgradeOf, writeUpgrade } from "./upgrade.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-upgrade-"));
  path = join(folder, "Pulumi.test.yaml");
  vi.stubEnv("KPAAS_STATE_DIR", join(folder, "state"));
  vi.stubEnv("KPAAS_STACKS_DIR", folder);
  vi.stubEnv("PULUMI_BACKEND_URL", undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const head = `# ours
config:
  kpaas:environment:
    infrastructure: { kind: openstack }   # the old hall
    network: { adminCidrs: [203.0.113.0/24] }
`;
const withVersion = `${head}    containerPlatform:
      kubernetesVersion: 1.35.4   # until spring
      workerPools:
        - { name: web, generation: 4 }
        - name: batch
`;

async function upgrade(text: string, options: Parameters<typeof upgradeOf>[1]) {
  writeFileSync(path, text);
  return upgradeOf(await loadEnvironment("test"), options);
}

async function refusal(text: string, options: Parameters<typeof upgradeOf>[1]): Promise<UserError> {
  const error = await upgrade(text, options).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(UserError);
  expect(readFileSync(path, "utf8")).toBe(text);
  return error as UserError;
}

describe("an upgrade", () => {
  test("to a version changes that alone, in the file and in the environment", async () => {
    const planned = await upgrade(withVersion, { to: "1.36.3" });
    expect(planned.text).toBe(withVersion.replace("1.35.4", "1.36.3"));
    const { before, after } = planned;
    expect([before, after].map(({ environment }) => environment.containerPlatform.kubernetesVersion)).toEqual([
      "1.35.4",
      "1.36.3",
    ]);
    expect(readFileSync(path, "utf8")).toBe(withVersion);
    const unready = () => Promise.reject(new UserError("no container engine answers"));
    await expect(writeUpgrade(planned, [], unready)).rejects.toThrow("no container engine answers");
    expect(readFileSync(path, "utf8")).toBe(withVersion);
    expect(await writeUpgrade(planned, [], async () => undefined)).toEqual([]);
    expect(readFileSync(path, "utf8")).toBe(planned.text);
    expect(readdirSync(folder)).toEqual(["Pulumi.test.yaml"]);
  });

  test("of images raises the generation of every role and pool, those too that the file says nothing of", async () => {
    const { after } = await upgrade(withVersion, { images: true });
    const { bastion, containerPlatform } = after.environment;
    const { masters, haproxy, registry, database, storage, workerPools } = containerPlatform;
    const generations = [bastion, haproxy, masters, registry, database, storage].map((set) => set?.generation);
    expect(generations).toEqual([2, 2, 2, 2, 2, 2]);
    expect(workerPools.map(({ name, generation }) => [name, generation])).toEqual([
      ["web", 5],
      ["batch", 2],
    ]);
  });

  test("of images names the pool of a file that names none", async () => {
    const { text, after } = await upgrade(head, { images: true });
    expect(after.environment.containerPlatform.workerPools.map(({ generation }) => generation)).toEqual([2]);
    expect(text.startsWith(head)).toBe(true);
  });

  test("goes to a version that is supported only, by the words of every file", async () => {
    const { message, next } = await refusal(withVersion, { to: "1.99.0" });
    expect(message).toContain("containerPlatform.kubernetesVersion: must be a supported version");
    expect(next).toMatch(/is as it was, and nothing was changed$/);
    expect((await refusal(withVersion, { to: "newest" })).message).toContain("must be a full version");
  });

  test("neither goes back nor skips a minor", async () => {
    expect((await refusal(withVersion, { to: "1.35.1" })).message).toContain("cannot go back: 1.35.4 runs");
    const old = withVersion.replace("1.35.4", "1.34.2");
    expect((await refusal(old, { to: "1.36.3" })).message).toContain("must go one minor at a time: 1.34.2 runs");
  });

  test("is compared with what runs, too, which the file may be ahead of", async () => {
    const running = exampleEnvironment({
      infrastructure: { kind: "openstack" },
      network: { adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: { kubernetesVersion: "1.34.2" },
    });
    const resources = [{ urn: "", type: "kpaas:index:PlatformRecord", inputs: onRecord(running) }];
    mkdirSync(dirname(stackStateFile("test")), { recursive: true });
    writeFileSync(stackStateFile("test"), JSON.stringify({ checkpoint: { latest: { resources } } }));
    expect((await refusal(withVersion, { to: "1.36.3" })).message).toContain("1.34.2 runs, the file says 1.36.3");
  });

  test("that pauses after the masters keeps every pool where it is; the next one takes these lines out again", async () => {
    const paused = await upgrade(withVersion, { to: "1.36.3", pauseAfter: "masters" });
    expect(paused.text).toBe(
      withVersion
        .replace("1.35.4   #", "1.36.3   #")
        .replace("generation: 4 }", "generation: 4, kubernetesVersion: 1.35.4 }")
        .replace("name: batch\n", "name: batch\n          kubernetesVersion: 1.35.4\n"),
    );
    expect(poolsBehind(paused.after.environment.containerPlatform)).toEqual({ web: "1.35.4", batch: "1.35.4" });
    // A killed run is gone on with by the same command.
    expect((await upgrade(paused.text, { to: "1.36.3", pauseAfter: "masters" })).text).toBe(paused.text);
    expect((await upgrade(paused.text, { to: "1.36.3" })).text).toBe(withVersion.replace("1.35.4", "1.36.3"));
  });

  test("that pauses names the pool of a file that names none, which then follows again", async () => {
    const old = `${head}    containerPlatform: { kubernetesVersion: 1.35.4 }\n`;
    const { text } = await upgrade(old, { to: "1.36.3", pauseAfter: "masters" });
    expect(text).toBe(
      `${head}    containerPlatform: { kubernetesVersion: 1.36.3, workerPools: [{ name: worker, kubernetesVersion: 1.35.4 }] }\n`,
    );
    const { after } = await upgrade(text, { to: "1.36.3" });
    expect(poolsBehind(after.environment.containerPlatform)).toEqual({});
    expect(after.environment.containerPlatform.workerPools.map(({ name }) => name)).toEqual(["worker"]);
  });

  test("that pauses keeps pools at what runs, which the file may be ahead of, and knows nothing of their names in others", async () => {
    const text = withVersion.replace("kubernetesVersion: 1.35.4", "kubernetesVersion: 1.36.3");
    const running = exampleEnvironment({
      infrastructure: { kind: "openstack" },
      network: { adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: {
        kubernetesVersion: "1.35.9",
        workerPools: [{ name: "web", kubernetesVersion: "1.35.4" }, { name: "batch" }],
      },
    });
    const resources = [{ urn: "", type: "kpaas:index:PlatformRecord", inputs: onRecord(running) }];
    mkdirSync(dirname(stackStateFile("test")), { recursive: true });
    writeFileSync(stackStateFile("test"), JSON.stringify({ checkpoint: { latest: { resources } } }));
    const { after } = await upgrade(text, { to: "1.36.3", pauseAfter: "masters" });
    expect(poolsBehind(after.environment.containerPlatform)).toEqual({ web: "1.35.4", batch: "1.35.9" });
  });

  test.each([
    [{ to: "1.36.3", pauseAfter: "workers" }, "--pause-after must be masters (got workers)"],
    [{ to: "1.36.3", images: true, pauseAfter: "masters" }, "--pause-after is for --to alone"],
    [{ images: true, pauseAfter: "masters" }, "--pause-after is for --to alone"],
  ])("cannot pause by %j", async (options, said) => {
    expect((await refusal(withVersion, options)).message).toContain(said);
  });

  test("needs something to go to", async () => {
    expect((await refusal(withVersion, {})).message).toBe("upgrade to what?");
  });
});
