// What the script of a drill says at this moment: what the practice patient shows, which surprise comes now. Pure.
import { MINUTE, doses } from "./facts.mjs";

/** The surprises whose moment has come and that nobody has seen yet, in the order of the script. */
export function comeNow(script, state, nowMs) {
  if (!state.drill || state.status !== "running") return [];
  const shown = state.facts.filter((fact) => fact.type === "surprise_shown").map((fact) => fact.data.surprise);
  return script.surprises.filter((row) => !shown.includes(row.id) && nowMs >= momentOf(row, state));
}

function momentOf(row, state) {
  const after = row.after_doses === 0 ? state.started_ms : doses(state)[row.after_doses - 1]?.at_ms;
  return after === undefined ? Infinity : after + row.at_min * MINUTE;
}

/** The data of surprise_shown. */
export function dataOf(row) {
  return { surprise: row.id, stock: row.empties_stock ? [] : null };
}

/** The surprise shown last, as {id, title, text} with the fact's own id; null before the first. */
export function lastShown(script, state) {
  const fact = state.facts.filter((each) => each.type === "surprise_shown").at(-1);
  const row = fact && script.surprises.find((each) => each.id === fact.data.surprise);
  return row ? { fact: fact.id, title: row.title, text: row.text } : null;
}

/** What pressing shows on the practice patient now. */
export function lookNow(script, state) {
  const given = doses(state).length;
  const look = script.looks.filter((row) => row.after_doses <= given).at(-1) ?? script.looks[0];
  const shown = state.facts.filter((fact) => fact.type === "surprise_shown").map((fact) => fact.data.surprise);
  const more = script.surprises.filter((row) => shown.includes(row.id)).reduce((sum, row) => sum + (row.more_areas ?? 0), 0);
  return { ...look, areas: look.areas === 0 ? 0 : look.areas + more };
}

const seconds = (tenths) => (tenths === 10 ? "1 second" : `${tenths / 10} seconds`);

/** The patient card in words. */
export function lookWords(look) {
  const colour = look.result === "none" ? "No colour comes back" : `Colour comes back after ${seconds(look.refill_ds)}`;
  const areas = look.areas === 1 ? "1 area" : `${look.areas} areas`;
  return `${look.text} ${colour}, other side ${seconds(look.mirror_ds)}. ${areas} affected. Pain ${look.pain} of 10.`;
}

/** Is this tablet cut off from the server now, by a surprise it showed itself? */
export function isCut(script, state, device, nowMs) {
  if (!state.drill || state.status !== "running") return false;
  const spans = new Map(script.surprises.filter((row) => row.offline_min).map((row) => [row.id, row.offline_min * MINUTE]));
  return state.facts.some((fact) => fact.type === "surprise_shown" && fact.device === device && nowMs < fact.at_ms + (spans.get(fact.data.surprise) ?? 0));
}
