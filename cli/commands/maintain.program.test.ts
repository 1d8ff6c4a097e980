import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { currentWindow, windowOf } from "../../config/maintenance/window.ts";
import { repository } from "../../lib/repository.ts";

/** A window that is closed now, and for a while yet. */
const window = ["Wed 02:00-05:00 Asia/Seoul", "Sat 02:00-05:00 Asia/Seoul"].find((text) => {
  const soon = [0, 10].map((minutes) => new Date(Date.now() + minutes * 60_000));
  return soon.every((moment) => !currentWindow(windowOf(text), moment));
}) as string;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-maintain-"));
  writeFileSync(
    join(folder, "Pulumi.office.yaml"),
    `config:\n  kpaas:environment:\n    infrastructure: { kind: local }\n    maintenance: { window: "${window}" }\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

function maintain(...args: string[]) {
  const env = { PATH: process.env.PATH, KPAAS_STACKS_DIR: folder, KPAAS_STATE_DIR: join(folder, "state") };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(join(repository, "kpaas"), ["maintain", ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("outside the window it ends with 5, tells when the next one begins, and changes nothing", async () => {
  const { code, stdout, stderr } = await maintain("office");
  expect(code).toBe(5);
  expect(stdout).toBe("");
  expect(stderr).toContain(`office is outside its maintenance window, ${window}; nothing was changed`);
  expect(stderr).toMatch(/next: the next one begins (Wed|Sat) 20.* 02:00 Asia\/Seoul .*--now/);
});

test("--json tells the same to scripts", async () => {
  const { code, stdout } = await maintain("office", "--json");
  expect(code).toBe(5);
  expect(JSON.parse(stdout)).toEqual({
    environment: "office",
    command: "maintain",
    result: "outside-window",
    window,
    nextWindow: { begins: expect.stringMatching(/T17:00:00\.000Z$/), ends: expect.stringMatching(/T20:00:00\.000Z$/) },
  });
});

test.each([
  [["office", "--now"], "office is not up"],
  [[], "maintain needs an environment"],
])("%j ends with 2", async (args, message) => {
  const { code, stderr } = await maintain(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(`error: ${message}`);
});
