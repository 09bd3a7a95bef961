// Looking at what was recorded. Twin of safety/emergency/facts.py. Pure.
//
// A fact counts while it is live: not struck, and not practised in a drill that was made real. Order is by when it
// happened; on the same millisecond the one folded later is the later one.

export const MINUTE = 60000;
export const SECOND = MINUTE / 60;
const DAY = 24 * 60 * MINUTE;

// The fact counts: not struck, nor of the drill before, unless a person said it was really given.
export function stands(fact) {
  const practised = fact.flags.includes("in_drill") && fact.data.given !== true;
  return fact.struck === null && !practised;
}

// The facts of these types that count, in the order they were folded.
export function live(state, ...types) {
  return state.facts.filter((fact) => types.includes(fact.type) && stands(fact));
}

// The facts by when they happened; equal times keep their order.
export function byTime(facts) {
  return [...facts].sort((one, other) => one.at_ms - other.at_ms);
}

// The fact that happened last, or null.
export function latest(facts) {
  const ordered = byTime(facts);
  return ordered.length > 0 ? ordered[ordered.length - 1] : null;
}

// The facts at or after this instant; all of them when it is null.
export function since(facts, atMs) {
  return facts.filter((fact) => atMs === null || fact.at_ms >= atMs);
}

// Live doses, first given first.
export function doses(state) {
  return byTime(live(state, "dose_given"));
}

// The fact is of this type, and each field named under `where` holds one of the values there.
export function matches(fact, way) {
  const allowed = way.where ?? {};
  return fact.type === way.type && Object.keys(allowed).every((name) => allowed[name].includes(fact.data[name]));
}

// The fact answers this step: a tick, a skip, or an entry that says as much.
export function answersStep(fact, step) {
  if (["step_done", "step_skipped"].includes(fact.type)) return fact.data.step === step.id;
  return (step.answered_by ?? []).some((way) => matches(fact, way));
}

// How the patient came: during treatment until told otherwise, late, or by phone.
export function presentation(state) {
  const told = latest(live(state, "presentation_named"));
  return told === null ? "during" : told.data.presentation;
}

// The protocol's words with {name} replaced by its value.
export function fill(text, values) {
  let filled = text;
  for (const [name, value] of Object.entries(values)) filled = filled.split("{" + name + "}").join(String(value));
  return filled;
}

const whole = Math.floor;

// Year, month and day in UTC of an instant, by whole-number arithmetic that is the same on the server.
export function dateOf(atMs) {
  const days = whole(atMs / DAY) + 719468;
  const eraDay = days % 146097;
  const eraYear = whole((eraDay - whole(eraDay / 1460) + whole(eraDay / 36524) - whole(eraDay / 146096)) / 365);
  const yearDay = eraDay - (365 * eraYear + whole(eraYear / 4) - whole(eraYear / 100));
  const month = whole((5 * yearDay + 2) / 153);
  const day = yearDay - whole((153 * month + 2) / 5) + 1;
  return [whole(days / 146097) * 400 + eraYear + whole(month / 10), ((month + 2) % 12) + 1, day];
}

// The same time of day so many months on; a day that month does not have is the first of the next.
export function monthsLater(atMs, months) {
  const [year, month, day] = dateOf(atMs);
  const ahead = month - 1 + months;
  const first = daysTo(year + whole(ahead / 12), (ahead % 12) + 1);
  const following = daysTo(year + whole((ahead + 1) / 12), ((ahead + 1) % 12) + 1);
  return Math.min(first + day - 1, following) * DAY + (atMs % DAY);
}

// Days from 1970 to the first of this month.
export function daysTo(year, month) {
  const shifted = month <= 2 ? year - 1 : year;
  const yearDay = whole((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  return 365 * shifted + whole(shifted / 4) - whole(shifted / 100) + whole(shifted / 400) + yearDay - 719468;
}

// Completed months of age at the start, null when the birth date is not known.
export function ageMonths(state) {
  const bornOn = state.context.born_on;
  if (bornOn === null) return null;
  const [year, month, day] = dateOf(state.started_ms);
  const born = bornOn.split("-").map(Number);
  return (year - born[0]) * 12 + month - born[1] - (day < born[2] ? 1 : 0);
}
