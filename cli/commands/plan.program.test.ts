import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../lib/repository.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-plan-"));
  environment("development", "purpose: development");
  environment("operation", "purpose: operation");
  environment("broken", "purposes: operation");
  environment("thousand", "containerPlatform: { workerPools: [{ name: worker, count: 1000 }] }");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes an environment with one of everything on OpenStack: well enough for development only. */
function environment(name: string, setting: string): void {
  const text = `config:
  kpaas:environment:
    infrastructure: { kind: openstack }
    network: { cidr: 10.160.0.0/18, podCidr: 172.16.0.0/13, adminCidrs: [203.0.113.0/24] }
    ${setting}
`;
  writeFileSync(join(folder, `Pulumi.${name}.yaml`), text);
}

/** Runs `plan` without a home, a proxy or credentials: nothing but the file may be needed. */
function plan(...args: string[]) {
  const env = { PATH: process.env.PATH, KPAAS_STACKS_DIR: folder, KPAAS_STATE_DIR: join(folder, "state") };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(
      join(repository, "kpaas"),
      ["plan", ...args],
      { cwd: folder, env, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("an environment that keeps the policies ends with 0", async () => {
  const { code, stdout } = await plan("development");
  expect(code).toBe(0);
  expect(stdout).toContain("Plan of development, for development: openstack");
});

test("a broken mandatory policy ends with 3, and is told", async () => {
  const { code, stdout } = await plan("operation");
  expect(code).toBe(3);
  expect(stdout).toMatch(/^Policies \(\d+\): mandatory ones are broken$/m);
  expect(JSON.parse((await plan("operation", "--json")).stdout).policies.passed).toBe(false);
});

test("--all has a line for every environment, and tells what is wrong with those that have none", async () => {
  const { code, stdout, stderr } = await plan("--all");
  expect(code).toBe(2);
  expect(stdout).toMatch(/^ {2}environment +on +machines/);
  for (const line of [/^ {2}development +openstack +7 .* kept, 3 high$/m, /^ {2}thousand +openstack +1006 /m])
    expect(stdout).toMatch(line);
  expect(stdout).toMatch(/^ {2}operation +openstack +7 .* broken:\s+control-plane-survives-a-machine,$/m);
  expect(stderr).toContain("did you mean purpose");
  const { plans } = JSON.parse((await plan("--all", "--json")).stdout);
  expect(plans).toHaveLength(3);
});

test("--all is about no single environment", async () => {
  const { code, stderr } = await plan("development", "--all");
  expect(code).toBe(2);
  expect(stderr).toContain("--all is about every environment");
});

test("an invalid environment ends with 2, as for every command", async () => {
  const { code, stdout, stderr } = await plan("broken");
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("did you mean purpose");
});

test("two environments are compared", async () => {
  const { code, stdout } = await plan("thousand", "--against", "development");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^From development to thousand$/m);
  expect(stdout).toMatch(/machines +7 +-> +1006/);
});

test("what an up does with machines that are there is told in its order, and what it refuses", async () => {
  environment("raised", "containerPlatform: { masters: { generation: 2 }, haproxy: { generation: 2 } }");
  const { code, stdout } = await plan("raised", "--against", "development");
  expect(code).toBe(0);
  expect(stdout).toMatch(/On machines that are there\n {2}1\. haproxy-1 replaced .*(\n.*)*\n {2}2\. master-1 replaced/);
  environment("refused", "containerPlatform: { kubernetesVersion: 1.35.4 }");
  const refused = await plan("refused", "--against", "development");
  expect(refused.code).toBe(0);
  expect(refused.stdout).toMatch(/Refused while it is up\n {2}! containerPlatform\.kubernetesVersion: cannot go back/);
  const { edit } = JSON.parse((await plan("refused", "--against", "development", "--json")).stdout);
  expect(edit).toEqual({
    refused: [{ path: "containerPlatform.kubernetesVersion", reason: expect.stringContaining("cannot go back") }],
    rollout: [],
  });
  for (const name of ["raised", "refused"]) rmSync(join(folder, `Pulumi.${name}.yaml`));
});

test("a file is compared with the environment that it is to be: an edit before it is made", async () => {
  const edited = join(folder, "edited.yaml");
  writeFileSync(
    edited,
    readFileSync(join(folder, "Pulumi.thousand.yaml"), "utf8").replace("1000", "1000, generation: 2"),
  );
  const { code, stdout } = await plan("thousand", "--file", edited, "--against", "thousand");
  expect(code).toBe(0);
  expect(stdout).toMatch(/1\. 1000 of worker replaced .*worker-1\s+first,\s+then at most 100 at a time/s);
  const page = await plan("thousand", "--file", edited, "--against", "thousand", "--html", "page.html");
  expect(page.code).toBe(2);
  expect(page.stderr).toContain("leave --html out");
});

test("beside the plan it is told what changes from the file as it was; of a new environment nothing is", async () => {
  const report = join(folder, "before.md");
  const file = (name: string) => join(folder, `Pulumi.${name}.yaml`);
  const { code, stdout } = await plan("thousand", "--before", file("development"), "--markdown", report);
  expect(code).toBe(0);
  expect(stdout).toContain("Plan of thousand");
  expect(stdout).toMatch(/^From the file as it was to the file as it is$/m);
  expect(stdout).toMatch(/machines +7 +-> +1006/);
  expect(readFileSync(report, "utf8")).toMatch(/<pre>\nFrom the file as it was[\s\S]*1006/);
  expect(
    JSON.parse((await plan("thousand", "--before", file("development"), "--json")).stdout).difference,
  ).toMatchObject({
    totals: expect.arrayContaining([{ what: "machines", from: 7, to: 1006 }]),
  });
  const made = await plan("development", "--before", join(folder, "none.yaml"));
  expect(made.code).toBe(0);
  expect(made.stdout).not.toContain("From the file");
  expect((await plan("thousand", "--before", file("development"), "--against", "development")).code).toBe(2);
});

test("the page is written beside the plan", async () => {
  const { code, stderr } = await plan("development", "--html", "plan.html");
  expect([code, stderr]).toEqual([0, "wrote plan.html\n"]);
  expect(readFileSync(join(folder, "plan.html"), "utf8")).toContain("<svg");
});

test("JSON is the whole of standard output", async () => {
  const { stdout, stderr } = await plan("thousand", "--json");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({ formatVersion: 1, environment: "thousand", totals: { workers: 1000 } });
});

test("an environment's transform file is read, and what is wrong with it told with its line", async () => {
  environment("transformed", "purpose: development");
  const path = join(folder, "Pulumi.transformed.transform.ts");
  writeFileSync(path, 'export default { "openstack:networking/network:Network": (args: object) => args };\n');
  const types = ["openstack:networking/network:Network"];
  const { stdout } = await plan("transformed", "--json");
  expect(JSON.parse(stdout).transforms).toEqual({ file: "Pulumi.transformed.transform.ts", types });
  writeFileSync(path, "export default {\n  openstack:networking,\n}}\n");
  const { code, stderr } = await plan("transformed");
  expect(stderr).toMatch(/^error: .*Pulumi\.transformed\.transform\.ts:3: .+$/m);
  expect(code).toBe(2);
  rmSync(path);
  rmSync(join(folder, "Pulumi.transformed.yaml"));
});
