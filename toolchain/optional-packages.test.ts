import { expect, test } from "vitest";
import { installOptional } from "./optional-packages.ts";

test("what is there already is not installed again", async () => {
  const reports: string[] = [];
  await installOptional(["@biomejs/biome"], (message) => reports.push(message));
  expect(reports).toEqual([]);
});

test("only packages with a pinned version are installed", async () => {
  await expect(installOptional(["left-pad"], () => {})).rejects.toThrow(/left-pad is not among the peerDependencies/);
});
