// What the screen asks for at this instant. Twin of safety/emergency/prompts.py. Pure; every word comes from the protocol.

import { adrenalineRows, answers, pointNow } from "./answers.mjs";
import { banners } from "./banners.mjs";
import { doseData, duplicates, nextUnits, roundsLeft, table, volumes } from "./doses.mjs";
import { practice, virtual } from "./drills.mjs";
import { doses, fill, latest, live } from "./facts.mjs";
import { criteria } from "./leaving.mjs";
import { branchNow, current, glance, isOpen, listing, stepsOf, urged } from "./steps.mjs";
import { adrenalineGiven, firstDose } from "./timers.mjs";

// What is due, given, asked and missing at `trueMs` (epoch milliseconds). Needs a run that was started.
export function prompts(protocol, state, trueMs) {
  const nowMs = virtual(state, trueMs);
  const [view, branch] = [glance(protocol, state, nowMs), branchNow(state)];
  const shown = current(protocol, state, view, branch);
  const left = roundsLeft(protocol, state);
  const { photos, calls, drugs, refills, units, doses: given } = state.totals;
  return {
    elapsed_ms: Math.max(0, nowMs - state.started_ms), started_ms: state.started_ms,
    ended: state.status === "ended", drill: state.drill, practice: practice(state),
    given: { units, doses: given },
    dose: dose(protocol, state, view),
    refill: refill(protocol, state, view),
    first_dose: firstDose(protocol, state, nowMs),
    step: stepNow(protocol, state, view, branch, shown),
    steps: allSteps(protocol, state, view, branch, shown),
    branches: branchesNow(protocol, state, view, branch),
    rounds_left: left, send_for_more: left !== null && left <= protocol.stock.send_for_more.rounds,
    banners: banners(protocol, state, view, branch), questions: questions(protocol, state),
    counts: { photos, calls, drugs, refills },
    end: { criteria: criteria(protocol, state, nowMs), reasons: protocol.end.reasons },
  };
}

function dose(protocol, state, view) {
  const [units, number] = [nextUnits(protocol, state), doses(state).length + 1];
  const drawn = volumes(protocol, state, units);
  const data = doseData(protocol, state, units);
  return {
    number, units, due_ms: state.due.dose_ms, status: view.dose,
    volumes: drawn, text: doseText(protocol, state, units),
    hint: doseHint(protocol, state, units, drawn),
    label: fill(protocol.words.dose_label, { number }), table: table(protocol),
    event: data === null ? null : { type: "dose_given", data },
  };
}

function doseText(protocol, state, units) {
  const words = protocol.words;
  if (state.due.dose_ms === null) return words.dose_none;
  if (units !== null) return fill(words.dose_inject, { units });
  return table(protocol).length > 0 ? words.dose_count_first : words.dose_guided;
}

function doseHint(protocol, state, units, drawn) {
  if (units !== null && drawn.length === 0 && state.due.dose_ms !== null) return protocol.words.volume_unknown;
  return protocol.words["dose_hint_" + state.due.dose_why];
}

function refill(protocol, state, view) {
  const last = latest(live(state, "refill_checked"));
  const seen = last === null ? null : { result: last.data.result, at_ms: last.at_ms };
  const every = protocol.refill.every.minutes;
  return { due_ms: state.due.refill_ms, status: view.refill, every_min: every, last: seen };
}

function stepNow(protocol, state, view, branch, shown) {
  const listed = stepsOf(protocol, state, branch);
  const following = next(protocol, state, view, branch, shown);
  return {
    id: shown.id, number: listed.indexOf(shown) + 1, of: listed.length,
    text: wordsOf(protocol, state, view, shown), help: help(protocol, state, shown),
    look: look(view, branch, shown), clock: shown.clock,
    answers: state.status === "ended" ? [] : answers(protocol, state, view.now_ms, shown),
    next: following.text, next_at_ms: following.at_ms,
  };
}

// The step's text with units or criterion put in; its other wording while those are not known.
function wordsOf(protocol, state, view, step) {
  if (step.text.includes("{units}")) {
    const units = nextUnits(protocol, state);
    return units === null ? step.text_unknown : fill(step.text, { units });
  }
  if (!step.text.includes("{criterion}")) return step.text;
  const missing = criteria(protocol, state, view.now_ms).filter((row) => row.met === null);
  return missing.length > 0 ? fill(step.text, { criterion: missing[0].text }) : step.text_unknown;
}

function help(protocol, state, step) {
  if (step.ask !== "refill") return step.help;
  const [at, words] = [pointNow(protocol, state), protocol.words];
  const point = pointName(protocol, at.point);
  if (at.side === null) return fill(words.refill_at, { point });
  return fill(words.refill_at_side, { point, side: words["side_" + at.side] });
}

// The name of a point of the face; the general words for one this protocol does not name.
export function pointName(protocol, point) {
  const listed = [...protocol.counting_areas.list, ...protocol.counting_areas.other_points];
  return listed.find((row) => row.id === point)?.name ?? protocol.words.affected_area;
}

// due or late while a timer asks for this step, stop in a branch, else plain.
function look(view, branch, step) {
  if (urged(view, step)) return view[step.alarm];
  return branch === "main" ? "plain" : "stop";
}

// The step after this one: the next open one, else what falls due first.
function next(protocol, state, view, branch, shown) {
  const listed = stepsOf(protocol, state, branch);
  const waiting = listed.find((step) => step !== shown && isOpen(protocol, state, view, step, branch));
  if (waiting !== undefined) return { text: wordsOf(protocol, state, view, waiting), at_ms: null };
  const coming = ahead(protocol, state, shown).sort((one, other) => one.at_ms - other.at_ms);
  return coming[0] ?? { text: null, at_ms: null };
}

function ahead(protocol, state, shown) {
  const [words, due, units] = [protocol.words, state.due, nextUnits(protocol, state)];
  const again = units === null ? words.next_dose_count : fill(words.next_dose, { units });
  const rows = [
    { text: words.next_adrenaline, at_ms: due.adrenaline_ms },
    { text: again, at_ms: due.dose_ms },
    { text: words.next_refill, at_ms: due.refill_ms },
  ];
  return rows.filter((row) => row.at_ms !== null && !(shown.ask === "refill" && row === rows[2]));
}

function allSteps(protocol, state, view, branch, shown) {
  const byId = new Map(stepsOf(protocol, state, branch).map((step) => [step.id, step]));
  const lines = listing(protocol, state, view, branch, shown);
  return lines.map((line) => ({ ...line, text: wordsOf(protocol, state, view, byId.get(line.id)) }));
}

function branchesNow(protocol, state, view, branch) {
  const due = state.due;
  const eyes = { due_ms: due.eyes_ms, status: view.eyes };
  return {
    vision: due.vision_ms, anaphylaxis: due.anaphylaxis_ms, current: branch,
    adrenaline: due.anaphylaxis_ms === null ? null : adrenaline(protocol, state, view),
    eyes: due.vision_ms === null ? null : eyes,
  };
}

function adrenaline(protocol, state, view) {
  const rows = adrenalineRows(protocol, state);
  const text = rows.length === 1 ? rows[0].label : protocol.words.adrenaline_unknown_age;
  const number = adrenalineGiven(protocol, state).length + 1;
  return { due_ms: state.due.adrenaline_ms, status: view.adrenaline, number, text };
}

function questions(protocol, state) {
  const text = protocol.words.question_duplicate;
  return duplicates(protocol, state).map((pair) => ({ kind: "possible_duplicate", events: pair, text }));
}
