import fc from "fast-check";
import { expect, test } from "vitest";
import { joinToken } from "./join-token.ts";

test("is a kubeadm bootstrap token for any seed and host name", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (seed, hostname) => {
      expect(joinToken(seed, hostname)).toMatch(/^[a-z0-9]{6}\.[a-z0-9]{16}$/);
    }),
  );
});

test("is the same again for the same machine, and another for another", () => {
  expect(joinToken("seed", "a-worker-1")).toBe(joinToken("seed", "a-worker-1"));
  expect(joinToken("seed", "a-worker-1")).not.toBe(joinToken("seed", "a-worker-2"));
  expect(joinToken("seed", "a-worker-1")).not.toBe(joinToken("other", "a-worker-1"));
});
