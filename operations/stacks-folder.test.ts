import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { UserError } from "../lib/errors.ts";
import { repository } from "../lib/repository.ts";
import { exampleStacks, folderMarker, isInClone, shownPath, stacksFolder, useStacksFolder } from "./stacks-folder.ts";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kpaas-stacks-folder-")));
  vi.stubEnv("KPAAS_STACKS_DIR", "");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe("environment files are read from", () => {
  test("the clone's examples, where nothing else is said", () => {
    expect(stacksFolder(folder)).toBe(exampleStacks);
  });

  test("a folder with environment files only where init has marked it", () => {
    writeFileSync(join(folder, "Pulumi.local.yaml"), "");
    expect(stacksFolder(folder)).toBe(exampleStacks);
    writeFileSync(join(folder, folderMarker), "");
    expect(stacksFolder(folder)).toBe(folder);
  });

  test("the nearest marked folder above the working directory", () => {
    writeFileSync(join(folder, folderMarker), "");
    const inner = join(folder, ".github", "workflows");
    mkdirSync(inner, { recursive: true });
    expect(stacksFolder(inner)).toBe(folder);
    writeFileSync(join(inner, folderMarker), "");
    expect(stacksFolder(inner)).toBe(inner);
  });

  test("no folder that is only called as the marker", () => {
    mkdirSync(join(folder, folderMarker));
    expect(stacksFolder(folder)).toBe(exampleStacks);
  });

  test("the clone's own inside the clone", () => {
    expect(stacksFolder(join(repository, "docs"))).toBe(exampleStacks);
  });

  test("the folder that KPAAS_STACKS_DIR names, before all others", () => {
    writeFileSync(join(folder, folderMarker), "");
    vi.stubEnv("KPAAS_STACKS_DIR", join(folder, "other"));
    expect(stacksFolder(folder)).toBe(join(folder, "other"));
  });

  test("the folder that --stacks names, before that", () => {
    vi.stubEnv("KPAAS_STACKS_DIR", "/somewhere");
    useStacksFolder(folder);
    expect(stacksFolder("/")).toBe(folder);
  });
});

test("--stacks wants a folder that is there", () => {
  expect(() => useStacksFolder(join(folder, "none"))).toThrow(UserError);
  expect(() => useStacksFolder(join(repository, "package.json"))).toThrow("is not a folder");
});

test("the clone is told from what lies beside it", () => {
  expect([repository, join(repository, "x"), `${repository}-more`, folder].map(isInClone)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("messages show a path below the working directory as the user would type it", () => {
  expect(shownPath(join(process.cwd(), "stacks", "Pulumi.local.yaml"))).toBe(join("stacks", "Pulumi.local.yaml"));
  expect(shownPath("/elsewhere/Pulumi.local.yaml")).toBe("/elsewhere/Pulumi.local.yaml");
});
