import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../lib/errors.ts";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { loadTransforms, transformedInWords, transformPath } from "./transforms.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-transforms-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const environmentFile = () => join(folder, "Pulumi.dev.yaml");

function load(text: string) {
  writeFileSync(transformPath(environmentFile()), text);
  return loadTransforms(environmentFile());
}

const context = { name: "platform-network", environment: exampleEnvironment() };

async function failure(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "none";
}

test("the file is beside the environment's, whatever that is called", () => {
  expect(transformPath("/sites/Pulumi.dev.yaml")).toBe("/sites/Pulumi.dev.transform.ts");
  expect(transformPath("other.yml")).toBe("other.transform.ts");
});

test("an environment without the file has none", async () => {
  expect(await loadTransforms(environmentFile())).toBeUndefined();
});

test("a transform gives a resource its arguments", async () => {
  const loaded = await load(
    'export default { "b:c:D": (args, { name }) => ({ ...args, name }), "a:b/c:C": (args) => args };',
  );
  expect(loaded?.types).toEqual(["a:b/c:C", "b:c:D"]);
  expect(loaded?.apply("b:c:D", { size: 1 }, context)).toEqual({ size: 1, name: "platform-network" });
});

test("all that is wrong with the table is told at once, with the file", async () => {
  const message = await failure(() =>
    load('export default { instance: (args) => args, "kpaas:index:RandomSecret": (args) => args, "a:b:C": {} };'),
  );
  expect(message.split("\n  ")).toEqual([
    `${join(folder, "Pulumi.dev.transform.ts")}:`,
    "instance: is no type token such as aws:ec2/instance:Instance",
    "kpaas:index:RandomSecret: is kpaas' own, which no transform may change",
    "a:b:C: must be a function (got an object)",
  ]);
});

test.each(["export const transforms = {};", "export default [];", "export default 1;"])(
  "no table: %s",
  async (text) => {
    expect(await failure(() => load(text))).toContain("Pulumi.dev.transform.ts: has no default export of functions");
  },
);

test.each([
  ["undefined", "(args) => { args.size = 2; }"],
  ["null", "() => null"],
  ["a list", "(args) => [args]"],
  ["an object of a class, such as a promise or an output", "async (args) => args"],
  ["a number", "() => 1"],
])("what returns %s is refused, with type and name of the resource", async (what, transform) => {
  const loaded = await load(`export default { "a:b:C": ${transform} };`);
  expect(await failure(() => loaded?.apply("a:b:C", {}, context))).toBe(
    `${join(folder, "Pulumi.dev.transform.ts")}: the transform of a:b:C returned ${what}, not the resource's arguments, for platform-network`,
  );
});

test("what throws is told with its line, and type and name of the resource", async () => {
  const loaded = await load('export default {\n  "a:b:C": (args: any) => ({\n    size: args.disk.size,\n  }),\n};');
  expect(await failure(() => loaded?.apply("a:b:C", {}, context))).toMatch(
    /Pulumi\.dev\.transform\.ts:3: the transform of a:b:C failed \(Cannot read .*'size'\)\) for platform-network$/,
  );
});

test("what was changed is counted, each type named once", () => {
  const of = (type: string, name: string) => ({ type, name, properties: ["a"] });
  expect(transformedInWords([])).toBe("0 resources");
  expect(transformedInWords([of("a:b:C", "one")])).toBe("1 resource (a:b:C)");
  expect(transformedInWords([of("b:b:C", "one"), of("a:b:C", "one"), of("a:b:C", "two")])).toBe(
    "3 resources (a:b:C, b:b:C)",
  );
});
