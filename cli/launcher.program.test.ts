import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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

function kpaas(args: string[], { file = launcher, env = {}, cwd = folder } = {}) {
  const options = {
    cwd,
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
    [["registry"], "registry does what?", "./kpaas registry login|open|push|list ENVIRONMENT"],
    [["registry", "list", "local", "--port", "1"], "--port: 1 is no port for registry list", "./kpaas registry --help"],
    [["registry", "psh", "local"], "registry cannot psh", "did you mean: ./kpaas registry push"],
    [["registry", "push", "local"], "push which image?", "./kpaas registry push local team/hello:1"],
    [["registry", "push", "local", "a", "--archive", "no.tar"], "--archive: ", "docker save"],
    [["registry", "list", "local"], "local is not up", "./kpaas up local"],
    [["bundle"], "bundle does what?", "./kpaas bundle create|verify|push|key"],
    [["bundle", "verfy", "x"], "bundle cannot verfy", "did you mean: ./kpaas bundle verify"],
    [["bundle", "create", "--out", "x"], "which environments is the bundle to be enough for?", "--environments A,B"],
    [["bundle", "create", "--environments", "local"], "in which folder is the bundle to be made?", "--out DIR"],
    [["bundle", "verify", "nowhere"], "no whole bundle is in ", "./kpaas bundle create"],
    [["bundle", "push", "local"], "push which bundle?", "./kpaas bundle push local DIR"],
    [["bundle", "key", "x"], "bundle key takes no operand", "./kpaas bundle --help"],
    [["plan", "local", "--bundle", "nowhere"], "no whole bundle is in ", "./kpaas bundle create"],
    [
      ["plan", "local", "--bundle", "x", "--no-bundle"],
      "--bundle and --no-bundle exclude one another",
      "leave one out",
    ],
    [["database"], "database needs an environment", "./kpaas database"],
    [["database", "local", "--", "-e", "x"], "arguments after -- are the client's", "--connect -- -e x"],
    [["kubeconfig", "local", "--merge", "--remove"], "--output, --merge and --remove exclude one another", "--help"],
    [["init"], "init needs a folder", "./kpaas init ../environments"],
    [["init", "x", "--ci", "githab"], "--ci: there is no template for githab", "did you mean --ci github?"],
    [["plan", "--stacks", "nowhere"], "--stacks: ", "./kpaas init nowhere"],
  ])("%j", async (args, message, next) => {
    const { code, stdout, stderr } = await kpaas(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toMatch(/^next: /m);
    expect(stderr).toContain(next);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test("a user without a container engine hears of it before anything is fetched or built", async () => {
  writeFileSync(
    join(folder, "Pulumi.here.yaml"),
    "config: { kpaas:environment: { infrastructure: { kind: local } } }\n",
  );
  const cache = join(folder, "cache");
  const env = { DOCKER_HOST: `unix://${folder}/none.sock`, KPAAS_CACHE_DIR: cache };
  const { code, stdout, stderr } = await kpaas(["up", "here"], { env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(`container engine: none answers at DOCKER_HOST (unix://${folder}/none.sock)`);
  expect(existsSync(cache)).toBe(false);
});

test("it works through a symbolic link, from another folder", async () => {
  const link = join(folder, "link-to-kpaas");
  symlinkSync(launcher, link);
  const { code, stdout } = await kpaas(["version"], { file: link });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^kpaas \d+\.\d+\.\d+, Pulumi \d/);
});

describe("a folder of environments", () => {
  const unset = { KPAAS_STACKS_DIR: "" };
  let environments: string;

  beforeAll(async () => {
    environments = join(realpathSync(folder), "platforms");
    const { code, stdout, stderr } = await kpaas(["init", "platforms", "--ci", "gitlab"], { env: unset });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("./kpaas plan local") });
    expect(stdout).toContain("Pulumi.local.yaml");
    writeFileSync(join(environments, "Pulumi.office.yaml"), "config: { kpaas:environment: { infrastructures: 1 } }\n");
  });

  test("is planned in by its own ./kpaas, from anywhere", async () => {
    const { code, stdout } = await kpaas(["plan", "local"], {
      file: join(environments, "kpaas"),
      env: unset,
      cwd: "/",
    });
    expect(code).toBe(0);
    expect(stdout).toContain("Plan of local, for development: local");
  });

  test("is found by the clone's from a folder below, and by --stacks from anywhere", async () => {
    mkdirSync(join(environments, "notes"));
    const ways = await Promise.all([
      kpaas(["plan", "nowhere"], { env: unset, cwd: join(environments, "notes") }),
      kpaas(["plan", "nowhere", "--stacks", environments], { cwd: "/" }),
    ]);
    for (const { code, stderr } of ways) {
      expect(code).toBe(2);
      expect(stderr).toContain(`${join(environments, "Pulumi.nowhere.yaml")} does not exist`);
      expect(stderr).toContain("there are: local, office");
    }
  });

  test("is the one that messages and help name", async () => {
    const [broken, help] = await Promise.all([
      kpaas(["plan", "office"], { env: unset, cwd: environments }),
      kpaas([], { env: unset }),
    ]);
    expect(broken.stderr).toContain("next: correct kpaas:environment in Pulumi.office.yaml, then");
    expect(help.stdout).toContain(join(repository, "stacks"));
  });

  test("is not made twice", async () => {
    const { code, stdout, stderr } = await kpaas(["init", environments]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("nothing was changed");
  });
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
