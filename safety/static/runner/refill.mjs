// Capillary refill, signs and the endpoint. Twin of safety/emergency/refill.py. Pure.
//
// The rule of clinical 1.2: abnormal from the cut-off for the age, or slower than baseline or mirror point by the
// difference, or no refill. Tenths of a second throughout.

import { ageMonths, byTime, live } from "./facts.mjs";

// True unless the check was called normal and no number contradicts it.
export function abnormal(protocol, state, data) {
  const taken = data.refill_ds;
  if (data.result !== "normal" || taken === null) return data.result !== "normal";
  const byAge = taken >= cutoffS(protocol, state) * 10;
  return byAge || slower(protocol, taken, data.mirror_ds) || slower(protocol, taken, data.baseline_ds);
}

// Seconds from which refill is abnormal at this age; the stricter cut-off while the age is not known.
export function cutoffS(protocol, state) {
  const [rule, months] = [protocol.refill.rule, ageMonths(state)];
  const older = months !== null && months >= rule.older_from_years * 12;
  return older ? rule.abs_s_65plus : rule.abs_s;
}

function slower(protocol, taken, other) {
  return other !== null && taken - other >= protocol.refill.rule.delta_s * 10;
}

// How bad a check is: 0 normal, 1 slow, 2 none.
export function rank(protocol, state, data) {
  if (data.result === "none") return 2;
  return abnormal(protocol, state, data) ? 1 : 0;
}

// The last rank at each point and side checked up to this instant (null: ever).
export function points(protocol, state, untilMs) {
  const found = new Map();
  for (const fact of byTime(live(state, "refill_checked"))) {
    if (untilMs === null || fact.at_ms <= untilMs) found.set(place(fact.data), rank(protocol, state, fact.data));
  }
  return found;
}

// Point and side as one name.
export function place(data) {
  return `${data.point ?? ""}/${data.side ?? ""}`;
}

// Every point that was ever checked was normal the last time, and there was at least one.
export function allNormal(protocol, state) {
  const ranks = [...points(protocol, state, null).values()];
  return ranks.length > 0 && ranks.every((value) => value === 0);
}

// The signs seen and not gone, in the order first seen.
export function activeSigns(state) {
  const seen = new Map();
  for (const fact of byTime(live(state, "sign_seen", "sign_gone"))) {
    seen.set(fact.data.sign, fact.type === "sign_seen");
  }
  return [...seen].filter(([, there]) => there).map(([sign]) => sign);
}

// Enough signs that normal refill does not clear the patient (clinical 1.2).
export function twoSigns(protocol, state) {
  const rule = protocol.refill.two_signs;
  return activeSigns(state).filter((sign) => rule.signs.includes(sign)).length >= rule.count;
}

// Since when refill, colour and pain are normal, or since when signs returned after that.
export function endpoint(protocol, state) {
  let found = { since_ms: null, returned_ms: null };
  for (const fact of byTime(live(state, "endpoint_observed", "refill_checked", "sign_seen"))) {
    if (isEndpoint(fact)) {
      found = found.since_ms !== null ? found : { since_ms: fact.at_ms, returned_ms: null };
    } else if (found.since_ms !== null && breaks(protocol, state, fact)) {
      found = { since_ms: null, returned_ms: fact.at_ms };
    }
  }
  return found;
}

// A person said that all three are normal.
export function isEndpoint(fact) {
  const data = fact.data;
  if (fact.type !== "endpoint_observed" || !data.met) return false;
  return !["refill_normal", "colour_normal", "pain_gone"].some((name) => data[name] === false);
}

function breaks(protocol, state, fact) {
  return fact.type !== "refill_checked" || abnormal(protocol, state, fact.data);
}
