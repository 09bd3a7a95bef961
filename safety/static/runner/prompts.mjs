// What the screen asks for at this instant. Twin of safety/emergency/prompts.py. Pure; every word comes from the protocol.

import { adrenalineRows } from "./answers.mjs";
import { banners } from "./banners.mjs";
import { calls, lone, supply } from "./calls.mjs";
import { conflicts } from "./conflicts.mjs";
import { doseData, duplicates, nextUnits, roundsLeft, table, volumes } from "./doses.mjs";
import { practice, virtual } from "./drills.mjs";
import { MINUTE, doses, fill, latest, live, presentation } from "./facts.mjs";
import { followUps, leave } from "./following.mjs";
import { criteria } from "./leaving.mjs";
import { rechecked, rechecks, refills } from "./refill.mjs";
import { branchNow, glance, openBranches, path, transferWhy } from "./steps.mjs";
import { adrenalineGiven, firstDose, status } from "./timers.mjs";
import { toldTwice } from "./told_twice.mjs";
import { allSteps, say, tracks } from "./tracks.mjs";

// What is due, given, asked and missing at `trueMs` (epoch milliseconds). Needs a run that was started.
export function prompts(protocol, state, trueMs) {
  const nowMs = virtual(state, trueMs);
  const [view, branch] = [glance(protocol, state, nowMs), branchNow(state)];
  const paths = ["main", ...openBranches(state)].map((name) => path(protocol, state, view, name));
  const here = paths.find((way) => way.branch === branch);
  const left = roundsLeft(protocol, state);
  const short = left !== null && left <= protocol.stock.send_for_more.rounds;
  const openNow = tracks(protocol, state, view, paths, branch);
  const { step } = openNow.find((track) => track.current);
  const { photos, calls: made, drugs, refills: checks, units, doses: given } = state.totals;
  return {
    elapsed_ms: Math.max(0, nowMs - state.started_ms), started_ms: state.started_ms,
    ended: state.status === "ended", drill: state.drill, practice: practice(state),
    given: { units, doses: given },
    dose: dose(protocol, state, view),
    refill: refill(protocol, state, view),
    first_dose: firstDose(protocol, state, nowMs),
    step,
    steps: allSteps(protocol, state, view, here),
    tracks: openNow, say: say(protocol, view, here.shown, step.text),
    presentation: presentation(state),
    branches: branchesNow(protocol, state, view, branch),
    rounds_left: left, send_for_more: short, supply: supply(protocol, state, short),
    calls: calls(protocol, state, nowMs), lone: lone(protocol, state, nowMs),
    transfer: transferNow(protocol, state, view), refills: refills(protocol, state), recheck: recheck(protocol, state, nowMs),
    leave: leave(protocol, state, nowMs), follow_ups: followUps(protocol, state),
    banners: banners(protocol, state, view, branch), questions: questions(protocol, state),
    counts: { photos, calls: made, drugs, refills: checks },
    end: { criteria: criteria(protocol, state, nowMs), reasons: protocol.end.reasons },
  };
}

// Why the patient is moved; for a product that does not dissolve the transfer clock starts at recognition.
function transferNow(protocol, state, view) {
  const why = transferWhy(protocol, state, view);
  const since_ms = why.includes("product") ? state.started_ms : null;
  return why.length > 0 ? { why, since_ms } : null;
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

function branchesNow(protocol, state, view, branch) {
  const due = state.due;
  const eyes = { due_ms: due.eyes_ms, status: view.eyes };
  return {
    vision: due.vision_ms, anaphylaxis: due.anaphylaxis_ms, current: branch,
    adrenaline: due.anaphylaxis_ms === null ? null : adrenaline(protocol, state, view),
    eyes: due.vision_ms === null ? null : eyes,
    collapse: due.collapse_ms ?? null, la_toxicity: due.la_toxicity_ms ?? null,
    loops: loops(protocol, state, view), limit: due.vision_ms === null ? null : limit(protocol, state, view),
    differential: differential(protocol, state),
  };
}

// What is done again, with when: drops looked at, bag off, faint better.
function loops(protocol, state, view) {
  const due = state.due.loops ?? {};
  return (protocol.loops ?? []).filter((loop) => due[loop.id] !== null).map(({ id, branch, step, text }) => ({
    id, branch, step, text, due_ms: due[id], status: view.loops[id],
  }));
}

// The outer limit for sight, counted up from when the change was first told.
function limit(protocol, state, view) {
  const [sinceMs, rule] = [state.due.vision_ms, protocol.branches.vision.outer_limit];
  const until = sinceMs + rule.minutes * MINUTE;
  return { since_ms: sinceMs, limit_ms: until, passed: view.now_ms >= until, text: rule.text };
}

// Faint, anaphylaxis and anaesthetic poisoning side by side, while it is not known which.
function differential(protocol, state) {
  if (!openBranches(state).includes("collapse")) return null;
  const rows = protocol.branches.collapse.differential;
  return rows.map(({ id, name, faint, anaphylaxis, la_toxicity }) => ({ id, name, faint, anaphylaxis, la_toxicity }));
}

// Checks still owed to a patient without signs: never bruise alone after a first look (clinical 1.3).
function recheck(protocol, state, nowMs) {
  const due = rechecks(protocol, state);
  if (due.length === 0 || state.status !== "running") return null;
  const checks = due.map((atMs) => {
    const done = rechecked(protocol, state, atMs);
    return { due_ms: atMs, done, status: done ? "none" : status(protocol, atMs, nowMs, "refill") };
  });
  return { text: protocol.bruise_or_occlusion.rule.text, checks };
}

function adrenaline(protocol, state, view) {
  const rows = adrenalineRows(protocol, state);
  const text = rows.length === 1 ? rows[0].label : protocol.words.adrenaline_unknown_age;
  const number = adrenalineGiven(protocol, state).length + 1;
  return { due_ms: state.due.adrenaline_ms, status: view.adrenaline, number, text };
}

function questions(protocol, state) {
  const words = protocol.words;
  const asked = duplicates(protocol, state).map((pair) => [pair, words.question_duplicate]);
  asked.push(...toldTwice(protocol, state).map((pair) => [pair, words.question_same]));
  const found = asked.map(([pair, text]) => ({ kind: "possible_duplicate", events: pair, text }));
  return [...found, ...conflicts(protocol, state)];
}
