import { expect, test } from "vitest";
import { exists, removed } from "./missing.ts";

const refusal = (statusCode: number) => Promise.reject(Object.assign(new Error("refused"), { statusCode }));

test("only what the engine does not find does not exist", async () => {
  expect(await exists(Promise.resolve({}))).toBe(true);
  expect(await exists(refusal(404))).toBe(false);
  await expect(exists(refusal(500))).rejects.toThrow("refused");
});

test("what is not there is removed already, what is in use is not", async () => {
  await removed(refusal(404));
  await expect(removed(refusal(409))).rejects.toThrow("refused");
});
