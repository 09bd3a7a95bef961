// Which step is on screen. Twin of safety/emergency/steps.py. Pure.
//
// One step at a time, in this order: a dose that is due, the first steps, a check that is due, steps that jump the
// queue (massage, calls, endpoint), the first step still open, and else the step that keeps watching.

import { loneDueMs } from "./calls.mjs";
import { productKind, roundsLeft, worseMs } from "./doses.mjs";
import { MINUTE, answersStep, byTime, doses, latest, live, matches, presentation, since, stands } from "./facts.mjs";
import { broken } from "./following.mjs";
import { abnormal, allNormal, clear, twoSigns, venous } from "./refill.mjs";
import { adrenalineGiven, doseStatus, status } from "./timers.mjs";

export const NOW = ["due", "late"];

// The statuses at this instant that conditions ask for.
export function glance(protocol, state, nowMs) {
  const due = state.due;
  return {
    now_ms: nowMs,
    dose: doseStatus(protocol, state, nowMs),
    refill: status(protocol, due.refill_ms, nowMs, "refill"),
    eyes: status(protocol, due.eyes_ms, nowMs, "eyes"),
    adrenaline: status(protocol, due.adrenaline_ms, nowMs, "adrenaline"),
    loops: Object.fromEntries(
      Object.entries(due.loops ?? {}).map(([name, atMs]) => [name, status(protocol, atMs, nowMs, "loop")])),
  };
}

const URGENT = ["anaphylaxis", "la_toxicity", "collapse", "phone", "vision"];

// The branches that are open: airway first, then poisoning, collapse, the caller, sight.
export function openBranches(state) {
  return URGENT.filter((branch) => (state.due[branch + "_ms"] ?? null) !== null);
}

// The branch whose steps are shown: the most urgent open one, else the occlusion.
export function branchNow(state) {
  return [...openBranches(state), "main"][0];
}

// The steps of a branch that this protocol, this clinic and this product ask for.
export function stepsOf(protocol, state, branch) {
  const listed = branch === "main" ? protocol.steps : protocol.branches[branch].steps;
  const kind = productKind(protocol, state) === "non_ha" ? "non_ha" : "ha";
  const came = presentation(state);
  return listed
    .filter((step) => (step.for ?? kind) === kind && (step.switch ?? "on") !== "off" && (step.only ?? [came]).includes(came))
    .map((step) => ({ ...step, ...(step.by ?? {})[came] }));
}

// The endpoint is not met after this many doses; a count of 0 never is.
export function unmet(protocol, state, view, count) {
  const given = doses(state);
  if (count === 0 || given.length < count || state.due.endpoint_ms !== null) return false;
  const after = since(live(state, "refill_checked"), given[count - 1].at_ms);
  return NOW.includes(view.dose) || after.some((fact) => abnormal(protocol, state, fact.data));
}

// Any reason of clinical 2.9 to move the patient.
export function transfer(protocol, state, view) {
  return transferWhy(protocol, state, view).length > 0;
}

// Why the patient is moved: product, stage, told (an answer says so), alone, worse, cycles.
export function transferWhy(protocol, state, view) {
  const [stage, aloneMs] = [latest(live(state, "stage_assessed")), loneDueMs(protocol, state)];
  const worseAfter = protocol.referrals.find((row) => "worse_after" in row).worse_after;
  const asked = {
    product: ["non_ha", "unknown"].includes(productKind(protocol, state)),
    stage: stage !== null && refers(protocol, stage),
    told: toldToRefer(protocol, state),
    alone: aloneMs !== null && view.now_ms >= aloneMs,
    worse: doses(state).length >= worseAfter && worseMs(protocol, state) !== null,
    cycles: unmet(protocol, state, view, protocol.parameters["vo.cycles_before_transfer"]),
  };
  return Object.keys(asked).filter((name) => asked[name]);
}

// Whether the protocol refers this stage of the skin.
export function refers(protocol, stage) {
  return protocol.stages.some((row) => row.id === stage.data.stage && row.refer);
}

