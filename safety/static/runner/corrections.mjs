// Corrections: events that point at earlier ones, which stay readable. Twin of safety/emergency/corrections.py. Pure.

import { CORRECTIONS } from "./conflicts.mjs";
import { changed, find, stamped } from "./recording.mjs";
import { CONTEXT, FIELDS, Refused, clean, cleanContext, get } from "./shapes.mjs";

const FIXED = ["emergency_started", "emergency_ended", "emergency_reopened", "made_real"];

// A line through an entry: it stays readable and no longer counts.
export function entryStruck(protocol, state, event) {
  const target = find(state, event.data.event);
  if (FIXED.includes(target.type)) throw new Refused("cannot_strike");
  if (target.struck !== null) throw new Refused("already_struck");
  return changed(state, event, target, { struck: struck(event, event.data.reason) });
}

function struck(event, reason) {
  return { event: event.id, reason, at_ms: event.at_ms, actor: stamped(event).actor };
}

// A struck entry counts again.
export function strikeUndone(protocol, state, event) {
  const target = find(state, event.data.event);
  if (target.struck === null) throw new Refused("not_struck");
  return changed(state, event, target, { struck: null });
}

// An entry happened at another time; when it was recorded stays beside it.
export function timeChanged(protocol, state, event) {
  const target = find(state, event.data.event);
  if (event.data.at_ms > event.at_ms) throw new Refused("in_the_future");
  return changed(state, event, target, { at_ms: event.data.at_ms });
}

// Details that came later: only what may be missing at first can be filled in or put right.
export function detailsAdded(protocol, state, event) {
  return added(state, event, find(state, event.data.event), event.data.details);
}

function added(state, event, target, details) {
  const [fields, names] = [target.type === "emergency_started" ? CONTEXT : FIELDS[target.type], Object.keys(details)];
  if (names.length === 0 || names.some((name) => !(get(fields, name) ?? "").endsWith("?"))) throw new Refused("bad_data");
  const more = clean(Object.fromEntries(names.map((name) => [name, fields[name]])), details);
  if (target.type === "emergency_started") return withContext(state, event, target, more);
  return changed(state, event, target, { data: { ...target.data, ...more } });
}

// The start's context with more in it.
function withContext(state, event, target, more) {
  const [context, whole] = cleanContext({ ...state.context, ...more });
  if (!whole) throw new Refused("bad_data");
  const told = changed(state, event, target, { data: { ...target.data, context } });
  return { ...told, context };
}

// A person said whether two equal entries are two facts or one; the void one is struck.
export function duplicateResolved(protocol, state, event) {
  const [pair, gone] = [event.data.events, event.data.void];
  const targets = pair.map((name) => find(state, name));
  if (gone !== null && !pair.includes(gone)) throw new Refused("unknown_event");
  if (targets.some((target) => FIXED.includes(target.type))) throw new Refused("cannot_strike");
  const stands = targets.every((target) => target.struck === null);
  const marked = gone !== null && stands ? struck(event, event.data.reason || event.type) : null;
  const target = gone !== null ? targets[pair.indexOf(gone)] : targets[0];
  const told = changed(state, event, target, { struck: marked ?? target.struck });
  return { ...told, resolved: [...state.resolved, pair] };
}

// A person said which of two corrections of one entry holds; it is put in again, both stay on record.
export function conflictResolved(protocol, state, event) {
  const found = event.data.events.map((name) => correction(state, name));
  if (!event.data.events.includes(event.data.keep)) throw new Refused("unknown_event");
  if (found[0].data.event !== found[1].data.event) throw new Refused("bad_data");
  const kept = found.find((change) => change.id === event.data.keep);
  const told = { ...event, data: { ...event.data, event: kept.data.event } };
  const putIn = again(state, told, find(state, kept.data.event), kept);
  return { ...putIn, resolved: [...state.resolved, event.data.events] };
}

function correction(state, eventId) {
  const found = state.changes.find((change) => change.id === eventId && CORRECTIONS.includes(change.type));
  if (found === undefined) throw new Refused("unknown_event");
  return found;
}

// The entry as this correction says it is.
function again(state, event, target, kept) {
  if (kept.type === "time_changed") return changed(state, event, target, { at_ms: kept.data.at_ms });
  return added(state, event, target, kept.data.details);
}
