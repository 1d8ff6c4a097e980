import { expect, test } from "vitest";
import { unusableState } from "./engine-error.ts";

test("of what the engine's CLI said only its own words are told, without a password in a URL", () => {
  const report =
    "code: 255\n stdout: \n stderr: error: could not open postgres://kpaas:p4ss@db.example/x: refused\n err?: Error: failed\n";
  const { message } = unusableState("dev", new Error(report));
  expect(message).toBe("the state of dev cannot be used: could not open postgres://kpaas:****@db.example/x: refused");
});
