import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repository } from "../../lib/repository.ts";

const file = `# ours
config:
  kpaas:environment:
    infrastructure: { kind: openstack }
    network: { adminCidrs: [203.0.113.0/24] }
    containerPlatform: { kubernetesVersion: 1.35.4, masters: { count: 3 } } # until spring
`;
let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-upgrade-"));
  path = join(folder, "Pulumi.office.yaml");
  writeFileSync(path, file);
});
afterAll(() => rmSync(folder, { recursive: true }));

function upgrade(...args: string[]) {
  const env = { PATH: process.env.PATH, KPAAS_STACKS_DIR: folder, KPAAS_STATE_DIR: join(folder, "state") };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(join(repository, "kpaas"), ["upgrade", ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("--plan shows what would happen in its order, and writes nothing", async () => {
  const { code, stdout } = await upgrade("office", "--to", "1.36.3", "--plan");
  expect(code).toBe(0);
  expect(stdout).toMatch(/Kubernetes +1\.35\.4 +-> +1\.36\.3/);
  expect(stdout).toMatch(/master-1, master-2, master-3 upgraded in place/);
  const { edit } = JSON.parse((await upgrade("office", "--images", "--plan", "--json")).stdout);
  const stages = edit.rollout.map(({ name, changes }: { name: string; changes: { kind: string }[] }) => [
    name,
    ...changes.map(({ kind }) => kind),
  ]);
  expect(stages).toEqual(
    ["bastion", "haproxy", "registry", "database", "storage", "master", "worker"].map((name) => [name, "replaced"]),
  );
  expect(readFileSync(path, "utf8")).toBe(file);
});

test("--plan of one that pauses after the masters leaves the workers out, and tells that they wait", async () => {
  const { code, stdout } = await upgrade("office", "--to", "1.36.3", "--pause-after", "masters", "--plan");
  expect(code).toBe(0);
  expect(stdout).toMatch(/Kubernetes +1\.35\.4 +-> +1\.36\.3 \(pool worker: 1\.35\.4\)/);
  expect(stdout).toMatch(/master-1, master-2, master-3 upgraded in place/);
  expect(stdout).not.toContain("worker-1");
  expect(stdout).toMatch(/pool worker waits at Kubernetes 1\.35\.4/);
  expect(readFileSync(path, "utf8")).toBe(file);
});

test.each([
  [["office", "--to", "1.36.3", "--pause-after", "canary"], "--pause-after must be masters (got canary)"],
  [["office"], "upgrade to what?"],
  [[], "upgrade needs an environment"],
  [["office", "--to", "1.34.2"], "containerPlatform.kubernetesVersion: cannot go back: 1.35.4 runs"],
  [["office", "--to", "1.36.3", "--allow-loss", "mastr-1"], "office has no machine mastr-1"],
])("%j ends with 2 and leaves the file as it is", async (args, message) => {
  const { code, stderr } = await upgrade(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(`error: ${message}`);
  expect(readFileSync(path, "utf8")).toBe(file);
});
