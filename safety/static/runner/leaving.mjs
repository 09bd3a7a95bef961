// What must hold before an emergency ends as resolved (clinical 2.8). Twin of safety/emergency/leaving.py. Pure.

import { MINUTE, byTime, latest, live, since } from "./facts.mjs";
import { abnormal, place } from "./refill.mjs";

// Every criterion: true, false, or null while only a person can tell and has not.
export function criteria(protocol, state, nowMs) {
  const rows = protocol.observation.criteria;
  return rows.map((row) => ({ id: row.id, text: row.text, met: BY[row.by](protocol, state, nowMs, row) }));
}

// Every criterion is true at this instant.
export function allMet(protocol, state, nowMs) {
  return criteria(protocol, state, nowMs).every((row) => row.met === true);
}

function held(protocol, state, nowMs) {
  const sinceMs = state.due.endpoint_ms;
  const hold = protocol.observation.hold.minutes * MINUTE;
  return sinceMs !== null && nowMs >= sinceMs + hold;
}

function sinceDose(protocol, state, nowMs) {
  const [last, stay] = [latest(live(state, "dose_given")), protocol.observation.stay_min * MINUTE];
  return last === null || nowMs >= last.at_ms + stay;
}

// At each point the last readings are normal and span the time asked for.
function refillTwice(protocol, state) {
  const [rule, places] = [protocol.observation.readings, new Map()];
  for (const fact of byTime(live(state, "refill_checked"))) {
    const [at, normal] = [place(fact.data), !abnormal(protocol, state, fact.data)];
    places.set(at, normal ? [...(places.get(at) ?? []), fact] : []);
  }
  const enough = (run) => run.length >= rule.count && span(run) >= rule.minutes * MINUTE;
  return places.size > 0 && [...places.values()].every(enough);
}

function span(run) {
  return run[run.length - 1].at_ms - run[0].at_ms;
}

function eyesClear(protocol, state) {
  const last = latest(live(state, "eyes_checked"));
  if (last === null || last.data.any === "unknown") return null;
  return last.data.any === "no" && state.due.vision_ms === null;
}

function photos(protocol, state) {
  return live(state, "photo_taken").length > 0;
}

// Ticked by a person, again after signs returned.
function tick(protocol, state, nowMs, row) {
  const ticks = live(state, "step_done").filter((fact) => fact.data.step === row.id);
  return since(ticks, state.due.returned_ms).length > 0 ? true : null;
}

const BY = {
  endpoint_held: held,
  since_dose: sinceDose,
  refill_twice: refillTwice,
  eyes_clear: eyesClear,
  tick,
  photos,
};
