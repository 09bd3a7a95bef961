// The emergency as a fold: one event after another into plain state. Twin of safety/emergency/reducer.py. Pure.
//
// Nothing is ever deleted: corrections are events that point at earlier ones. Every due time, total and prompt is
// worked out again from the facts that stand, so a struck dose leaves no trace in the timers.

import { dumps, sha256 } from "./canonical.mjs";
import {
  conflictResolved, detailsAdded, duplicateResolved, entryStruck, strikeUndone, timeChanged,
} from "./corrections.mjs";
import { approved } from "./doses.mjs";
import * as drills from "./drills.mjs";
import { doses, live } from "./facts.mjs";
import { allMet } from "./leaving.mjs";
import { factKept } from "./recording.mjs";
import { FIELDS, KINDS, Refused, clean, cleanContext, get, isObject } from "./shapes.mjs";
import { adrenalineGiven, dueTimes } from "./timers.mjs";

export { prompts } from "./prompts.mjs";
export { Refused };

// The state before the first event.
export function startState(protocol) {
  return {
    format: 1, protocol: protocol.id, version: protocol.version, status: "idle",
    started_ms: null, drill: false, ...drills.NORMAL, context: cleanContext(null)[0], facts: [], changes: [],
    resolved: [], due: null, totals: null, ended: null,
  };
}

// The state after one more event. Throws Refused with a code of EVENTS.md; the state given is never changed.
export function apply(protocol, state, event) {
  return settle(protocol, taken(protocol, state, event));
}

// As `apply` one by one, with what came of each ("ok" or its code); due times are worked out once.
export function fold(protocol, state, events) {
  const codes = [];
  let folded = state;
  for (const event of events) {
    const [next, code] = tried(protocol, folded, event);
    folded = next;
    codes.push(code);
  }
  return [folded.facts.length > 0 ? settle(protocol, folded) : folded, codes];
}

function tried(protocol, state, event) {
  const ready = LOOKS_AT_DUE.includes(event.type) && state.facts.length > 0 ? settle(protocol, state) : state;
  try {
    return [taken(protocol, ready, event), "ok"];
  } catch (refused) {
    return [ready, refused.code ?? "bad_data"]; // a screen goes on, whatever one event holds
  }
}

const LOOKS_AT_DUE = ["branch_closed", "emergency_ended"];

// The state with the event on record, its due times and totals not worked out yet.
function taken(protocol, state, event) {
  mustFit(state, event);
  const [marks, told] = [drills.marks(state, event), drills.told(state, event)];
  const data = clean(FIELDS[told.type], get(told, "data"));
  return STEPS[told.type](protocol, state, { ...told, data, marks });
}

// SHA-256 (hex) of the canonical state.
export function digest(state) {
  return sha256(dumps(state));
}

function mustFit(state, event) {
  if (!isObject(event) || !KINDS.id(get(event, "id")) || !KINDS.ms(get(event, "at_ms"))) throw new Refused("bad_data");
  if (!KINDS.id(get(event, "type")) || !Object.hasOwn(STEPS, event.type)) throw new Refused("unknown_type");
  if (state.status === "idle" && event.type !== "emergency_started") throw new Refused("not_started");
  if ([...state.facts, ...state.changes].some((known) => known.id === event.id)) throw new Refused("known");
}

// Due times and totals worked out from the facts that stand.
function settle(protocol, state) {
  const started = { ...state, started_ms: state.facts[0].at_ms };
  const due = dueTimes(protocol, started);
  return { ...started, due, totals: totals(protocol, started) };
}

function totals(protocol, state) {
  const given = doses(state);
  return {
    units: given.reduce((sum, dose) => sum + dose.data.units, 0), doses: given.length,
    refills: live(state, "refill_checked").length, photos: live(state, "photo_taken").length,
    calls: live(state, "call_made").length, adrenaline: adrenalineGiven(protocol, state).length,
    drugs: live(state, "drug_given").length + live(state, "aspirin_decided").length,
  };
}

function stepsOf(protocol) {
  const branches = Object.values(protocol.branches).flatMap((branch) => branch.steps);
  return [...protocol.steps, ...branches, ...protocol.observation.criteria];
}

function mustBeIn(rows, value) {
  if (rows.every((row) => row.id !== value)) throw new Refused("not_in_protocol");
}

// A fact kept as it is.
function noted(protocol, state, event) {
  return factKept(state, event);
}

// The clock starts, whatever else is missing.
function emergencyStarted(protocol, state, event) {
  if (state.status !== "idle") throw new Refused("already_started");
  const [context, whole] = cleanContext(event.data.context);
  const flags = whole ? [] : ["context_incomplete"];
  const kept = { ...event, data: { context, drill: event.data.drill } };
  const begun = { ...drills.begun(state, event.data), status: "running", context };
  return factKept(begun, kept, ...flags);
}

// A step or criterion of the protocol ticked, or skipped with its reason.
function stepAnswered(protocol, state, event) {
  mustBeIn(stepsOf(protocol), event.data.step);
  return factKept(state, event);
}

