import { expect, test } from "vitest";
import { factsOf, infrastructures } from "./catalog.ts";

test("who forgets to register infrastructures is told what to import", () => {
  const told = /no infrastructure is registered: import stacks\/infrastructures\.ts first/;
  expect(() => infrastructures()).toThrow(told);
  expect(() => factsOf({ kind: "local" })).toThrow(told);
});
