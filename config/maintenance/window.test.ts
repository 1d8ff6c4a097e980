import { describe, expect, test } from "vitest";
import { currentWindow, inZone, nextWindow, readWindow, windowOf } from "./window.ts";

const at = (text: string) => new Date(text);
const inWords = ({ begins, ends }: { begins: Date; ends: Date }) => `${begins.toISOString()} ${ends.toISOString()}`;
const current = (window: string, now: string) => {
  const found = currentWindow(windowOf(window), at(now));
  return found && inWords(found);
};
const next = (window: string, now: string) => inWords(nextWindow(windowOf(window), at(now)));

describe("a window", () => {
  test("is read with its days, times and zone, Seoul's where none is named", () => {
    expect(readWindow("Sun 02:00-05:00 Asia/Seoul")).toEqual({
      weekdays: [0],
      beginMinutes: 120,
      endMinutes: 300,
      timeZone: "Asia/Seoul",
    });
    expect(readWindow("Sat,Wed 23:30-01:00")).toEqual({
      weekdays: [6, 3],
      beginMinutes: 1410,
      endMinutes: 60,
      timeZone: "Asia/Seoul",
    });
    expect(readWindow("daily 00:00-23:00 UTC")).toMatchObject({ weekdays: [0, 1, 2, 3, 4, 5, 6], timeZone: "UTC" });
  });

  test.each([
    ["02:00-05:00", /^be such as/],
    ["Sun 2:00-5:00", /^be such as/],
    ["Sun 02:00-05:00 Asia/Seoul tomorrow", /^be such as/],
    ["Sunday 02:00-05:00", /^name its days/],
    ["sun 02:00-05:00", /^name its days/],
    ["Sun,Sun 02:00-05:00", /^name its days/],
    ["Sun 24:00-05:00", /^begin and end at times/],
    ["Sun 02:60-05:00", /^begin and end at times/],
    ["Sun 02:00-02:59", /^last an hour/],
    ["Sun 02:00-02:00", /^last an hour/],
    ["Sun 23:30-00:29", /^last an hour/],
    ["Sun 02:00-05:00 Asia/Nowhere", /^be by the clock of an IANA/],
    ["Sun 02:00-05:00 +09:00", /^be by the clock of an IANA/],
  ])("is none: %s", (text, rule) => {
    const read = readWindow(text);
    expect("broken" in read ? read.broken : "read").toMatch(rule);
  });

  test("is open from its begin, and no more at its end", () => {
    const seoul = "Sun 02:00-05:00 Asia/Seoul";
    const open = "2026-12-05T17:00:00.000Z 2026-12-05T20:00:00.000Z";
    expect(current(seoul, "2026-12-05T16:59:59Z")).toBeUndefined();
    expect(current(seoul, "2026-12-05T17:00:00Z")).toBe(open);
    expect(current(seoul, "2026-12-05T19:59:59Z")).toBe(open);
    expect(current(seoul, "2026-12-05T20:00:00Z")).toBeUndefined();
  });

  test("is of the day by its own zone's clock", () => {
    // It is Sunday in Seoul while it is Saturday in UTC, and Saturday still in Los Angeles.
    expect(current("Sun 02:00-05:00 UTC", "2026-12-05T17:30:00Z")).toBeUndefined();
    expect(current("Sat 08:00-10:00 America/Los_Angeles", "2026-12-05T17:30:00Z")).toBeDefined();
  });

  test("that lasts over midnight belongs to the day on which it begins", () => {
    const window = "Sat 23:00-02:00 Asia/Seoul";
    const open = "2026-12-05T14:00:00.000Z 2026-12-05T17:00:00.000Z";
    expect(current(window, "2026-12-05T14:00:00Z")).toBe(open);
    expect(current(window, "2026-12-05T16:59:00Z")).toBe(open);
    expect(current(window, "2026-12-04T16:30:00Z")).toBeUndefined();
    expect(current(window, "2026-12-05T17:00:00Z")).toBeUndefined();
  });

  test("comes next on the first of its days, a week later where it has just begun", () => {
    expect(next("Sun 02:00-05:00", "2026-11-30T13:00:00Z")).toBe("2026-12-05T17:00:00.000Z 2026-12-05T20:00:00.000Z");
    expect(next("Sun 02:00-05:00", "2026-12-05T17:00:00Z")).toBe("2026-12-12T17:00:00.000Z 2026-12-12T20:00:00.000Z");
    expect(next("daily 02:00-05:00", "2026-12-05T17:00:00Z")).toBe("2026-12-06T17:00:00.000Z 2026-12-06T20:00:00.000Z");
    expect(next("Mon,Thu 02:00-05:00 UTC", "2026-12-01T00:00:00Z")).toBe(
      "2026-12-03T02:00:00.000Z 2026-12-03T05:00:00.000Z",
    );
    // Over the year's end.
    expect(next("Fri 02:00-05:00 UTC", "2026-12-30T00:00:00Z")).toBe(
      "2027-01-01T02:00:00.000Z 2027-01-01T05:00:00.000Z",
    );
  });

  test("follows its zone's summer time", () => {
    const berlin = "Sun 03:00-05:00 Europe/Berlin";
    expect(next(berlin, "2027-03-20T00:00:00Z")).toBe("2027-03-21T02:00:00.000Z 2027-03-21T04:00:00.000Z");
    expect(next(berlin, "2027-03-27T00:00:00Z")).toBe("2027-03-28T01:00:00.000Z 2027-03-28T03:00:00.000Z");
  });

  test("begins after a jump of the clock that it would begin in, and where the clock jumps over it there is none", () => {
    // New York's clock goes from 02:00 to 03:00 on 14 March 2027.
    expect(next("Sun 02:30-05:00 America/New_York", "2027-03-13T00:00:00Z")).toBe(
      "2027-03-14T07:30:00.000Z 2027-03-14T09:00:00.000Z",
    );
    expect(next("Sun 02:00-03:00 America/New_York", "2027-03-13T00:00:00Z")).toBe(
      "2027-03-21T06:00:00.000Z 2027-03-21T07:00:00.000Z",
    );
  });

  test("begins at the first of two times that the clock shows alike", () => {
    // New York's clock shows 01:00 to 02:00 twice on 7 November 2027.
    expect(next("Sun 01:00-03:00 America/New_York", "2027-11-06T00:00:00Z")).toBe(
      "2027-11-07T05:00:00.000Z 2027-11-07T08:00:00.000Z",
    );
  });
});

test("a moment is told by a zone's clock", () => {
  expect(inZone(at("2026-12-05T17:00:00Z"), "Asia/Seoul")).toBe("Sun 2026-12-06 02:00 Asia/Seoul");
});
