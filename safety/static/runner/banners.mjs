// Lines that stay on screen while they hold. Twin of safety/emergency/banners.py. Pure; every word comes from the protocol.

import { adrenalineRows } from "./answers.mjs";
import { calls, loneDueMs } from "./calls.mjs";
import { areasNow, belowFloor, productKind, roundsLeft } from "./doses.mjs";
import { doses, fill, latest, live, presentation } from "./facts.mjs";
import { activeSigns, allNormal, twoSigns, venous } from "./refill.mjs";
import { WHEN, answerTo } from "./steps.mjs";

// Kind and text, most urgent first; warnings from screening first of all.
export function banners(protocol, state, view, branch) {
  const warned = (state.context.flags ?? []).map((flag) => ["flag", flag.text || flag.code]);
  const found = [...inBranch(protocol, state, view, branch), ...product(protocol, state), ...allergy(protocol, state)];
  found.push(...dose(protocol, state, view), ...unanswered(protocol, state, view));
  found.push(...answered(protocol, state, branch));
  found.push(...signs(protocol, state), ...stock(protocol, state));
  return [...warned, ...found].map(([kind, text]) => ({ kind, text }));
}

function* inBranch(protocol, state, view, branch) {
  const words = protocol.words;
  if (branch === "anaphylaxis") {
    yield ["airway", words.banner_airway];
    if (WHEN.refractory(protocol, state, view)) yield ["airway", words.banner_refractory];
    if (adrenalineRows(protocol, state).length > 1) yield ["airway", words.adrenaline_unknown_age];
  }
  if (branch === "vision") yield ["vision", words.banner_vision];
  for (const text of protocol.branches[branch]?.banners ?? []) yield ["airway", text];
}

function* product(protocol, state) {
  const named = { non_ha: "banner_non_ha", unknown: "banner_unknown_product", unnamed: "banner_unnamed_product" };
  const kind = productKind(protocol, state);
  if (kind in named) yield ["product", protocol.words[named[kind]]];
}

function* allergy(protocol, state) {
  const rule = protocol.hypersensitivity;
  const asked = protocol.steps.filter((step) => step.ask === "allergy").map((step) => step.id);
  const said = latest(live(state, "step_done").filter((fact) => asked.includes(fact.data.step)));
  for (const row of rule.answers) {
    if (said !== null && said.data.answer === row.key && row.banner) {
      const now = row.by_parameter === true && rule.prescriber_now.mode === rule.prescriber_now.when;
      yield ["allergy", now ? rule.prescriber_now.banner : row.banner];
    }
  }
}

function* dose(protocol, state, view) {
  const [words, floor, most] = [protocol.words, protocol.dosing.floor, protocol.dosing.max_areas];
  if (WHEN.undosed(protocol, state, view) && ["due", "late"].includes(view.dose)) {
    yield ["dose", words[held(protocol, state) ? "banner_held" : "banner_conservative"]];
  }
  if (belowFloor(protocol, state)) yield ["dose", fill(words.banner_floor, { units: floor.units })];
  if (doses(state).some((fact) => fact.flags.includes("not_in_protocol"))) yield ["dose", words.banner_outside];
  if ((areasNow(state) ?? 0) > most) yield ["refer", fill(words.banner_more_areas, { count: most })];
  if (WHEN.transfer(protocol, state, view)) yield ["refer", words.banner_transfer];
}

// Somebody recorded why dose 1 is not given; a check after that asks again.
function held(protocol, state) {
  const asked = protocol.steps.filter((step) => step.ask === "dose");
  const said = asked.map((step) => answerTo(state, step, "main"));
  const skips = said.filter((fact) => fact !== null && fact.type === "step_skipped");
  return "banner_held" in protocol.words && skips.length > 0;
}

// Alone without prescriber, and a call nobody answered.
function* unanswered(protocol, state, view) {
  const [words, aloneMs] = [protocol.words, loneDueMs(protocol, state)];
  if (aloneMs !== null && view.now_ms >= aloneMs) {
    yield ["refer", fill(words.banner_lone_over, { minutes: protocol.lone.minutes })];
  } else if (aloneMs !== null) {
    yield ["refer", words.banner_lone];
  }
  const found = calls(protocol, state, view.now_ms);
  if (found.waiting !== null) {
    const named = { name: found.waiting.name, next: found.next.name };
    yield ["refer", fill(words.banner_no_answer, named)];
  }
}

// What the last answer to a step asks for while it stands.
function* answered(protocol, state, branch) {
  for (const step of branch === "main" ? protocol.steps : protocol.branches[branch].steps) {
    const said = latest(live(state, "step_done").filter((fact) => fact.data.step === step.id));
    for (const row of step.answers ?? []) {
      if (said !== null && "banner" in row && row.data.answer === said.data.answer) yield ["refer", row.banner];
    }
  }
}

function* signs(protocol, state) {
  const [words, stage] = [protocol.words, latest(live(state, "stage_assessed"))];
  for (const row of protocol.stages) {
    if (stage !== null && row.id === stage.data.stage && "banner" in row) yield ["stage", row.banner];
  }
  if (state.due.returned_ms !== null) yield ["signs", words.banner_returned];
  if (presentation(state) === "late") yield ["signs", words.banner_late];
  if (venous(protocol, state)) yield ["signs", words.banner_venous];
  if (!allNormal(protocol, state)) return;
  if (twoSigns(protocol, state)) {
    yield ["signs", fill(words.banner_two_signs, { minutes: protocol.refill.two_signs.minutes })];
  } else if (doses(state).length === 0 && activeSigns(state).length === 0) {
    yield ["signs", words.banner_no_signs];
  }
}

function* stock(protocol, state) {
  const left = roundsLeft(protocol, state);
  if (left !== null && left <= protocol.stock.send_for_more.rounds) {
    yield ["stock", fill(protocol.words.banner_stock, { rounds: left })];
  }
}
