// When each thing is due. Twin of safety/emergency/timers.py. Pure: instants only, never seconds left.

import { productKind, worseMs } from "./doses.mjs";
import { countedFrom } from "./drills.mjs";
import { MINUTE, SECOND, answersStep, byTime, latest, live, matches, presentation, since, stands } from "./facts.mjs";
import { allNormal, endpoint, rechecked, rechecks, twoSigns, uncleared } from "./refill.mjs";

const STOPPED = { dose_ms: null, dose_why: "ended", refill_ms: null, eyes_ms: null, adrenaline_ms: null };

// Every due instant of a run, epoch milliseconds or null; all null once it has ended.
export function dueTimes(protocol, state) {
  const [reached, dose] = [endpoint(protocol, state), nextDose(protocol, state)];
  const names = Object.keys(protocol.branches);
  const opened = Object.fromEntries(names.map((branch) => [branch, openedMs(protocol, state, branch)]));
  let due = {
    dose_ms: dose[0], dose_why: dose[1], refill_ms: refillDue(protocol, state),
    first_dose_ms: firstDoseTarget(protocol, state), endpoint_ms: reached.since_ms,
    returned_ms: reached.returned_ms,
    ...Object.fromEntries(names.map((branch) => [branch + "_ms", opened[branch]])),
    eyes_ms: eyesDue(protocol, state, opened.vision),
    adrenaline_ms: adrenalineDue(protocol, state, opened.anaphylaxis),
  };
  due = state.status === "running" ? due : { ...due, ...STOPPED };
  return "loops" in protocol ? { ...due, loops: loops(protocol, state, opened) } : due;
}

function loops(protocol, state, opened) {
  const running = state.status === "running";
  return Object.fromEntries(protocol.loops.map((loop) => [loop.id, running ? loopDue(protocol, state, loop, opened) : null]));
}

// When the first dose should be in; null for a filler that does not dissolve.
export function firstDoseTarget(protocol, state) {
  if (productKind(protocol, state) === "non_ha") return null;
  return countedFrom(state) + protocol.parameters["vo.first_dose_target_min"] * MINUTE;
}

// When the next dose is due, and why then: first, again, early, returned; or why not: normal, endpoint, non_ha,
// phone.
export function nextDose(protocol, state) {
  if (productKind(protocol, state) === "non_ha") return [null, "non_ha"];
  if (presentation(state) === "phone") return [null, "phone"];
  if (endpoint(protocol, state).since_ms !== null) return [null, "endpoint"];
  const last = latest(live(state, "dose_given"));
  if (last === null && allNormal(protocol, state) && !uncleared(protocol, state)) return [null, "normal"];
  if (last === null && state.made_real_ms !== null) return [state.made_real_ms, "first"];
  if (last === null) {
    return [state.started_ms + protocol.parameters["vo.conservative_only_max_min"] * MINUTE, "first"];
  }
  return repeat(protocol, state, last.at_ms);
}

function repeat(protocol, state, lastMs) {
  const regular = lastMs + protocol.parameters["vo.pulse_min"] * MINUTE;
  const soonest = lastMs + protocol.parameters["vo.allow_early_repeat_min"] * MINUTE;
  const [worse, returned] = [worseMs(protocol, state), endpoint(protocol, state).returned_ms];
  if (worse !== null && Math.max(worse, soonest) < regular) return [Math.max(worse, soonest), "early"];
  if (returned !== null && returned > regular) return [returned, "returned"];
  return [regular, "again"];
}

// When the next refill check is due: after the last one, sooner after a dose, when signs returned, or when a patient
// without signs is checked again; null while nobody is there to press.
export function refillDue(protocol, state) {
  if (presentation(state) === "phone") return null;
  const [rule, last, dose] = [protocol.refill, latest(live(state, "refill_checked")), latest(live(state, "dose_given"))];
  const first = countedFrom(state) + rule.first.minutes * MINUTE;
  const regular = last === null ? first : last.at_ms + interval(protocol, state, last) * MINUTE;
  const lastMs = last === null ? -1 : last.at_ms;
  const returned = endpoint(protocol, state).returned_ms;
  let found = [regular];
  if (dose !== null && dose.at_ms >= lastMs) {
    const after = dose.at_ms + rule.after_dose.minutes * MINUTE;
    found = last === null ? [after] : [regular, after];
  }
  found.push(...rechecks(protocol, state).filter((atMs) => !rechecked(protocol, state, atMs)));
  return Math.min(...(returned !== null && returned > lastMs ? [...found, returned] : found));
}

function interval(protocol, state, last) {
  const rule = protocol.refill;
  const hurried = last.data.result === "normal" && twoSigns(protocol, state);
  return rule[hurried ? "two_signs" : "every"].minutes;
}

// Since when this branch is open, null when it never was or was closed again.
export function openedMs(protocol, state, branch) {
  let [opened, ends] = [null, protocol.branches[branch].superseded_by ?? []];
  for (const fact of byTime(live(state, ...OPENERS[branch], ...ends, "branch_closed"))) {
    const turned = ends.includes(fact.type) ? "close" : turn(branch, fact);
    if (turned === "close") {
      opened = null;
    } else if (turned === "open" && opened === null) {
      opened = fact.at_ms;
    }
  }
  return opened;
}

