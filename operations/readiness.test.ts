import "../stacks/infrastructures.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { versions } from "../config/versions.ts";
import { machinePackages } from "../plan/user-data.ts";
import { writePackageBundle } from "../tests/harness/air-gap/package-bundle.ts";
import { underName } from "./environments.ts";
import { requirePreviewable, requireReady } from "./readiness.ts";

let folder: string;
let engine: Server | undefined;
let ranges: string[];
let count = 0;

/** An environment of a name that was never looked at. */
async function loaded(infrastructure: object, more: object = {}) {
  const name = `ready-${++count}`;
  const path = join(folder, `Pulumi.${name}.yaml`);
  const file = {
    config: {
      "kpaas:environment": {
        infrastructure,
        network: { cidr: "10.201.0.0/24", adminCidrs: ["192.0.2.0/24"] },
        ...more,
      },
    },
  };
  return { name, path, file, environment: await underName(name, { name, path, file } as never) };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-ready-"));
  vi.stubEnv("KPAAS_STATE_DIR", join(folder, "state"));
  vi.stubEnv("DOCKER_HOST", `unix://${folder}/engine.sock`);
  vi.stubEnv("HOME", folder);
  // Neither a Pulumi nor a Go, and nothing answers.
  vi.stubEnv("KPAAS_CACHE_DIR", join(folder, "cache"));
  vi.stubEnv("PATH", folder);
  vi.stubGlobal("fetch", () => Promise.reject(new Error("out of reach")));
  for (const name of ["PULUMI_DEBUG_PROVIDERS", "OS_AUTH_URL", "OS_CLIENT_CONFIG_FILE", "NCLOUD_ACCESS_KEY"])
    vi.stubEnv(name, "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  engine?.close();
  engine = undefined;
  rmSync(folder, { recursive: true });
});

/** Starts as much of a container engine as is asked here: its networks are of `ranges`. */
async function startEngine(): Promise<void> {
  const networks = () =>
    ranges.map((Subnet, index) => ({ Name: `other-${index}`, Labels: {}, IPAM: { Config: [{ Subnet }] } }));
  engine = createServer((asked, answer) =>
    answer
      .setHeader("content-type", "application/json")
      .end(
        asked.url?.endsWith("/networks")
          ? JSON.stringify(networks())
          : asked.url?.endsWith("/version")
            ? '{"Version":"1"}'
            : "OK",
      ),
  );
  await new Promise<void>((resolve) => engine?.listen(join(folder, "engine.sock"), resolve));
}

const refusal = (promise: Promise<void>) =>
  promise.then(
    () => undefined,
    (error) => error as Error & { next?: string },
  );

test("all that would stop an up on this machine is told at once, each with its remedy", async () => {
  const one = await loaded({ kind: "local" });
  const refused = await refusal(requireReady(one));
  expect(refused?.message.split("\n")).toEqual([
    `${one.name} cannot come up here, for 3 reasons:`,
    `  container engine: none answers at DOCKER_HOST (unix://${folder}/engine.sock)`,
    `  tools: Pulumi ${versions.pulumi} is not here, get.pulumi.com is out of reach, and Go, which would build it, is not installed`,
    `  tools: Kubernetes ${versions.kubernetes} is not here, dl.k8s.io is out of reach, and Go, which would build it, is not installed`,
  ]);
  expect(refused?.next?.split("\n")).toHaveLength(2);
  expect(refused?.next).toMatch(/^start that engine, or unset DOCKER_HOST\n {6}install Go/);
});

