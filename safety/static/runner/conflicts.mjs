// Two corrections of one field that did not know of each other. Twin of safety/emergency/conflicts.py. Pure.
//
// Each correction says in `was` which earlier correction of the same entry its tablet knew. Both are kept; the one
// folded last shows until a person says which holds.

import { dumps } from "./canonical.mjs";

export const CORRECTIONS = ["time_changed", "details_added"];

// Pairs of corrections, earlier folded first, that a person has not decided between.
export function conflicts(protocol, state) {
  if (!("question_conflict" in protocol.words)) return [];
  const told = state.changes.filter((change) => CORRECTIONS.includes(change.type));
  const pairs = told.flatMap((one, at) => told.slice(at + 1).map((other) => [one, other]));
  const text = protocol.words.question_conflict;
  const open = ([one, other]) =>
    differing(one, other).length > 0 && !knew(state, one, other) && !decided(state, one, other);
  return pairs.filter(open).map(([one, other]) => ({
    kind: "conflict", events: [one.id, other.id], text, entry: one.data.event, fields: differing(one, other),
  }));
}

// The fields of one entry that two tablets put right in different ways.
export function differing(one, other) {
  if (one.data.event !== other.data.event || one.device === other.device) return [];
  const [mine, theirs] = [values(one), values(other)];
  return Object.keys(mine).filter((name) => Object.hasOwn(theirs, name) && dumps(mine[name]) !== dumps(theirs[name])).sort();
}

// What a correction says: the time, or the details.
export function values(change) {
  const data = change.data;
  return change.type === "time_changed" ? { at_ms: data.at_ms } : data.details;
}

// The later correction was made by somebody who saw the earlier one, or one after it.
function knew(state, one, other) {
  const order = state.changes.map((change) => change.id);
  const was = other.data.was;
  return order.includes(was) && order.indexOf(was) >= order.indexOf(one.id);
}

function decided(state, one, other) {
  return state.resolved.some((pair) => pair.includes(one.id) && pair.includes(other.id));
}
