// The refill stopwatch as states: idle, pressing, counting, done. Pure: handed the monotonic time of each touch.
// Holding the key times the press and its release; three taps do the same for a hand that cannot hold.
import { SECOND } from "./clock.mjs";

const TENTH = SECOND / 10;
const HOLD = 7 * TENTH; // a touch this long is a hold: letting go is then the release

export const IDLE = { phase: "idle", since: 0, held: false, value: null };

/** A finger comes down on the key. */
export function down(watch, now, fine) {
  if (watch.phase === "pressing") return watch.held ? watch : counting(now);
  if (watch.phase === "counting") return { ...IDLE, phase: "done", since: now, value: tenths(now - watch.since, fine) };
  return { phase: "pressing", since: now, held: true, value: null };
}

/** The finger leaves it: the release of a hold, or the end of a tap that began the press. */
export function up(watch, now) {
  if (watch.phase !== "pressing" || !watch.held) return watch;
  return now - watch.since >= HOLD ? counting(now) : { ...watch, held: false };
}

/** A tap without a finger: keyboard, switch, screen reader. */
export function tap(watch, now, fine) {
  const next = down(watch.phase === "pressing" ? { ...watch, held: false } : watch, now, fine);
  return next.phase === "pressing" ? { ...next, held: false } : next;
}

const counting = (now) => ({ phase: "counting", since: now, held: false, value: null });

/** Tenths of a second, to the step of the protocol, never below one step. */
function tenths(ms, fine) { return Math.max(fine, Math.round(ms / TENTH / fine) * fine); }

/** The press has lasted as long as the method asks. */
export const pressed = (watch, now, pressMs) => watch.phase === "pressing" && now - watch.since >= pressMs;

/** What to do now, in words. */
export function words(watch, now, pressMs) {
  if (watch.phase === "pressing") return pressed(watch, now, pressMs) ? `Release${watch.held ? "" : " and tap"}` : "Keep pressing";
  return { idle: "Hold, or tap, as you press", counting: "Tap when colour is back", done: "Measure again" }[watch.phase];
}

/** The big figure: seconds still to press, or seconds gone by since the release. */
export function figure(watch, now, pressMs) {
  if (watch.phase === "pressing") return String(Math.max(0, Math.ceil((pressMs - (now - watch.since)) / SECOND)));
  return watch.phase === "counting" ? (Math.floor((now - watch.since) / TENTH) / 10).toFixed(1) : "";
}
