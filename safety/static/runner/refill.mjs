// Capillary refill, signs and the endpoint. Twin of safety/emergency/refill.py. Pure.
//
// The rule of clinical 1.2: abnormal from the cut-off for the age, or slower than baseline or mirror point by the
// difference, or no refill. Tenths of a second throughout.

import { MINUTE, SECOND, ageMonths, byTime, live } from "./facts.mjs";

// True unless the check was called normal and no number contradicts it.
export function abnormal(protocol, state, data) {
  return reasons(protocol, state, data).length > 0;
}

// Why a check is abnormal: none (no refill), said, absolute, mirror, baseline; empty: it is normal.
export function reasons(protocol, state, data) {
  const taken = data.refill_ds;
  const called = { none: ["none"], slow: ["said"], normal: [] }[data.result];
  if (taken === null) return called;
  const numbers = {
    absolute: taken >= cutoffS(protocol, state) * 10,
    mirror: slower(protocol, taken, data.mirror_ds),
    baseline: slower(protocol, taken, baselineOf(protocol, state, data)),
  };
  return [...called, ...Object.keys(numbers).filter((name) => numbers[name])];
}

// The patient's own refill at this point before treatment, as recorded with the check or known before.
export function baselineOf(protocol, state, data) {
  if (data.baseline_ds !== null || !("baselines" in protocol.refill)) return data.baseline_ds;
  const rows = (state.context.baselines ?? []).filter((row) => row.point === data.point);
  const sided = rows.filter((row) => [null, data.side].includes(row.side));
  return sided.length > 0 ? sided[0].refill_ds : null;
}

// Every check that counts, first taken first, with what it is compared with and why it is abnormal.
export function refills(protocol, state) {
  const given = byTime(live(state, "dose_given"));
  return byTime(live(state, "refill_checked")).map((fact) => check(protocol, state, fact, given));
}

function check(protocol, state, fact, given) {
  const { point, side, result, refill_ds, mirror_ds } = fact.data;
  const why = reasons(protocol, state, fact.data);
  return {
    id: fact.id, at_ms: fact.at_ms, point, side, result, refill_ds, mirror_ds,
    baseline_ds: baselineOf(protocol, state, fact.data), abnormal: why.length > 0, why,
    cycle: given.filter((dose) => dose.at_ms < fact.at_ms).length,
  };
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

// The venous pattern is seen: refill may read normal and clears nobody (clinical 2.8).
export function venous(protocol, state) {
  return "venous" in protocol && activeSigns(state).includes(protocol.venous.sign);
}

// Signs that normal refill does not answer.
export function uncleared(protocol, state) {
  return twoSigns(protocol, state) || venous(protocol, state);
}

// No dose was given and nothing points to an occlusion: refill normal everywhere, no sign seen.
export function clear(protocol, state) {
  if (live(state, "dose_given").length > 0 || activeSigns(state).length > 0) return false;
  return allNormal(protocol, state);
}

// When a patient without signs is checked again, counted from the first check (clinical 1.3).
export function rechecks(protocol, state) {
  const rule = protocol.bruise_or_occlusion?.rule ?? {};
  if (!(rule.asked ?? false) || !clear(protocol, state)) return [];
  const first = byTime(live(state, "refill_checked"))[0].at_ms;
  return rule.minutes.map((minutes) => first + minutes * MINUTE);
}

// A check was taken when it was due, or since it was announced.
export function rechecked(protocol, state, dueMs) {
  const early = dueMs - protocol.alarms.refill_soon.seconds * SECOND;
  return live(state, "refill_checked").some((fact) => fact.at_ms >= early);
}

// Since when refill, colour and pain are normal, or since when signs returned after that.
export function endpoint(protocol, state) {
  let found = { since_ms: null, returned_ms: null };
  for (const fact of byTime(live(state, "endpoint_observed", "refill_checked", "sign_seen"))) {
    if (isEndpoint(protocol, state, fact)) {
      found = found.since_ms !== null ? found : { since_ms: fact.at_ms, returned_ms: null };
    } else if (found.since_ms !== null && breaks(protocol, state, fact)) {
      found = { since_ms: null, returned_ms: fact.at_ms };
    }
  }
  return found;
}

// A person said that all is normal; with a venous pattern only when the swelling is gone too.
export function isEndpoint(protocol, state, fact) {
  const data = fact.data;
  if (fact.type !== "endpoint_observed" || !data.met) return false;
  if (venous(protocol, state) && data.swelling_gone !== true) return false;
  return !NORMAL.some((name) => data[name] === false);
}

const NORMAL = ["refill_normal", "colour_normal", "pain_gone", "swelling_gone"];

function breaks(protocol, state, fact) {
  return fact.type !== "refill_checked" || abnormal(protocol, state, fact.data);
}
