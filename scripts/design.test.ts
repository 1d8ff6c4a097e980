import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../lib/repository.ts";
import { kpaas } from "../toolchain/bundle.mjs";
import { designPage, withRoomTable } from "./design-table.ts";

const rooms: { room: string; imports: string[] }[] = JSON.parse(readFileSync(join(repository, "rooms.json"), "utf8"));

test("docs/design.md has the rooms as rooms.json has them (npm run design writes it)", () => {
  const page = readFileSync(designPage, "utf8");
  expect(withRoomTable(page)).toBe(page);
  expect(page).toContain(`| \`${rooms[0]?.room}/\` |`);
});

test("every folder with product code is a room, and bundles are made of all of them", () => {
  const aside = ["bench", "ci", "docs", "node_modules", "scripts", "tests"];
  const folders = readdirSync(repository, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .filter((name) => !aside.includes(name) && name !== "coverage");
  const names = rooms.map(({ room }) => room).sort();
  expect(names).toEqual(folders.sort());
  expect(kpaas.sources.filter((source) => !source.endsWith(".json")).sort()).toEqual(names);
});

test("a room imports rooms above it in the table only, so that there is no circle of rooms", () => {
  const before = new Set<string>();
  for (const { room, imports } of rooms) {
    for (const each of imports) expect([...before], `${room} imports ${each}`).toContain(each.split("/")[0]);
    before.add(room);
  }
});