const OPENERS = {
  vision: ["vision_changed", "eyes_checked"],
  anaphylaxis: ["anaphylaxis_suspected"],
  collapse: ["collapse_noticed"],
  la_toxicity: ["la_toxicity_suspected"],
  phone: ["presentation_named"],
};

// A report opens its branch, an eyes and brain check does with a yes; the phone path ends on arrival.
function turn(branch, fact) {
  const data = fact.data;
  if (fact.type === "branch_closed") return data.branch === branch ? "close" : "stay";
  if (fact.type === "presentation_named") return data.presentation === "phone" ? "open" : "close";
  return fact.type !== "eyes_checked" || data.any === "yes" ? "open" : "stay";
}

// When something is done again, so long after it was begun: null when not begun, or done often enough.
export function loopDue(protocol, state, loop, opened) {
  const sinceMs = loop.branch === "main" ? state.started_ms : opened[loop.branch];
  if (sinceMs === null) return null;
  const told = since(state.facts.filter(stands), sinceMs);
  const begun = told.filter((fact) => loop.after.some((way) => matches(fact, way)));
  const last = latest(begun);
  if (last === null || begun.length >= (loop.until ?? begun.length + 1)) return null;
  const step = stepsOf(protocol, loop.branch).find((row) => row.id === loop.step);
  const done = told.some((fact) => answersStep(fact, step) && fact.at_ms > last.at_ms);
  return done ? null : last.at_ms + loop.minutes * MINUTE;
}

function stepsOf(protocol, branch) {
  return branch === "main" ? protocol.steps : protocol.branches[branch].steps;
}

// When eyes and brain are checked again in the vision branch.
export function eyesDue(protocol, state, opened) {
  if (opened === null) return null;
  const last = latest(live(state, "eyes_checked").filter((fact) => fact.data.any !== "unknown"));
  const every = protocol.branches.vision.eyes_every.minutes * MINUTE;
  return Math.max(opened, last === null ? -1 : last.at_ms) + every;
}

// Live adrenaline doses, first given first.
export function adrenalineGiven(protocol, state) {
  const drug = protocol.branches.anaphylaxis.adrenaline.drug;
  return byTime(live(state, "drug_given").filter((fact) => fact.data.drug === drug));
}

// When adrenaline is due: soon after the branch opens, then at the repeat interval until called better.
export function adrenalineDue(protocol, state, opened) {
  if (opened === null) return null;
  const [rule, last] = [protocol.branches.anaphylaxis.adrenaline, latest(adrenalineGiven(protocol, state))];
  if (last === null) return opened + rule.first.minutes * MINUTE;
  const [eased, again] = [latest(better(protocol, state)), latest(live(state, "anaphylaxis_suspected"))];
  const easedMs = eased === null || again === null ? -1 : eased.at_ms;
  if (again !== null && easedMs >= last.at_ms && easedMs >= again.at_ms) return null;
  return last.at_ms + rule.repeat.minutes * MINUTE;
}

function better(protocol, state) {
  const asked = protocol.branches.anaphylaxis.steps.filter((step) => step.per === "adrenaline").map((step) => step.id);
  return live(state, "step_done").filter((fact) => asked.includes(fact.data.step));
}

// none, waiting, soon, due or late, by the windows of the protocol's alarms. Due exactly at its millisecond.
export function status(protocol, dueMs, nowMs, alarm) {
  if (dueMs === null) return "none";
  const soon = protocol.alarms[alarm + "_soon"].seconds * SECOND;
  const late = protocol.alarms[alarm + "_late"].seconds * SECOND;
  if (nowMs >= dueMs + late) return "late";
  if (nowMs >= dueMs) return "due";
  return nowMs >= dueMs - soon ? "soon" : "waiting";
}

// As `status`; the first dose is late from its target.
export function doseStatus(protocol, state, nowMs) {
  const [due, found] = [state.due, status(protocol, state.due.dose_ms, nowMs, "dose")];
  if (due.dose_why === "first" && ["due", "late"].includes(found)) return nowMs >= due.first_dose_ms ? "late" : "due";
  return found;
}

// Time to the first dose against its target: none, waiting, amber, late or met.
export function firstDose(protocol, state, nowMs) {
  const [given, target] = [byTime(live(state, "dose_given"))[0], state.due.first_dose_ms];
  const took = given === undefined ? null : Math.max(0, given.at_ms - countedFrom(state));
  return { target_ms: target, status: firstStatus(protocol, state, nowMs, took), took_ms: took };
}

function firstStatus(protocol, state, nowMs, took) {
  const target = state.due.first_dose_ms;
  if (target === null) return "none";
  if (took !== null) return countedFrom(state) + took <= target ? "met" : "late";
  const amber = countedFrom(state) + protocol.parameters["vo.conservative_only_max_min"] * MINUTE;
  if (nowMs >= target) return "late";
  return nowMs >= amber ? "amber" : "waiting";
}
