import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repository } from "../lib/repository.ts";
import { commands } from "./commands/index.ts";

const launcher = join(repository, "kpaas");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-launcher-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

function kpaas(args: string[], { file = launcher, env = {} } = {}) {
  const options = {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", KPAAS_STACKS_DIR: folder, KPAAS_STATE_DIR: join(folder, "state"), ...env },
  };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

test("without arguments it shows every command", async () => {
  const { code, stdout, stderr } = await kpaas([]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const { name } of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
});

test("each way to a command's help shows its options", async () => {
  const ways = await Promise.all(
    [
      ["help", "logs"],
      ["logs", "--help"],
      ["logs", "local", "-h"],
    ].map((way) => kpaas(way)),
  );
  for (const { code, stdout } of ways) {
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: ./kpaas logs [ENVIRONMENT] MACHINE");
    expect(stdout).toContain("-f, --follow");
  }
});

describe("user errors end with 2, a message and the next step, without a stack", () => {
  test.each([
    [["upp"], "there is no command upp", "did you mean: ./kpaas up"],
    [["up"], "up needs an environment", "./kpaas up"],
    [["up", "nowhere"], "there is no environment nowhere", "copy one"],
    [["status", "--jsn"], "Unknown option '--jsn'", "./kpaas status --help"],
    [["kubeconfig", "local"], "local is not up", "./kpaas up local"],
    [["ssh"], "which machine?", "./kpaas ssh --help"],
  ])("%j", async (args, message, next) => {
    const { code, stdout, stderr } = await kpaas(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toMatch(/^next: /m);
    expect(stderr).toContain(next);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test("it works through a symbolic link, from another folder", async () => {
  const link = join(folder, "link-to-kpaas");
  symlinkSync(launcher, link);
  const { code, stdout } = await kpaas(["version"], { file: link });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^kpaas \d+\.\d+\.\d+, Pulumi \d/);
});

test("a Node.js that is too old is named, with where to get a newer one", async () => {
  const node = join(folder, "node");
  writeFileSync(node, "#!/bin/sh\necho v20.18.3\n");
  chmodSync(node, 0o755);
  const { code, stderr } = await kpaas(["version"], { env: { PATH: `${folder}:${process.env.PATH}` } });
  rmSync(node);
  expect(code).toBe(2);
  expect(stderr).toContain("error: Node.js v20.18.3 is too old");
  expect(stderr).toContain("https://nodejs.org");
});
