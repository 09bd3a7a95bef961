// When the patient may leave, and when they are seen again (clinical 2.8). Twin of safety/emergency/following.py. Pure.

import { MINUTE, doses, latest, live, monthsLater } from "./facts.mjs";

const HOUR = 60 * MINUTE;
const SHOWN_AS = { phone: "phone", visit: "visit", visit_if_broken: "visit", photo: "photo" };

// The earliest moment to leave: the endpoint held, and the stay after the last dose over. Null: no endpoint.
export function leave(protocol, state, nowMs) {
  const [sinceMs, last, rule] = [state.due.endpoint_ms, latest(doses(state)), protocol.observation];
  if (sinceMs === null) return { earliest_ms: null, held_until_ms: null, endpoint_ms: null, held: false };
  const until = sinceMs + rule.hold.minutes * MINUTE;
  const stay = last === null ? until : last.at_ms + rule.stay_min * MINUTE;
  return { earliest_ms: Math.max(until, stay), held_until_ms: until, endpoint_ms: sinceMs, held: nowMs >= until };
}

// Calls, visits and photos after the emergency; `at_ms` null until what it counts from is known.
export function followUps(protocol, state) {
  return protocol.observation.follow_ups.map((row) => ({
    id: row.id, text: row.title, at_ms: at(protocol, state, row), kind: SHOWN_AS[row.kind],
  }));
}

// Visits count from recognition, the phone call from discharge.
function at(protocol, state, row) {
  const start = row.from === "recognition" ? state.started_ms : dischargedMs(state);
  if (start === null || (row.kind === "visit_if_broken" && !broken(protocol, state))) return null;
  if ("months" in row) return monthsLater(start, row.months);
  return start + ("after_h" in row ? row.after_h : nextH(protocol, row)) * HOUR;
}

function dischargedMs(state) {
  return state.ended === null ? null : state.ended.at_ms;
}

// Hours to the first repeat after the last visit with a time of its own.
function nextH(protocol, row) {
  const fixed = protocol.observation.follow_ups.filter((other) => other.kind === "visit").map((other) => other.after_h);
  return Math.max(...fixed) + row.every_h;
}

// The last stage told is one with broken skin, by the protocol's mark.
export function broken(protocol, state) {
  const stage = latest(live(state, "stage_assessed"));
  const marked = protocol.stages.filter((row) => row.wound ?? false).map((row) => row.id);
  return stage !== null && marked.includes(stage.data.stage);
}
