// Enforces rooms.json: see docs/design.md.
import { readFileSync } from "node:fs";

/** @type {{ room: string, imports: string[] }[]} */
const rooms = JSON.parse(readFileSync(new URL("rooms.json", import.meta.url), "utf8"));

/** `provider/sdk` is a part of a room: the files whose names begin so. */
const within = (room) => (room.includes("/") ? `^${room}` : `^${room}/`);

const anyRoom = `^(${rooms.map(({ room }) => room).join("|")}|scripts|bench|tests)/`;

const test = "\\.test\\.ts$";

const roomRules = rooms.map(({ room, imports }) => ({
  name: `${room}-imports`,
  comment: `${room}/ may import ${imports.join(", ") || "no other room"} (rooms.json)`,
  severity: "error",
  from: { path: within(room), pathNot: test },
  to: { path: anyRoom, pathNot: [room, ...imports].map(within) },
}));

export default {
  forbidden: [
    ...roomRules,
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "fixtures-are-for-tests",
      comment: "tests/ is imported by tests and benchmarks only",
      severity: "error",
      from: { pathNot: [test, "^tests/", "^bench/", "^vitest.config.ts$"] },
      to: { path: "^tests/" },
    },
    {
      name: "a-cloud-is-one-folder",
      comment: "no infrastructure imports another's folder; NHN and KT are OpenStack's kind",
      severity: "error",
      from: { path: "^stacks/([^/]+)/", pathNot: ["^stacks/(nhn|kt)/", test] },
      to: { path: "^stacks/[^/]+/", pathNot: "^stacks/($1|shared)/" },
    },
    {
      name: "clouds-are-known-to-stacks-only",
      comment: "a cloud's SDK is imported in its folder of stacks/ only",
      severity: "error",
      from: { pathNot: "^(stacks/[^/]+|tests)/" },
      to: { path: "node_modules/@pulumi/(alicloud|aws|azure-native|gcp|openstack)/" },
    },
    {
      name: "facts-need-no-sdk",
      comment: "every command reads the facts of every infrastructure",
      severity: "error",
      from: { path: "^stacks/[^/]+/(facts|settings|resource-types|cpi)\\.ts$" },
      to: { path: "node_modules/@pulumi/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(node_modules|coverage)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".js", ".cjs", ".json"] },
  },
};
