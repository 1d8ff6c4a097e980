import { afterAll, beforeAll, expect, test } from "vitest";
import { Pinned } from "../../provider/sdk.ts";
import { type TestStack, testStack } from "../harness/provider/test-stack.ts";

let stack: TestStack;

beforeAll(async () => {
  stack = await testStack();
});
afterAll(() => stack.dispose());

const program = (value: string, generation: number) => async () => ({
  pinned: new Pinned("pinned", { value, generation }).pinned,
});

test("a value stays as it was until its generation rises", async () => {
  expect((await stack.up(program("first", 1))).outputs).toEqual({ pinned: "first" });
  expect(await stack.up(program("second", 1))).toMatchObject({
    steps: { pinned: "same" },
    outputs: { pinned: "first" },
  });
  expect(await stack.up(program("third", 1))).toMatchObject({
    steps: { pinned: "same" },
    outputs: { pinned: "first" },
  });
  expect(await stack.up(program("third", 2))).toMatchObject({
    steps: { pinned: "update" },
    outputs: { pinned: "third" },
  });
  expect((await stack.preview(program("third", 2))).steps).toEqual({ pinned: "same" });
});