// The last answer to a step is one that asks for a transfer.
export function toldToRefer(protocol, state) {
  const rows = protocol.steps.flatMap((step) => (step.answers ?? []).map((row) => [step, row]));
  const asked = rows.filter(([, row]) => row.transfer ?? false);
  return asked.some(([step, row]) => said(state, step) === row.data.answer);
}

// The answer ticked last at this step, null without one.
function said(state, step) {
  const told = latest(live(state, "step_done").filter((fact) => fact.data.step === step.id));
  return told === null ? null : told.data.answer;
}

// The endpoint held, and the stay after the last dose is over: time for the discharge check.
export function leaving(protocol, state, view) {
  const [sinceMs, last] = [state.due.endpoint_ms, latest(doses(state))];
  const [hold, stay] = [protocol.observation.hold.minutes * MINUTE, protocol.observation.stay_min * MINUTE];
  if (sinceMs === null || view.now_ms < sinceMs + hold) return false;
  return last === null || view.now_ms >= last.at_ms + stay;
}

function expert(protocol, state, view) {
  return unmet(protocol, state, view, protocol.parameters["vo.cycles_before_expert"]);
}

function stockLow(protocol, state) {
  const left = roundsLeft(protocol, state);
  return left !== null && left <= protocol.stock.send_for_more.rounds;
}

// Filler went where sight is at risk; also while nobody knows where it went.
function redArea(protocol, state) {
  const areas = state.context.areas ?? [];
  return areas.length === 0 || areas.some((area) => protocol.branches.collapse.red_areas.areas.includes(area));
}

function refillNormal(protocol, state, view) {
  return normalNow(protocol, state, view) && !venous(protocol, state);
}

// Refill is normal after a dose: time to ask for the endpoint.
function normalNow(protocol, state, view) {
  if (state.due.endpoint_ms !== null || twoSigns(protocol, state)) return false;
  return allNormal(protocol, state) && !NOW.includes(view.refill) && doses(state).length > 0;
}

function aspirin(protocol, state) {
  return doses(state).length > 0 && protocol.parameters["vo.aspirin"] !== "off";
}

function refractory(protocol, state) {
  const rule = protocol.branches.anaphylaxis.adrenaline.refractory;
  return adrenalineGiven(protocol, state).length >= rule.count && state.due.adrenaline_ms !== null;
}

// A repeat is due; the first dose is a step of its own.
function adrenaline(protocol, state, view) {
  return NOW.includes(view.adrenaline) && adrenalineGiven(protocol, state).length > 0;
}

export const WHEN = {
  always: () => true,
  never: () => false,
  undosed: (protocol, state) => doses(state).length === 0,
  dosed: (protocol, state) => doses(state).length > 0,
  refill_due: (protocol, state, view) => NOW.includes(view.refill),
  dose_due: (protocol, state, view) => NOW.includes(view.dose) && doses(state).length > 0,
  expert,
  transfer,
  refill_normal: refillNormal,
  aspirin,
  discharge: leaving,
  eyes_due: (protocol, state, view) => NOW.includes(view.eyes),
  adrenaline_due: adrenaline,
  refractory,
  clear,
  dose_wanted: (protocol, state) => doses(state).length === 0 && state.due.dose_ms !== null,
  vision: (protocol, state) => state.due.vision_ms !== null,
  venous_normal: (protocol, state, view) => normalNow(protocol, state, view) && venous(protocol, state),
  wound: broken,
  alone: (protocol, state) => loneDueMs(protocol, state) !== null,
  prepared: (protocol, state) => live(state, "vial_prepared").length > 0,
  stock_low: stockLow,
  red_area: redArea,
};

// The fact that answered this step in its present round: an answer, a tick or a skip with its reason.
export function answerTo(state, step, branch) {
  const [start, but] = round(state, step, branch);
  const facts = since(state.facts.filter((fact) => stands(fact) && fact.id !== but), start);
  return latest(facts.filter((fact) => answersStep(fact, step)));
}