// Eyes and brain; one yes makes the whole check a yes, one unknown leaves it unknown.
function eyesChecked(protocol, state, event) {
  const answers = event.data.answers ?? {};
  for (const asked of Object.keys(answers)) mustBeIn(protocol.eyes_check.questions, asked);
  const said = [event.data.any, ...Object.values(answers)];
  const worst = ["yes", "unknown", "no"].find((word) => said.includes(word));
  return factKept(state, { ...event, data: { ...event.data, any: worst } });
}

// A sign of the protocol's list seen or gone.
function signTold(protocol, state, event) {
  mustBeIn(protocol.signs, event.data.sign);
  return factKept(state, event);
}

// The affected areas, by name or by number; a name the protocol does not list is kept and marked.
function areasCounted(protocol, state, event) {
  const [named, count] = [event.data.areas ?? [], event.data.count];
  if (named.length === 0 && count === null) throw new Refused("bad_data");
  const listed = protocol.counting_areas.list.map((row) => row.id);
  return factKept(state, event, ...(named.every((area) => listed.includes(area)) ? [] : ["not_in_protocol"]));
}

// The stage of the skin.
function stageAssessed(protocol, state, event) {
  mustBeIn(protocol.stages, event.data.stage);
  return factKept(state, event);
}

// A dose that was given is never refused; outside the approved table it is marked.
function doseGiven(protocol, state, event) {
  const known = approved(protocol, event.data.units);
  return factKept(state, event, ...(known ? [] : ["not_in_protocol"]));
}

// The prescriber's decision; given although a block was named, it is kept and marked.
function aspirinDecided(protocol, state, event) {
  const against = event.data.decision === "given" && (event.data.blocks ?? []).length > 0;
  return factKept(state, event, ...(against ? ["blocked"] : []));
}

// A branch that is open ends, with the reason.
function branchClosed(protocol, state, event) {
  if ((state.due[event.data.branch + "_ms"] ?? null) === null) throw new Refused("branch_not_open");
  return factKept(state, event);
}

// Something that opens a branch of this protocol.
function branchOpened(protocol, state, event) {
  if (!(OPENS[event.type] in protocol.branches)) throw new Refused("not_in_protocol");
  return factKept(state, event);
}

const OPENS = { collapse_noticed: "collapse", la_toxicity_suspected: "la_toxicity", presentation_named: "phone" };

// A nurse alone without prescriber, or no longer.
function loneNamed(protocol, state, event) {
  if (!("lone" in protocol)) throw new Refused("not_in_protocol");
  return factKept(state, event);
}

// The run ends; as resolved only when every criterion is met, or with a reason in words.
function emergencyEnded(protocol, state, event) {
  if (state.status === "ended") throw new Refused("ended");
  const reasons = protocol.end.reasons.filter((row) => row.id === event.data.reason);
  mustBeIn(reasons, event.data.reason);
  const unmet = reasons[0].needs_criteria && !allMet(protocol, state, event.at_ms);
  if (unmet && !KINDS.id(event.data.why)) throw new Refused("reason_missing");
  const ended = { event: event.id, reason: event.data.reason, at_ms: event.at_ms, unmet };
  return { ...factKept(state, event), status: "ended", ended };
}

// The run goes on, with the same clock.
function emergencyReopened(protocol, state, event) {
  if (state.status !== "ended") throw new Refused("not_ended");
  return { ...factKept({ ...state, status: "running" }, event), ended: null };
}

// A drill becomes the emergency it has turned into, with what is known of the patient; never back.
function madeReal(protocol, state, event) {
  const [context, whole] = cleanContext(event.data.context);
  const kept = { ...event, data: { context } };
  return factKept(drills.madeReal(state, event, context), kept, ...(whole ? [] : ["context_incomplete"]));
}

// Something of the drill's script was shown to the people who practise.
function surpriseShown(protocol, state, event) {
  return factKept(drills.surprised(state, event), event);
}

export const STEPS = {
  emergency_started: emergencyStarted,
  patient_named: noted,
  recorder_named: noted,
  step_done: stepAnswered,
  step_skipped: stepAnswered,
  eyes_checked: eyesChecked,
  sign_seen: signTold,
  sign_gone: signTold,
  areas_counted: areasCounted,
  stage_assessed: stageAssessed,
  refill_checked: noted,
  pain_scored: noted,
  kit_fetched: noted,
  vial_prepared: noted,
  dose_given: doseGiven,
  photo_taken: noted,
  call_made: noted,
  drug_given: noted,
  aspirin_decided: aspirinDecided,
  note_written: noted,
  vision_changed: noted,
  anaphylaxis_suspected: noted,
  collapse_noticed: branchOpened,
  la_toxicity_suspected: branchOpened,
  presentation_named: branchOpened,
  lone_named: loneNamed,
  branch_closed: branchClosed,
  decision_made: noted,
  endpoint_observed: noted,
  entry_struck: entryStruck,
  strike_undone: strikeUndone,
  time_changed: timeChanged,
  details_added: detailsAdded,
  duplicate_resolved: duplicateResolved,
  conflict_resolved: conflictResolved,
  handover_given: noted,
  emergency_ended: emergencyEnded,
  emergency_reopened: emergencyReopened,
  made_real: madeReal,
  surprise_shown: surpriseShown,
};
