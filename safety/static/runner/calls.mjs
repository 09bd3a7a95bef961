// Whom to call, who did not answer, and who is next. Twin of safety/emergency/calls.py. Pure.
//
// Contacts are the clinic's, in its calling order; the protocol says which of its calls a contact's role stands for
// and, in ladders, who is called after whom (clinical 2.9).

import { MINUTE, byTime, latest, live, since } from "./facts.mjs";
import { status } from "./timers.mjs";

// The call nobody answered, with the instant by which the next one is made, and who that is.
export function calls(protocol, state, nowMs) {
  const unanswered = waiting(protocol, state);
  if (unanswered.length === 0) return { waiting: null, next: null };
  const [last, rule] = [unanswered[unanswered.length - 1], protocol.escalation];
  const dueMs = last.at_ms + rule.minutes * MINUTE;
  const shown = {
    ...said(protocol, last), since_ms: last.at_ms, due_ms: dueMs,
    status: status(protocol, dueMs, nowMs, "call"),
  };
  return { waiting: shown, next: following(protocol, state, unanswered) };
}

// Calls without an answer, oldest first, that no later answer on the same ladder settled.
export function waiting(protocol, state) {
  if (!("escalation" in protocol) || state.status !== "running") return [];
  const tried = byTime(live(state, "call_made"));
  return tried.filter((fact) => !answered(fact) && !settled(protocol, fact, tried));
}

function answered(fact) {
  return fact.data.outcome !== "no_answer";
}

// Somebody on the same ladder answered later.
function settled(protocol, fact, tried) {
  const helping = ladder(protocol, fact.data.to);
  const later = tried.slice(tried.indexOf(fact) + 1);
  return later.some((other) => answered(other) && helping.includes(other.data.to));
}

// Who is called when this one does not answer, nearest first, ending with the same one again.
export function ladder(protocol, to) {
  for (const { calls: steps } of protocol.escalation.ladders) {
    if (steps.includes(to)) {
      const at = steps.indexOf(to);
      return [...steps.slice(at + 1), ...steps.slice(0, at + 1)];
    }
  }
  return [to];
}

// The next to call: the nearest on the ladder not tried in vain yet, else the nearest.
export function following(protocol, state, unanswered) {
  const steps = ladder(protocol, unanswered[unanswered.length - 1].data.to);
  const rows = reachable(protocol, state, steps);
  const tried = unanswered.map((fact) => said(protocol, fact));
  const fresh = rows.filter((row) => !tried.some(({ to, name }) => row.to === to && row.name === name));
  return [...fresh, ...rows][0];
}

// The clinic's contacts for these calls, in the order of the calls; without any, the calls by their names.
export function reachable(protocol, state, steps) {
  const known = contacts(protocol, state);
  const found = steps.flatMap((to) => known.filter((row) => row.to === to));
  return found.length > 0 ? found : steps.map((to) => ({ to, name: nameOf(protocol, to), phone: null }));
}

// The clinic's contacts, each with the protocol's call it stands for.
export function contacts(protocol, state) {
  return (state.context.contacts ?? []).map((row) => contact(protocol, row));
}

function contact(protocol, row) {
  const to = callFor(protocol, row.role);
  return { to, name: row.name || nameOf(protocol, to), phone: row.phone };
}

// The protocol's call for a contact's role; other when it names none.
export function callFor(protocol, role) {
  return protocol.calls.find((row) => role === row.id || (row.roles ?? []).includes(role))?.id ?? "other";
}

// The label of a call; the id itself when the protocol names none.
export function nameOf(protocol, to) {
  return protocol.calls.find((row) => row.id === to)?.label ?? to;
}

function said(protocol, fact) {
  const to = fact.data.to;
  return { to, name: fact.data.name || nameOf(protocol, to) };
}

// Who can bring more hyaluronidase, while more is needed (clinical 2.9).
export function supply(protocol, state, needed) {
  if (!needed || !("supply" in protocol)) return { contact: null };
  return { contact: reachable(protocol, state, protocol.supply.calls)[0] };
}

// Since when a nurse is alone without prescriber; null once a call to one was answered.
export function loneMs(protocol, state) {
  const told = latest(live(state, "lone_named"));
  if (!("lone" in protocol) || told === null || !told.data.alone) return null;
  const later = since(live(state, "call_made"), told.at_ms).filter(answered);
  const reached = later.some((fact) => protocol.lone.calls.includes(fact.data.to));
  return reached ? null : told.at_ms;
}

// When a nurse whom no prescriber answered transfers the patient.
export function loneDueMs(protocol, state) {
  const alone = loneMs(protocol, state);
  return alone === null ? null : alone + protocol.lone.minutes * MINUTE;
}

// The countdown of a nurse alone, null while there is a prescriber.
export function lone(protocol, state, nowMs) {
  const dueMs = loneDueMs(protocol, state);
  if (dueMs === null || state.status !== "running") return null;
  const shown = status(protocol, dueMs, nowMs, "call");
  return { since_ms: loneMs(protocol, state), due_ms: dueMs, status: shown };
}
