import { expect, test } from "vitest";
import { missingCapabilities } from "./capabilities.ts";

test("capabilities the bounding set lacks, by name", () => {
  expect(missingCapabilities("CapEff:\t0\nCapBnd:\t000001fffeffffff\nCapAmb:\t0\n")).toEqual(["SYS_RESOURCE"]);
});

test("a whole bounding set lacks nothing", () => {
  expect(missingCapabilities("CapBnd:\t000001ffffffffff\n")).toEqual([]);
});

test("the lowest and the highest bit are counted", () => {
  expect(missingCapabilities("CapBnd:\t000000fffffffffe\n")).toEqual(["CHOWN", "CHECKPOINT_RESTORE"]);
});
