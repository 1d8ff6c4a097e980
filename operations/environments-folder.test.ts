import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { repository } from "../lib/repository.ts";
import { environmentNames, loadEnvironment } from "./environments.ts";
import { forgeNames, installerLink, makeEnvironmentsFolder } from "./environments-folder.ts";
import { stacksFolder } from "./stacks-folder.ts";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kpaas-environments-folder-")));
  vi.stubEnv("KPAAS_STACKS_DIR", "");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const refusal = (path: string): string => {
  try {
    makeEnvironmentsFolder(path);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("it was accepted");
};

test("a folder that is not there yet becomes one that commands find, with an environment they read", async () => {
  const path = join(folder, "team", "platforms");
  makeEnvironmentsFolder(path);
  expect(stacksFolder(path)).toBe(path);
  vi.stubEnv("KPAAS_STACKS_DIR", path);
  expect(environmentNames()).toEqual(["local"]);
  expect((await loadEnvironment("local")).environment.infrastructure.kind).toBe("local");
});

test("every file it names is there, and no other", () => {
  const made = makeEnvironmentsFolder(folder);
  expect(readdirSync(folder).sort()).toEqual([...made].sort());
});

test("editors find the schema through the link to the clone", () => {
  makeEnvironmentsFolder(folder);
  const [, schema = ""] = readFileSync(join(folder, "Pulumi.local.yaml"), "utf8").match(/\$schema=(\S+)/) ?? [];
  expect(realpathSync(join(folder, schema))).toBe(join(repository, "config", "environment.schema.json"));
});

test("what belongs to one machine, and what holds secrets, is not committed", () => {
  makeEnvironmentsFolder(folder);
  const ignored = readFileSync(join(folder, ".gitignore"), "utf8").split("\n");
  expect(ignored).toEqual(expect.arrayContaining([`/${installerLink}`, "/Pulumi.yaml", "/kubeconfig*"]));
});

test.each(forgeNames)("the pipeline of %s is the clone's template, where that forge looks for it", (forge) => {
  const made = makeEnvironmentsFolder(folder, forge);
  const [pipeline = ""] = made.filter((name) => name.endsWith(".yml"));
  expect(pipeline).toBe({ github: ".github/workflows/kpaas.yml", gitlab: ".gitlab-ci.yml" }[forge]);
  expect(readFileSync(join(folder, pipeline), "utf8")).toBe(
    readFileSync(join(repository, "ci", forge, "kpaas.yml"), "utf8"),
  );
  expect(readFileSync(join(folder, "README.md"), "utf8")).toContain(pipeline);
});

test("its own ./kpaas may be executed", () => {
  makeEnvironmentsFolder(folder);
  expect(statSync(join(folder, "kpaas")).mode & 0o111).toBe(0o111);
});

describe("a folder that is there is taken", () => {
  test("where it is a new repository, with the clone in it or not", () => {
    mkdirSync(join(folder, ".git"));
    mkdirSync(join(folder, installerLink));
    expect(makeEnvironmentsFolder(folder)).not.toContain(installerLink);
    expect(statSync(join(folder, installerLink)).isDirectory()).toBe(true);
  });

  test("not where it holds anything else, which stays as it is", () => {
    writeFileSync(join(folder, "notes.txt"), "mine");
    expect(refusal(folder)).toContain("notes.txt");
    expect(readdirSync(folder)).toEqual(["notes.txt"]);
  });

  test("not a second time, whatever was changed since", () => {
    makeEnvironmentsFolder(folder);
    writeFileSync(join(folder, "Pulumi.local.yaml"), "changed");
    expect(refusal(folder)).toContain("already; nothing was changed");
    expect(readFileSync(join(folder, "Pulumi.local.yaml"), "utf8")).toBe("changed");
  });

  test("not where it is a file", () => {
    writeFileSync(join(folder, "file"), "");
    expect(refusal(join(folder, "file"))).toContain("is not a folder");
  });

  test("not inside the clone, which git pull updates", () => {
    expect(refusal(join(repository, "environments"))).toContain("lies in the installer's clone");
    expect(existsSync(join(repository, "environments"))).toBe(false);
  });
});
