/** A weekly recurring time in which machines may be maintained. */
interface MaintenanceWindow {
  /** Days on which it begins: 0 is Sunday. */
  weekdays: readonly number[];
  /** Minutes from midnight, by the zone's clock. */
  beginMinutes: number;
  /** The same; not after `beginMinutes` where it lasts over midnight. */
  endMinutes: number;
  /** IANA name. */
  timeZone: string;
}

/** One occurrence of a window. */
export interface Occurrence {
  begins: Date;
  ends: Date;
}

const defaultTimeZone = "Asia/Seoul";

/** A window must leave time for at least one machine to restart. */
const shortestWindowMinutes = 60;

const weekdayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const dayMinutes = 24 * 60;
const minuteMs = 60_000;

/** Reads `Sun 02:00-05:00 Asia/Seoul`. Gives the rule that the text breaks where it is no window. */
export function readWindow(text: string): MaintenanceWindow | { broken: string } {
  const match = text.match(/^(\S+) (\d\d):(\d\d)-(\d\d):(\d\d)(?: (\S+))?$/);
  if (!match) return { broken: 'be such as "Sun 02:00-05:00 Asia/Seoul" or "daily 23:00-01:00"' };
  const [, days = "", beginHour, beginMinute, endHour, endMinute, timeZone = defaultTimeZone] = match;
  const weekdays = weekdaysOf(days);
  if (!weekdays) return { broken: `name its days as daily, or as some of ${weekdayNames.join(",")}, each once` };
  const [beginMinutes, endMinutes] = [clock(beginHour, beginMinute), clock(endHour, endMinute)];
  if (beginMinutes === undefined || endMinutes === undefined)
    return { broken: "begin and end at times from 00:00 to 23:59" };
  const minutes = (endMinutes - beginMinutes + dayMinutes) % dayMinutes;
  if (minutes < shortestWindowMinutes) return { broken: "last an hour or longer, and less than a day" };
  if (!isTimeZone(timeZone)) return { broken: "be by the clock of an IANA time zone such as Asia/Seoul or UTC" };
  return { weekdays, beginMinutes, endMinutes, timeZone };
}

/** Reads the window of an environment, which is known to be one. */
export function windowOf(text: string): MaintenanceWindow {
  const window = readWindow(text);
  if ("broken" in window) throw new Error(`a maintenance window must ${window.broken}: ${text}`);
  return window;
}

function weekdaysOf(text: string): number[] | undefined {
  if (text === "daily") return weekdayNames.map((_, day) => day);
  const days = text.split(",").map((name) => weekdayNames.indexOf(name));
  return days.includes(-1) || new Set(days).size < days.length ? undefined : days;
}

function clock(hours = "", minutes = ""): number | undefined {
  const [hour, minute] = [Number(hours), Number(minutes)];
  return hour < 24 && minute < 60 ? hour * 60 + minute : undefined;
}

/** Tells whether a text is the name of a zone: offsets such as +09:00, which know no summer time, are none. */
function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** Gives the occurrence in which a moment lies, if any. */
export function currentWindow(window: MaintenanceWindow, now: Date): Occurrence | undefined {
  return occurrences(window, now).find(({ begins, ends }) => begins <= now && now < ends);
}

/** Gives the first occurrence that begins after a moment. */
export function nextWindow(window: MaintenanceWindow, now: Date): Occurrence {
  const next = occurrences(window, now).find(({ begins }) => begins > now);
  if (!next) throw new Error(`no window after ${now.toISOString()}`);
  return next;
}

/** Days that are looked at beyond a week: the clock's jump can take a window away. */
const daysAround = { before: 2, after: 15 };

/** Lists the occurrences around a moment, the first first. */
function occurrences({ weekdays, beginMinutes, endMinutes, timeZone }: MaintenanceWindow, now: Date): Occurrence[] {
  const wall = wallClock(now, timeZone);
  const found: Occurrence[] = [];
  for (let day = -daysAround.before; day <= daysAround.after; day++) {
    const midnight = new Date(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate() + day));
    if (!weekdays.includes(midnight.getUTCDay())) continue;
    const endDays = endMinutes <= beginMinutes ? 1 : 0;
    const begins = instant(midnight.getTime() + beginMinutes * minuteMs, timeZone);
    const ends = instant(midnight.getTime() + (endMinutes + endDays * dayMinutes) * minuteMs, timeZone);
    // Where the clock is set forward over it there is none that day.
    if (begins < ends) found.push({ begins, ends });
  }
  return found;
}

/** Gives a moment as a zone's clock shows it, as if that clock were UTC's. */
function wallClock(moment: Date, timeZone: string): Date {
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const parts = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second));
}

/**
 * Gives the moment at which a zone's clock shows a time. Of a time that the clock shows twice it is the first; one that it jumps over is
 * as long after the jump as it would have been without.
 */
function instant(wallMs: number, timeZone: string): Date {
  const offset = (utcMs: number) => wallClock(new Date(utcMs), timeZone).getTime() - utcMs;
  const halfDay = (dayMinutes / 2) * minuteMs;
  const [before, after] = [offset(wallMs - halfDay - halfDay), offset(wallMs + halfDay + halfDay)];
  const earlier = wallMs - Math.max(before, after);
  const later = wallMs - Math.min(before, after);
  if (earlier + offset(earlier) === wallMs) return new Date(earlier);
  if (later + offset(later) === wallMs) return new Date(later);
  return new Date(wallMs - before);
}

/** Renders a moment by a zone's clock: `Sun 2026-12-06 02:00 Asia/Seoul`. */
export function inZone(moment: Date, timeZone: string): string {
  const wall = wallClock(moment, timeZone);
  const [date, time = ""] = wall.toISOString().split("T");
  return `${weekdayNames[wall.getUTCDay()]} ${date} ${time.slice(0, 5)} ${timeZone}`;
}
