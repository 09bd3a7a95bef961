// What a drill changes: its faster clock, its surprises, its turn into the real. Twin of safety/emergency/drills.py. Pure.
//
// Events carry true time always. While a drill runs faster, every instant is mapped to drill time as it is
// folded; made real, all that was kept is mapped back and marked, and counts no more for whom is treated now.

import { KINDS, Refused, cleanContext, get, isObject } from "./shapes.mjs";

const FAST = 10;
export const NORMAL = { speed: 1, surprises: null, made_real_ms: null };

// A run that starts: a drill may be fast and have surprises, anything else runs as time does.
export function begun(state, data) {
  const drill = data.drill === true;
  const seed = drill && KINDS.nat(data.surprises) ? data.surprises : null;
  return { ...state, drill, speed: drill && data.speed === FAST ? FAST : 1, surprises: seed };
}

// The run's own time at this true instant.
export function virtual(state, ms) {
  if (state.speed === 1) return ms;
  const base = state.facts[0].recorded_ms;
  return base + (ms - base) * state.speed;
}

// The true instant of this moment of the run's own time.
export function actual(state, ms) {
  if (state.speed === 1) return ms;
  const base = state.facts[0].recorded_ms;
  return base + Math.floor((ms - base) / state.speed);
}

// The event in the run's own time. Throws Refused when that lies outside all time.
export function told(state, event) {
  if (event.type === "made_real" || state.speed === 1) return event;
  const atMs = virtual(state, event.at_ms);
  if (!KINDS.ms(atMs)) throw new Refused("bad_data");
  let data = get(event, "data");
  if (event.type === "time_changed" && isObject(data) && KINDS.ms(get(data, "at_ms"))) {
    data = { ...data, at_ms: virtual(state, data.at_ms) };
  }
  return { ...event, at_ms: atMs, data };
}

// in_drill on what was told for the drill and arrives after it was made real.
export function marks(state, event) {
  const data = get(event, "data");
  const unaware = isObject(data) && get(data, "drill") === true;
  const realMs = state.made_real_ms;
  if (realMs === null || event.type === "made_real" || !(unaware || event.at_ms < realMs)) return [];
  return ["in_drill"];
}

// The state after a surprise was shown; one that names the stock leaves just that. Throws Refused.
export function surprised(state, event) {
  if (!state.drill && state.made_real_ms === null) throw new Refused("not_a_drill");
  const [context, whole] = cleanContext({ ...state.context, stock: event.data.stock });
  if (!whole) throw new Refused("bad_data");
  if (!state.drill || event.data.stock === null) return state;
  return { ...state, context };
}

// The same run, real from now on: true times, nothing of the practice patient, going on if it had ended.
//
// Throws Refused when the run never was a drill.
export function madeReal(state, event, context) {
  if (!state.drill) return saidAgain(state, event, context);
  const [start, ...facts] = state.facts.map((row) => trueTimes(state, row));
  const kept = facts.map((fact) => ({ ...fact, flags: [...fact.flags, "in_drill"] }));
  const changes = state.changes.map((row) => trueTimes(state, row));
  const real = { drill: false, speed: 1, made_real_ms: event.at_ms, context };
  return { ...state, ...real, status: "running", ended: null, facts: [start, ...kept], changes };
}

// A second tablet said it, perhaps sooner: what it recorded since is real, what it knew fills gaps.
function saidAgain(state, event, context) {
  if (state.made_real_ms === null) throw new Refused("not_a_drill");
  const known = Object.fromEntries(Object.entries(state.context).map(([name, value]) => [name, value === null ? context[name] : value]));
  return { ...state, made_real_ms: Math.min(state.made_real_ms, event.at_ms), context: known };
}

// A fact or change with its instants as they truly were.
function trueTimes(state, row) {
  const back = {};
  for (const name of ["at_ms", "recorded_ms"]) if (name in row) back[name] = actual(state, row[name]);
  if (row.type === "time_changed") back.data = { ...row.data, at_ms: actual(state, row.data.at_ms) };
  if ((row.struck ?? null) !== null) back.struck = { ...row.struck, at_ms: actual(state, row.struck.at_ms) };
  return { ...row, ...back };
}

// Since when the patient's times count: the start, or the moment a drill was made real.
export function countedFrom(state) {
  return state.made_real_ms === null ? state.started_ms : state.made_real_ms;
}

// Of a drill what the screen must know; of one made real the doses nobody yet said were really given.
export function practice(state) {
  const asked = state.facts.filter((fact) => ["dose_given", "drug_given"].includes(fact.type) && fact.flags.includes("in_drill"));
  const doses = asked.filter((fact) => fact.struck === null && fact.data.given === null).map((fact) => fact.id);
  const shown = state.facts.filter((fact) => fact.type === "surprise_shown").map((fact) => fact.data.surprise);
  const kept = Object.fromEntries(Object.keys(NORMAL).map((name) => [name, state[name]]));
  return { ...kept, doses, shown };
}