describe("where the tools are here", () => {
  beforeEach(() => {
    vi.stubGlobal("fetch", () => Promise.resolve(new Response()));
  });

  test("an engine that answers and a free range are enough; a range that another network has is not", async () => {
    await startEngine();
    ranges = ["172.31.255.0/24"];
    const one = await loaded({ kind: "local" });
    expect(await refusal(requireReady(one))).toBeUndefined();
    ranges = ["10.201.0.128/25"];
    expect(await refusal(requireReady(await loaded({ kind: "local" })))).toMatchObject({
      message: expect.stringMatching(
        /range: network\.cidr 10\.201\.0\.0\/24 overlaps the engine's network other-0 \(10\.201\.0\.128\/25\)$/,
      ),
      next: "choose another network.cidr for this environment",
    });
    // Once is enough: an upgrade looks before it writes the file, and up looks again.
    expect(await refusal(requireReady(one))).toBeUndefined();
  });

  test("a DOCKER_HOST that is no socket is told once", async () => {
    vi.stubEnv("DOCKER_HOST", "tcp://elsewhere:2375");
    const refused = await refusal(requireReady(await loaded({ kind: "local" })));
    expect(refused?.message).toMatch(/cannot come up here: container engine: DOCKER_HOST is tcp:\/\/elsewhere:2375/);
  });

  test("a preview only warns of what it needs not, as long as nothing is up", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await refusal(requirePreviewable(await loaded({ kind: "local" })))).toBeUndefined();
    expect(said.mock.calls.join()).toMatch(/warning: up would stop: container engine: none answers.*start that engine/);
    said.mockRestore();
  });

  test("a mandatory rule that is broken is told with all else; quotas that a new project has not are a warning", async () => {
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const containerPlatform = { workerPools: [{ name: "worker", count: 40 }] };
    const one = await loaded({ kind: "openstack" }, { purpose: "operation", containerPlatform });
    const refused = await refusal(requireReady(one));
    expect(refused?.message).toMatch(/cannot come up here, for \d+ reasons:\n/);
    expect(refused?.message).toMatch(
      /^ {2}policy control-plane-survives-a-machine: containerPlatform\.masters\.count: 1 masters/m,
    );
    expect(refused?.message).toMatch(/^ {2}credentials: none of openstack/m);
    expect(refused?.next).toContain("Set containerPlatform.masters.count to 3, 5 or 7.");
    expect(said.mock.calls.join()).toMatch(/^warning: ready-\d+ needs \d+ .*a new project usually has \d+/m);
    said.mockRestore();
  });

  test("a platform that serves packages needs a bundle that has them all", async () => {
    vi.stubEnv("NCLOUD_ACCESS_KEY", "a");
    vi.stubEnv("NCLOUD_SECRET_KEY", "b");
    vi.stubEnv("KPAAS_BUNDLE", undefined);
    const one = () => loaded({ kind: "naver" }, { packages: { source: "platform" } });
    const named = await one();
    expect(await refusal(requireReady(named))).toMatchObject({
      message: expect.stringMatching(/packages: packages\.source is platform, and there is no bundle/),
      next: `./kpaas up ${named.name} --bundle DIR`,
    });
    expect((await refusal(requirePreviewable(await one())))?.message).toMatch(/cannot be previewed here: packages/);
    const withPackages = async (names: readonly string[]) => {
      const bundle = join(folder, `bundle-${names.length}`);
      await writePackageBundle(
        bundle,
        names.map((name) => ({ name, version: "1.0", content: Buffer.from(name) })),
      );
      vi.stubEnv("KPAAS_BUNDLE", bundle);
    };
    await withPackages(["curl"]);
    expect((await refusal(requireReady(await one())))?.message).toMatch(
      /has not all packages of the machines: .*containerd.*nginx.* are missing/,
    );
    await withPackages(machinePackages(named.environment));
    expect(await refusal(requireReady(await one()))).toBeUndefined();
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await refusal(requireReady(await loaded({ kind: "naver" })))).toBeUndefined();
    expect(said.mock.calls.join()).toMatch(
      /warning: machines of ready-\d+ take packages from the sources of their image/,
    );
    said.mockRestore();
  });

  test("a cloud needs credentials, and no container engine", async () => {
    const one = () => loaded({ kind: "naver" });
    expect(await refusal(requireReady(await one()))).toMatchObject({
      message: expect.stringMatching(/cannot come up here: credentials: none of naver are in the environment/),
      next: "set NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY",
    });
    expect((await refusal(requirePreviewable(await one())))?.message).toMatch(/cannot be previewed here: credentials/);
    vi.stubEnv("NCLOUD_ACCESS_KEY", "a");
    vi.stubEnv("NCLOUD_SECRET_KEY", "b");
    expect(await refusal(requireReady(await one()))).toBeUndefined();
  });
});
