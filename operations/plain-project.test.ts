import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { repository } from "../lib/repository.ts";
import { writePlainProject } from "./plain-project.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-plain-project-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const file = () => join(folder, "Pulumi.yaml");

test("the clone's project, from another folder: paths are absolute, stack files lie beside it", () => {
  expect(writePlainProject(folder)).toBe(true);
  const project = parse(readFileSync(file(), "utf8"));
  const own = parse(readFileSync(join(repository, "Pulumi.yaml"), "utf8"));
  expect(project.main).toBe(join(repository, own.main));
  expect(project.stackConfigDir).toBeUndefined();
  for (const { path } of project.plugins.providers) expect(isAbsolute(path)).toBe(true);
  expect({ name: project.name, runtime: project.runtime }).toEqual({ name: own.name, runtime: own.runtime });
});

test("it is written anew, but never over a project of the user's", () => {
  expect([writePlainProject(folder), writePlainProject(folder)]).toEqual([true, true]);
  writeFileSync(file(), "name: mine\n");
  expect(writePlainProject(folder)).toBe(false);
  expect(readFileSync(file(), "utf8")).toBe("name: mine\n");
});
