import { expect, test } from "vitest";
import { reasonToKeep } from "./etcd-members.ts";

const members = (wellOnes: number[], unwell: number[] = []) => [
  ...wellOnes.map((ordinal) => ({ node: `test-master-${ordinal}`, isReady: true })),
  ...unwell.map((ordinal) => ({ node: `test-master-${ordinal}`, isReady: false })),
];
const reason = (...of: Parameters<typeof members>) => reasonToKeep("test-master-1", members(...of));

test.each([
  ["the only one, whose loss is judged elsewhere", members([1])],
  ["one of three that are well", members([1, 2, 3])],
  ["one of five that are well", members([1, 2, 3, 4, 5])],
  ["one of five, another of which is not well", members([1, 2, 3, 4], [5])],
  ["the one of three that is not well itself", members([2, 3], [1])],
  ["one that is no member any more", members([2, 3])],
])("etcd can spare %s", (_, present) => {
  expect(reasonToKeep("test-master-1", present)).toBeUndefined();
});

test("etcd cannot spare a member whose absence would cost the quorum, and it says who is not well", () => {
  expect(reason([1, 2], [3])).toBe(
    "etcd has 3 members and needs 2; without test-master-1 it would have 1, as test-master-3 is not well",
  );
  expect(reason([1, 2, 3], [4, 5])).toBe(
    "etcd has 5 members and needs 3; without test-master-1 it would have 2, as test-master-4 and test-master-5 are not well",
  );
  expect(reason([1, 2, 3], [4])).toContain("etcd has 4 members and needs 3");
});

test("of two members neither can be spared: one alone is no majority", () => {
  expect(reason([1, 2])).toMatch(/^etcd has 2 members and needs 2; without test-master-1 it would have 1/);
});
