import { expect, test } from "vitest";
import { lowestFree } from "./addresses.ts";

test("the lowest address of the range that nobody has", () => {
  expect(lowestFree("10.0.0.128/25", new Set())).toBe("10.0.0.128");
  expect(lowestFree("10.0.0.128/25", new Set(["10.0.0.128", "10.0.0.130"]))).toBe("10.0.0.129");
});

test("addresses outside the range do not count", () => {
  expect(lowestFree("10.0.0.128/25", new Set(["10.0.0.1", ""]))).toBe("10.0.0.128");
});

test("a full range is refused, its last address unused because it may be the broadcast address", () => {
  expect(() => lowestFree("10.0.0.252/30", new Set(["10.0.0.252", "10.0.0.253", "10.0.0.254"]))).toThrow(
    "no free address is left in 10.0.0.252/30",
  );
});
