import "../stacks/infrastructures.ts";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { schemaPath, stackFileSchema } from "./json-schema.ts";

interface Node {
  description?: string;
  properties?: Record<string, Node>;
  items?: Node;
  oneOf?: Node[];
  additionalProperties?: object | boolean;
}

test("the committed schema is the current one (npm run schema writes it)", () => {
  expect(JSON.parse(readFileSync(schemaPath, "utf8"))).toEqual(stackFileSchema());
});

test("every setting tells an editor what it means", () => {
  expect(undescribed(stackFileSchema(), "file").filter((path) => path !== "file")).toEqual([]);
});

test("a stack file may hold more than the environment, and the environment nothing unknown", () => {
  const file: Node = stackFileSchema();
  const config = file.properties?.config;
  expect(file.additionalProperties).toEqual({});
  expect(config?.additionalProperties).toEqual({});
  expect(config?.properties?.["kpaas:environment"]?.additionalProperties).toBe(false);
});

function undescribed(node: Node, path: string): string[] {
  const inner = [
    ...Object.entries(node.properties ?? {}).flatMap(([key, value]) => undescribed(value, `${path}.${key}`)),
    ...(node.oneOf ?? []).flatMap((value, index) => undescribed(value, `${path}|${index}`)),
    ...(node.items?.properties ? undescribed(node.items, `${path}[]`) : []),
  ];
  return node.description ? inner : [path, ...inner];
}