const LOOPS = { refill_due: "refill_ms", eyes_due: "eyes_ms", adrenaline_due: "adrenaline_ms" };
const BEGINS = {
  run: [],
  dose: ["dose_given"],
  refill: ["refill_checked"],
  decision: ["dose_given", "refill_checked"],
  vial: ["vial_prepared"],
  presentation: ["presentation_named"],
};

// Where the present round of a step begins, and the fact that begins it and so cannot answer it.
function round(state, step, branch) {
  if (step.when in LOOPS) return [state.due[LOOPS[step.when]], null];
  if (step.per === "episode") return [state.due.returned_ms, null];
  if (step.per === "branch") return [state.due[branch + "_ms"], null];
  const begun = latest(live(state, ...BEGINS[step.per]));
  return begun === null ? [null, null] : [begun.at_ms, begun.id];
}

// The step is asked for now and not answered in its present round.
export function isOpen(protocol, state, view, step, branch) {
  if ("loop" in step) return NOW.includes(view.loops[step.loop]);
  const asked = WHEN[step.when ?? "always"](protocol, state, view) && !spared(state, step);
  return asked && answerTo(state, step, branch) === null;
}

// Something was recorded that makes this step wrong now.
function spared(state, step) {
  const ways = step.unless ?? [];
  if (ways.length === 0) return false;
  const told = latest(state.facts.filter((fact) => stands(fact) && about(fact, ways)));
  return told !== null && ways.some((way) => matches(told, way));
}

// The fact answers the same question: of this type, and to this step when one is named.
function about(fact, ways) {
  return ways.some((way) => fact.type === way.type && (way.where.step ?? [null]).includes(fact.data.step ?? null));
}

// A branch worked out once: its steps, those that are open, and the one to show.
export function path(protocol, state, view, branch) {
  const listed = stepsOf(protocol, state, branch);
  const unanswered = listed.filter((step) => isOpen(protocol, state, view, step, branch));
  return { branch, steps: listed, open: unanswered, shown: current(state, view, listed, unanswered) };
}

// The one step to show.
function current(state, view, listed, unanswered) {
  const ordered = [...doseFirst(state, view, unanswered), ...unanswered.filter((step) => step.first)];
  ordered.push(...unanswered.filter((step) => urged(view, step)));
  ordered.push(...unanswered.filter((step) => step.jump));
  const idle = listed.filter((step) => step.idle);
  return [...ordered, ...unanswered, ...idle][0];
}

// The timer that brings this step up says it is due.
export function urged(view, step) {
  return NOW.includes(alarmOf(view, step));
}

// The status of the timer that brings this step up; none without one.
export function alarmOf(view, step) {
  if ("loop" in step) return view.loops[step.loop];
  return "alarm" in step ? view[step.alarm] : "none";
}

// While a dose is due: the steps that lead to the first one, or the decision on the next.
function doseFirst(state, view, unanswered) {
  if (!NOW.includes(view.dose)) return [];
  if (doses(state).length > 0) return unanswered.filter((step) => step.when === "dose_due");
  return unanswered.filter((step) => step.urgent);
}

// Every step of a path with its state: done, skipped, open or current, and when it was answered.
export function listing(state, way) {
  return way.steps.map((step) => line(state, step, way));
}

function line(state, step, way) {
  const answer = lastAnswer(state, step, way.branch);
  let word = answer === null || way.open.includes(step) ? "open" : "done";
  if (word === "done" && answer.type === "step_skipped") word = "skipped";
  if (step.id === way.shown.id) word = "current";
  return { id: step.id, text: step.text, state: word, at_ms: answer === null ? null : answer.at_ms };
}

// The last fact that answered this step, in any round of this run or branch.
export function lastAnswer(state, step, branch) {
  const start = step.per === "branch" ? state.due[branch + "_ms"] : null;
  const facts = since(state.facts.filter(stands), start);
  return latest(byTime(facts).filter((fact) => answersStep(fact, step)));
}
