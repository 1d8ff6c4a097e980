import { expect, test } from "vitest";
import { bugReport } from "./bug-report.ts";

test("a bug is reported at the address of package.json", () => {
  const [where, withWhat] = bugReport();
  expect(where).toMatch(/^report it at https:\/\/\S+\/issues$/);
  expect(withWhat).toBe("with the lines above and the output of: ./kpaas version && ./kpaas doctor");
});

test.each([
  ["no address", () => ({})],
  ["a conflict of a merge in it", () => JSON.parse("<<<<<<< HEAD")],
])("a package.json with %s leaves the rest of the advice", (_title, read) => {
  expect(bugReport(read)).toEqual(["report it to whoever gave you this copy of kpaas", bugReport()[1]]);
});
