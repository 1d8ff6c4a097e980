import { log, Resource } from "@pulumi/pulumi";
import debuggable from "@pulumi/pulumi/runtime/debuggable.js";
import { expect, test } from "vitest";
import { lightenRuntime } from "./program.ts";

const replaced: [owner: object, name: string][] = [
  [log, "debug"],
  [Resource, "callsites"],
  [debuggable, "debuggablePromise"],
];

test("what the program does without is what Pulumi's runtime has: another version may call it otherwise", async () => {
  const before = replaced.map(([owner, name]) => Reflect.get(owner, name));
  for (const original of before) expect(original).toBeTypeOf("function");
  await lightenRuntime();
  for (const [index, [owner, name]] of replaced.entries()) expect(Reflect.get(owner, name)).not.toBe(before[index]);
});
