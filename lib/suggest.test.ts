import { expect, test } from "vitest";
import { nearest } from "./suggest.ts";

const commands = ["up", "preview", "status", "destroy", "kubeconfig"];

test.each([
  ["upp", "up"],
  ["preveiw", "preview"],
  ["STATUS", "status"],
  ["kubeconf", "kubeconfig"],
])("%s is taken for %s", (word, meant) => {
  expect(nearest(word, commands)).toBe(meant);
});

test("what resembles nothing gets no suggestion", () => {
  expect(nearest("frobnicate", commands)).toBeUndefined();
  expect(nearest("up", [])).toBeUndefined();
});
