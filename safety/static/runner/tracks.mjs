// Each path that is open, with its own step: what to do, how, and what comes next. Twin of safety/emergency/tracks.py. Pure.

import { answers, pointNow } from "./answers.mjs";
import { nextUnits } from "./doses.mjs";
import { fill } from "./facts.mjs";
import { criteria } from "./leaving.mjs";
import { alarmOf, listing, urged } from "./steps.mjs";

// The occlusion and every open branch side by side, each with its full step; the one on screen is current.
export function tracks(protocol, state, view, paths, branch) {
  return paths.map((way) => ({
    id: way.branch,
    title: title(protocol, way.branch),
    since_ms: way.branch === "main" ? state.started_ms : state.due[way.branch + "_ms"],
    step: stepNow(protocol, state, view, way),
    current: way.branch === branch,
  }));
}

function title(protocol, branch) {
  return branch === "main" ? protocol.title : protocol.branches[branch].title;
}

// What is read aloud now: what fell due elsewhere, then the step on screen.
export function say(protocol, view, shown, text) {
  return [...dueLines(protocol, view, shown), text].join(" ");
}

// A line for each timer that is due and whose step is not the one on screen.
export function dueLines(protocol, view, shown) {
  const words = protocol.words;
  const names = ["adrenaline", "dose", "eyes", "refill"].filter((name) => ["due", "late"].includes(view[name]));
  return names.filter((name) => "say_" + name in words && shown.alarm !== name).map((name) => words["say_" + name]);
}

// The step of a path to show, in full.
export function stepNow(protocol, state, view, way) {
  const [shown, following] = [way.shown, next(protocol, state, view, way)];
  return {
    id: shown.id, number: way.steps.findIndex((step) => step.id === shown.id) + 1, of: way.steps.length,
    text: wordsOf(protocol, state, view, shown), help: help(protocol, state, shown),
    look: look(view, way.branch, shown), clock: shown.clock,
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
  if (urged(view, step)) return alarmOf(view, step);
  return branch === "main" ? "plain" : "stop";
}

// The step after this one: the next open one, else what falls due first.
function next(protocol, state, view, way) {
  const shown = way.shown;
  const waiting = way.open.find((step) => step.id !== shown.id);
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

// Every step of a path, with its state.
export function allSteps(protocol, state, view, way) {
  const byId = new Map(way.steps.map((step) => [step.id, step]));
  const lines = listing(state, way);
  return lines.map((line) => ({ ...line, text: wordsOf(protocol, state, view, byId.get(line.id)) }));
}
