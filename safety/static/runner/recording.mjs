// What is put on record, and found there again. Twin of safety/emergency/recording.py. Pure.

import { KINDS, Refused, get } from "./shapes.mjs";

// The state with one more fact; told after the end it is kept and marked.
export function factKept(state, event, ...flags) {
  const late = state.status === "ended" ? ["after_end"] : [];
  const fact = { ...stamped(event), recorded_ms: event.at_ms, flags: [...flags, ...late, ...event.marks], struck: null };
  return { ...state, facts: [...state.facts, fact] };
}

// The fact of this id. Throws Refused.
export function find(state, eventId) {
  const found = state.facts.find((fact) => fact.id === eventId);
  if (found === undefined) throw new Refused("unknown_event");
  return found;
}

// The state with the target fact replaced, and the change kept beside the facts.
export function changed(state, event, target, news) {
  const facts = state.facts.map((fact) => (fact.id === target.id ? { ...fact, ...news } : fact));
  return { ...state, facts, changes: [...state.changes, stamped(event)] };
}

// What is kept of an event's envelope, with its data.
export function stamped(event) {
  const named = (name) => (KINDS.id(get(event, name)) ? event[name] : null);
  const seq = KINDS.ms(get(event, "seq")) ? event.seq : null;
  return { id: event.id, type: event.type, at_ms: event.at_ms, actor: named("actor"), device: named("device"), seq,
           data: event.data };
}
