import { readdirSync, readFileSync } from "node:fs";
import { join, matchesGlob } from "node:path";
import { expect, test } from "vitest";
import manifest from "./package.json" with { type: "json" };
import { longScripts, stages } from "./tests/stages.ts";
import config from "./vitest.config.ts";

interface Project {
  test: { name: string; include: string[]; exclude?: string[] };
}

const projects = (config.test?.projects ?? []) as Project[];
const names = projects.map(({ test: { name } }) => name);

const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter(
  (entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."),
);

const testFiles = [".", ...folders.map(({ name }) => name)].flatMap((folder) =>
  readdirSync(join(import.meta.dirname, folder), { recursive: folder !== ".", encoding: "utf8" })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => join(folder, path)),
);

const projectsOf = (file: string): string[] =>
  projects.flatMap(({ test: { name, include, exclude = [] } }) => {
    const matches = (glob: string) => matchesGlob(file, glob);
    return include.some(matches) && !exclude.some(matches) ? [name] : [];
  });

/** Follows a script to the TypeScript that it starts. */
function projectsRunBy(script: string): string[] {
  const command = manifest.scripts[script as keyof typeof manifest.scripts];
  const started = command.match(/^tsx (\S+)/)?.[1];
  const text = started ? readFileSync(join(import.meta.dirname, started), "utf8") : command;
  return [...text.matchAll(/--project(?: |", ")([\w-]+)/g)].map(([, name = ""]) => name);
}

test("every test file belongs to exactly one project", () => {
  expect(testFiles.length).toBeGreaterThan(150);
  const others = testFiles.map((file) => [file, projectsOf(file)]).filter(([, found]) => found?.length !== 1);
  expect(others).toEqual([]);
});

test("every project is run by npm test or is one of those that take longer, and by one script only", () => {
  const run = [...stages.flat(2), ...longScripts].flatMap(projectsRunBy);
  expect(run.sort()).toEqual([...names].sort());
});
