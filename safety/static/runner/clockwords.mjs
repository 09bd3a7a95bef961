// What is said of clocks: daylight saving during the run, and a tablet whose clock differs or was changed. Pure.
import { HOUR, MINUTE, SECOND, timeOfDay } from "./clock.mjs";

const DIFFERS = 2 * SECOND;
const AHEAD = 12 * HOUR; // how far ahead a change is announced: longer than a run and its stay

/** Minutes by which this zone's clocks are ahead of UTC at this instant; null for a zone this browser does not know. */
export function offsetMin(zone, ms) {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
    }).formatToParts(ms);
    const part = (type) => Number(parts.find((each) => each.type === type).value);
    const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return Math.round((local - (ms - (ms % SECOND))) / MINUTE);
  } catch {
    return null;
  }
}

/** The change of the zone's clocks between two instants: {at_ms, minutes}, minutes above 0 when they go forward; else null. */
export function change(zone, fromMs, toMs) {
  const [before, after] = [offsetMin(zone, fromMs), offsetMin(zone, toMs)];
  if (before === null || before === after) return null;
  let [low, high] = [fromMs, toMs];
  while (high - low > MINUTE) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMin(zone, middle) === before) low = middle;
    else high = middle;
  }
  return { at_ms: high - (high % MINUTE), minutes: after - before };
}

const span = (minutes) => (minutes % 60 ? `${minutes} minutes` : minutes === 60 ? "1 hour" : `${minutes / 60} hours`);

/** Daylight saving in words, when it falls into the run or the hours after now; else null. */
export function daylightWords(zone, startedMs, nowMs) {
  const found = zone ? change(zone, startedMs, nowMs + AHEAD) : null;
  if (!found) return null;
  const done = found.at_ms <= nowMs;
  const way = `${done ? "went" : "go"} ${found.minutes > 0 ? "forward" : "back"} ${span(Math.abs(found.minutes))}`;
  const before = timeOfDay(found.at_ms - MINUTE, zone); // what the wall shows in the last minute of the old time
  return `Clocks ${way} after ${before}. Time since the start and countdowns do not change.`;
}

/**
 * How far the tablet's own clock is from the server's, in words; null within 2 seconds. `skew`: by how much this run
 * goes on ahead of the server, because it began on the tablet's clock before any contact.
 */
export function skewWords(wallMs, runMs, skew = 0) {
  const off = wallMs - (runMs - skew);
  if (Math.abs(off) <= DIFFERS) return null;
  const s = Math.round(Math.abs(off) / SECOND);
  const words = s < 120 ? `${s} seconds` : s < 7200 ? `${Math.round(s / 60)} minutes` : `${Math.round(s / 3600)} hours`;
  return `This tablet's own clock is ${words} ${off > 0 ? "ahead" : "behind"}. ${skew ? "Times here go on as they began." : "Times here follow the server."}`;
}
