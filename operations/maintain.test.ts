import { describe, expect, test } from "vitest";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { OutsideWindow, windowEnd } from "./maintain.ts";

const loaded = (maintenance?: { window?: string }) => ({
  name: "test",
  path: "stacks/Pulumi.test.yaml",
  file: {},
  environment: exampleEnvironment(maintenance ? { maintenance } : {}),
});
const at = (text: string) => new Date(text);

describe("a run", () => {
  test("keeps to no window where the environment has none", () => {
    expect(windowEnd(loaded(), at("2026-12-01T00:00:00Z"))).toBeUndefined();
    expect(windowEnd(loaded({}), at("2026-12-01T00:00:00Z"))).toBeUndefined();
  });

  test("ends with the window in which it begins", () => {
    const sunday = loaded({ window: "Sun 02:00-05:00 Asia/Seoul" });
    expect(windowEnd(sunday, at("2026-12-05T19:00:00Z"))).toEqual(at("2026-12-05T20:00:00Z"));
  });

  test("is refused outside the window, with the begin of the next one and the way round it", () => {
    const sunday = loaded({ window: "Sun 02:00-05:00 Asia/Seoul" });
    const refused = () => windowEnd(sunday, at("2026-12-05T20:00:00Z"));
    expect(refused).toThrow(OutsideWindow);
    try {
      refused();
    } catch (error) {
      const { message, next, nextWindow } = error as OutsideWindow;
      expect(message).toBe("test is outside its maintenance window, Sun 02:00-05:00 Asia/Seoul; nothing was changed");
      expect(next).toBe(
        "the next one begins Sun 2026-12-13 02:00 Asia/Seoul (2026-12-12T17:00:00.000Z): run ./kpaas maintain test then, or at once with --now",
      );
      expect(nextWindow.begins).toEqual(at("2026-12-12T17:00:00Z"));
    }
  });
});
