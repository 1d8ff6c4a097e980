import { expect, test } from "vitest";
import { quantity } from "./quantity.ts";

test.each([
  ["250m", 0.25],
  ["2", 2],
  [4, 4],
  ["0.5", 0.5],
  ["1500000n", 0.0015],
  ["128Mi", 134_217_728],
  ["1.5Gi", 1_610_612_736],
  ["64M", 64e6],
  ["1e3", 1000],
  ["1E", 1e18],
  [undefined, 0],
])("%s is %d", (text, value) => expect(quantity(text)).toBeCloseTo(value, 9));

test("what is no quantity is an error, not nothing", () => {
  expect(() => quantity("lots")).toThrow("lots is no quantity");
  expect(() => quantity("1Xi")).toThrow("1Xi is no quantity");
});
