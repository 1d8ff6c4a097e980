import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../cli/commands/index.ts";
import { TestPlatform } from "../harness/platform/test-platform.ts";
import { type SimulatedCloud, startSimulatedCloud } from "../harness/simulated-cloud/simulated-cloud.ts";
import { attachedTo } from "../harness/simulated-cloud/simulated-platform.ts";
import { type SimulatedMachines, startSimulatedMachines } from "../harness/simulated-machines/start.ts";
import { type CommentServer, startCommentServer } from "./comments.ts";
import { type Request, type RunnerOptions, runJob, type Settings } from "./runner.ts";
import { type Forge, forges, jobsOf } from "./templates.ts";

describe.each(forges)("the template for %s", (forge) => {
  const jobs = jobsOf(forge);
  const scripts = jobs.flatMap(({ steps }) => steps.map(({ script }) => script));

  test("needs only jobs that there are", () => {
    const names = jobs.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(2);
    expect(names).toEqual(expect.arrayContaining(jobs.flatMap(({ needs }) => needs)));
  });

  test.each(scripts)("is Bash: %j", (script) => {
    const { status, stderr } = spawnSync("bash", ["-n"], { input: script, encoding: "utf8" });
    expect(status, stderr).toBe(0);
  });

  test("uses commands and options that there are", async () => {
    const lines = scripts.flatMap((script) => script.match(/(\.\/kpaas|\.installer\/kpaas|\$kpaas"?) [a-z].*/g) ?? []);
    expect(lines.length).toBeGreaterThan(7);
    for (const line of lines) {
      const [, name = "", ...words] = line.split(" ");
      const command = await commands.find((each) => each.name === name)?.load();
      const options = words.flatMap((word) => /^--(.+)/.exec(word)?.[1] ?? []);
      expect(Object.keys(command?.options ?? {}), line).toEqual(expect.arrayContaining(options));
    }
  });

  test("puts nothing of the forge's own into a script, where it could be code", () => {
    for (const script of scripts) expect(script).not.toContain("${{");
  });
});

const name = "ci";
const machineType = "ec2/instance:Instance";
const mergeRequest = 5;
const passphrase = "passphrase-of-the-pipeline";
const token = "token-for-comments";
const comments: Record<Forge, string> = {
  github: `/repos/team/platforms/issues/${mergeRequest}/comments`,
  gitlab: `/projects/7/merge_requests/${mergeRequest}/notes`,
};

const environment = (workers: number, more: Record<string, unknown> = {}) => ({
  infrastructure: { kind: "aws", region: "ap-northeast-2" },
  network: { adminCidrs: ["203.0.113.0/24"] },
  containerPlatform: { masters: { count: 1 }, workerPools: [{ name: "worker", count: workers }] },
  ...more,
});

describe("the templates' scripts", () => {
  let cloud: SimulatedCloud;
  let machines: SimulatedMachines;
  let server: CommentServer;
  /** Only its folder and the form of the environment's file are used: each job has folders of its own. */
  let platform: TestPlatform;
  let settings: Settings;
  /** The environment's file in the default branch. */
  let merged: string;

  beforeAll(async () => {
    platform = new TestPlatform(name);
    [cloud, machines, server] = await Promise.all([
      startSimulatedCloud({ name: "aws", storeFolder: join(platform.folder, "cloud") }),
      startSimulatedMachines(),
      startCommentServer(token),
    ]);
    const shared = join(platform.folder, "shared-state");
    mkdirSync(shared);
    settings = {
      backendUrl: `file://${shared}`,
      passphrase,
      apiUrl: server.url,
      token,
      machine: {
        ...attachedTo(machines, cloud),
        NO_COLOR: "1",
      },
    };
    merged = fileOf(environment(1));
  });

  afterAll(async () => {
    machines?.stop();
    server?.stop();
    await cloud?.stop();
    platform?.removeFolder();
  });

  const instances = () => cloud.list().filter(({ type }) => type.endsWith(machineType));

  function fileOf(settings: Record<string, unknown>): string {
    platform.configure(settings);
    return readFileSync(join(platform.folder, "stacks", `Pulumi.${name}.yaml`), "utf8");
  }

  function job(forge: Forge, jobName: string, options: Partial<RunnerOptions> = {}) {
    const found = jobsOf(forge).find((each) => each.name === jobName);
    if (!found) throw new Error(`no job ${jobName}`);
    return runJob(found, { forge, environment: name, settings, file: merged, ...options });
  }

  const requestOf = (file: string, more: Partial<Request> = {}): Request => ({ number: mergeRequest, file, ...more });

  /** Runs a job and the one that comments on what it leaves. */
  async function commented(forge: Forge, jobName: "plan" | "preview", request: Request) {
    const done = await job(forge, jobName, { request });
    const comment = await job(forge, forge === "github" ? `comment-${jobName}` : "comment", {
      request,
      artifacts: done.files,
    });
    expect(comment.code, comment.stderr).toBe(0);
    return done;
  }

  const comment = (forge: Forge) => {
    const found = server.comments(comments[forge]);
    expect(found).toHaveLength(1);
    return String(found[0]);
  };

  test.each(forges)("%s: without a place for the state nothing is made", async (forge) => {
    const { code, stderr } = await job(forge, forge === "github" ? "up" : "up-development", {
      settings: { ...settings, backendUrl: "" },
    });
    expect(code).not.toBe(0);
    expect(stderr).toContain("the runner keeps no state");
    expect(cloud.list()).toEqual([]);
  });

  test("a merge brings the environment up (GitHub)", async () => {
    const { code, stderr } = await job("github", "up");
    expect(code, stderr).toBe(0);
    expect(instances().some((each) => each.name.endsWith("-worker-1"))).toBe(true);
  });

  test("a merge request that changes nothing says so, with plan, cost and policies (GitHub)", async () => {
    const before = JSON.stringify(cloud.list());
    const { code, stderr } = await commented("github", "preview", requestOf(merged));
    expect(code, stderr).toBe(0);
    const text = comment("github");
    expect(text).toContain("### Plan of `ci`");
    expect(text).toContain("Nothing of the plan changes.");
    expect(text).toMatch(/\*\*USD [\d,.]+\*\* a month/);
    expect(text).toMatch(/Policies \(\d+\): no mandatory one is broken/);
    expect(text).toMatch(/### Preview of `ci`\n\nno changes\./);
    expect(JSON.stringify(cloud.list())).toBe(before);
  });

  test.each(forges)("the plan of one tells what changes, with nothing but the two files (%s)", async (forge) => {
    const asked = cloud.calls().length;
    const { code, stderr, files } = await job(forge, "plan", {
      request: requestOf(fileOf(environment(2))),
      settings: { ...settings, backendUrl: "", passphrase: "", machine: { NO_COLOR: "1" } },
    });
    expect(code, stderr).toBe(0);
    const text = files[forge === "github" ? "plan.md" : `reports/plan-${name}.md`];
    expect(text).toMatch(/What changes:\n\n<pre>\nFrom the file as it was to the file as it is/);
    expect(text).toMatch(/worker +1 × .* -> +2 × /);
    expect(cloud.calls()).toHaveLength(asked);
  });

  test("the plan of a new environment compares it with nothing (GitHub)", async () => {
    const { code, stderr, files } = await job("github", "plan", {
      request: requestOf(merged),
      file: undefined,
    });
    expect(code, stderr).toBe(0);
    expect(files["plan.md"]).toContain("### Plan of `ci`");
    expect(files["plan.md"]).not.toContain("<pre>");
  });

  test.each(forges)("a preview runs nothing that the request brings (%s)", async (forge) => {
    const planted = "throw new Error('the code of the request ran');\n";
    const others = { kpaas: "#!/bin/sh\necho the code of the request ran\n", [`Pulumi.${name}.transform.ts`]: planted };
    const { code, stdout, stderr, files } = await job(forge, "preview", {
      request: requestOf(fileOf(environment(2)), { others }),
    });
    expect(code, stderr).toBe(0);
    expect(stdout + stderr).not.toContain("the code of the request ran");
    expect(JSON.stringify(files)).toContain("worker-2");
  });

  test("a preview of another commit than the one that was read is refused (GitLab)", async () => {
    const asked = cloud.calls().length;
    const request = requestOf(fileOf(environment(2)), { commit: "0".repeat(40) });
    const { code, stderr } = await job("gitlab", "preview", { request });
    expect(code).toBe(2);
    expect(stderr).toContain(`not at ${"0".repeat(40)}`);
    expect(cloud.calls()).toHaveLength(asked);
  });

  test("one that adds a worker names it, and no secret (GitLab)", async () => {
    const { code, stderr } = await commented("gitlab", "preview", requestOf(fileOf(environment(2))));
    expect(code, stderr).toBe(0);
    const text = comment("gitlab");
    expect(text).toMatch(/\| create \| `instance .*worker-2.*` \|/);
    expect(text).not.toContain("no changes");
    for (const secret of [passphrase, token, "PRIVATE KEY"]) expect(text).not.toContain(secret);
    expect(instances().some((each) => each.name.endsWith("-worker-2"))).toBe(false);
  });

  test("its merge makes that worker (GitLab)", async () => {
    merged = fileOf(environment(2));
    const { code, stdout, stderr } = await job("gitlab", "up-development");
    expect(code, stderr).toBe(0);
    expect(instances().some((each) => each.name.endsWith("-worker-2"))).toBe(true);
    for (const secret of [passphrase, token]) expect(stdout + stderr).not.toContain(secret);
  });

  test.each(forges)(
    "one that breaks a mandatory policy never asks the cloud; its comment is replaced (%s)",
    async (forge) => {
      const asked = cloud.calls().length;
      const { code, stderr } = await commented(
        forge,
        "preview",
        requestOf(fileOf(environment(2, { purpose: "operation" }))),
      );
      expect(code, stderr).toBe(3);
      const text = comment(forge);
      expect(text).toContain("**mandatory ones are broken**");
      expect(text).toContain("| mandatory |");
      expect(text).toContain("The run ended early");
      expect(text).not.toContain("### Preview");
      expect(cloud.calls()).toHaveLength(asked);
    },
  );

  test("the nightly check passes where nothing drifted (GitLab)", async () => {
    const { code, stderr, files } = await job("gitlab", "drift");
    expect(code, stderr).toBe(0);
    expect(files["drift.md"]).toContain("no changes.");
  });

  test("it fails where a machine was changed by hand, and names it (GitHub)", async () => {
    const worker = instances().find((each) => each.name.endsWith("-worker-1"));
    cloud.edit(String(worker?.id), (object) => {
      object.inputs.instanceType = "t3.nano";
    });
    const { code, stderr, files } = await job("github", "drift");
    expect(code, stderr).toBe(4);
    expect(files["summary.md"]).toBe(files["drift.md"]);
    expect(files["summary.md"]).toMatch(/\| (update|replace) \| `instance .*worker-1.*` \|/);
  });

  test("it fails where a machine was removed by hand, and changes nothing (GitLab)", async () => {
    const worker = instances().find((each) => each.name.endsWith("-worker-2"));
    cloud.remove(String(worker?.id));
    const before = cloud.list().length;
    const { code, stderr, files } = await job("gitlab", "drift");
    expect(code, stderr).toBe(4);
    expect(files["drift.md"]).toContain("worker-2");
    expect(cloud.list()).toHaveLength(before);
  });
});
