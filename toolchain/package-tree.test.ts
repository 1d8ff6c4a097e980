import { expect, test } from "vitest";
import { type PackageLock, pathsOf, suits } from "./package-tree.ts";

const lock: PackageLock = {
  packages: {
    "": {},
    "node_modules/sdk": {
      dependencies: { word: "1" },
      optionalDependencies: { linux: "1", windows: "1", gone: "1" },
      peerDependencies: { engine: "1", test: "1" },
      peerDependenciesMeta: { test: { optional: true } },
    },
    "node_modules/sdk/node_modules/word": { dependencies: { deep: "1" } },
    "node_modules/word": {},
    "node_modules/deep": { dependencies: { sdk: "1" } },
    "node_modules/engine": {},
    "node_modules/linux": { os: ["linux"] },
    "node_modules/windows": { os: ["win32"] },
    "node_modules/broken": { dependencies: { missing: "1" } },
  },
};

test("a package comes with all that it depends on, found as Node.js finds it, for this kind of machine", () => {
  expect(pathsOf(lock, ["sdk"], { os: "linux", cpu: "x64" })).toEqual([
    "node_modules/deep",
    "node_modules/engine",
    "node_modules/linux",
    "node_modules/sdk",
    "node_modules/sdk/node_modules/word",
  ]);
});

test("what the lock lacks is told by name", () => {
  expect(() => pathsOf(lock, ["broken"])).toThrow("the lock has no missing, which node_modules/broken needs");
});

test("machines are named, or excluded", () => {
  const host = { os: "linux", cpu: "x64" };
  expect(suits({ cpu: ["!arm64"] }, host)).toBe(true);
  expect(suits({ cpu: ["!x64"] }, host)).toBe(false);
  expect(suits({ os: ["darwin", "linux"], cpu: ["x64"] }, host)).toBe(true);
});
