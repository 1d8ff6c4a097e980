import { expect, test } from "vitest";
import { lowHostLimits } from "./host-limits.ts";

test("names the limits that are lower than a large platform needs", () => {
  const limits: Record<string, number> = {
    "fs/inotify/max_user_instances": 128,
    "fs/inotify/max_user_watches": 2_000_000,
  };
  expect(lowHostLimits((path) => limits[path] ?? 0)).toEqual({ "fs/inotify/max_user_instances": 128 });
});
