// The answers one tap can give to a step. Twin of safety/emergency/answers.py. Pure; every word comes from the protocol.

import { areasNow, doseData, nextUnits, vialData } from "./doses.mjs";
import { ageMonths, byTime, doses, fill, live } from "./facts.mjs";
import { criteria } from "./leaving.mjs";
import { cutoffS, place, venous } from "./refill.mjs";

// The answers of a step: those made for its kind, then those the protocol lists.
export function answers(protocol, state, nowMs, step) {
  const made = ASK[step.ask](protocol, state, nowMs, step);
  const seen = venous(protocol, state);
  const offered = (step.answers ?? []).filter((row) => (row.venous ?? seen) === seen);
  const listed = offered.map((row) => answer(row.key, row.label, row.hint, row.look, row));
  return [...made, ...listed];
}

function answer(key, label, hint, look, event) {
  return { key, label, hint, look, event: { type: event.type, data: event.data } };
}

function refill(protocol, state) {
  const [words, seconds] = [protocol.words, cutoffS(protocol, state)];
  const rows = [["normal", "ok"], ["slow", "slow"], ["none", "none"]];
  return rows.map(([result, look]) =>
    answer(result, words["refill_" + result], fill(words[`refill_${result}_hint`], { seconds }), look,
      { type: "refill_checked", data: { ...pointNow(protocol, state), result } }));
}

// Where to press next: a counted or planned point not yet checked, else the one checked longest ago.
export function pointNow(protocol, state) {
  const checked = byTime(live(state, "refill_checked"));
  const counted = byTime(live(state, "areas_counted")).at(-1);
  const named = [...(counted?.data.areas ?? []), ...(state.context.areas ?? [])];
  const seen = new Map(checked.map((fact) => [place(fact.data), fact]));
  const fresh = named.filter((point) => [...seen.values()].every((fact) => point !== fact.data.point));
  const oldest = byTime([...seen.values()]).map(({ data }) => ({ point: data.point, side: data.side }));
  return [...fresh.map((point) => ({ point, side: null })), ...oldest, { point: null, side: null }][0];
}

function areas(protocol) {
  const [words, most] = [protocol.words, protocol.dosing.max_areas];
  const labels = [words.area_none, words.area_one];
  for (let count = 2; count <= most; count++) labels.push(fill(words.area_many, { count }));
  const rows = [...labels.slice(0, most + 1), fill(words.area_more, { count: most })];
  return rows.map((label, count) =>
    answer(String(count), label, "", "plain", { type: "areas_counted", data: { areas: [], count } }));
}

function stage(protocol) {
  return protocol.stages.map((row) =>
    answer(row.id, row.label, "", row.refer ? "slow" : "plain", { type: "stage_assessed", data: { stage: row.id } }));
}

function allergy(protocol, state, nowMs, step) {
  return protocol.hypersensitivity.answers.map((row) =>
    answer(row.key, row.label, row.hint, row.look,
      { type: "step_done", data: { step: step.id, answer: row.key } }));
}

function vial(protocol, state) {
  const data = vialData(protocol, state, nextUnits(protocol, state));
  return [answer("ready", protocol.words.vial_ready, "", "ok", { type: "vial_prepared", data })];
}

function dose(protocol, state) {
  const units = nextUnits(protocol, state);
  const data = doseData(protocol, state, units);
  if (data === null) return areasNow(state) !== null ? [] : areas(protocol);
  const words = protocol.words;
  const [label, hint] = [fill(words.dose_label, { number: doses(state).length + 1 }), fill(words.dose_units, { units })];
  return [answer("given", label, hint, "plain", { type: "dose_given", data })];
}

function discharge(protocol, state, nowMs) {
  const asked = criteria(protocol, state, nowMs).filter((row) => row.met === null);
  if (asked.length === 0) return [];
  const tick = { type: "step_done", data: { step: asked[0].id } };
  return [answer("yes", protocol.words.criterion_yes, "", "ok", tick)];
}

function adrenaline(protocol, state) {
  const drug = protocol.branches.anaphylaxis.adrenaline.drug;
  return adrenalineRows(protocol, state).map((row) =>
    answer(row.id, row.label, row.hint, "plain", { type: "drug_given", data: { drug, dose: row.label } }));
}

// The adrenaline dose for the age; every row while the age is not known.
export function adrenalineRows(protocol, state) {
  const [rows, months] = [protocol.branches.anaphylaxis.adrenaline.doses, ageMonths(state)];
  if (months === null) return [...rows];
  return rows.filter((row) => row.from_months <= months && under(months, row.to_months));
}

function under(months, limit) {
  return limit === null || months < limit;
}

const ASK = {
  static: () => [],
  refill,
  areas,
  stage,
  allergy,
  vial,
  dose,
  criteria: discharge,
  adrenaline,
};
