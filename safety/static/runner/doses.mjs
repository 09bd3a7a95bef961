// Which dose is next, what to draw, and how many rounds are left. Twin of safety/emergency/doses.py. Pure.
//
// Units come from the approved table, volumes from the printed one: nothing here works out a volume.

import { SECOND, byTime, doses, latest, live } from "./facts.mjs";
import { place, points, rank } from "./refill.mjs";

// ha, non_ha, unknown (named, but in no list: treated as ha and referred) or unnamed.
export function productKind(protocol, state) {
  const [named, classes] = [state.context.product_class, protocol.product_classes];
  if (named === null) return "unnamed";
  if (classes.dissolves.includes(named)) return "ha";
  return classes.not_dissolved.includes(named) ? "non_ha" : "unknown";
}

// How many areas were counted: the different ones named, else the number given.
export function areasOf(fact) {
  if (fact === null) return null;
  const named = fact.data.areas ?? [];
  return named.length > 0 ? new Set(named).size : fact.data.count;
}

// The latest count of affected areas, null before the first.
export function areasNow(state) {
  return areasOf(latest(live(state, "areas_counted")));
}

// The rows of the dosing mode the clinic approved.
export function modeRows(protocol) {
  return protocol.dosing.modes.find((mode) => mode.id === protocol.dosing.mode).rows;
}

// The approved doses: areas (null: whatever the number) and units.
export function table(protocol) {
  const dosing = protocol.dosing;
  if (dosing.mode === "area_pulsed") {
    const counts = Array.from({ length: dosing.max_areas }, (_, index) => index + 1);
    return counts.map((count) => ({ areas: count, units: dosing.units_per_area * count }));
  }
  return modeRows(protocol).filter((row) => "units" in row).map((row) => ({ areas: null, units: row.units }));
}

// Units of the next dose, null when the areas are not counted or the mode names no fixed dose.
export function nextUnits(protocol, state) {
  const [rows, count] = [table(protocol), areasNow(state)];
  if (protocol.dosing.mode === "area_pulsed") {
    const fitting = rows.filter((row) => count !== null && row.areas <= count);
    return fitting.length > 0 ? fitting[fitting.length - 1].units : null;
  }
  return rows.length > 0 ? rows[0].units : null;
}

// Whether the approved table of this mode holds this dose.
export function approved(protocol, units) {
  const ranges = modeRows(protocol).filter((row) => "units_from" in row);
  if (ranges.some((row) => row.units_from <= units && units <= row.units_to)) return true;
  return table(protocol).some((row) => row.units === units);
}

// The first dose is below every current consensus (clinical 2.3), and the mode is not ultrasound.
export function belowFloor(protocol, state) {
  const [floor, given] = [protocol.dosing.floor, doses(state)];
  if (given.length === 0 || protocol.dosing.mode === floor.unless_mode) return false;
  return given[0].data.units < floor.units;
}

// The printed rows for this dose: of the products in stock when that is known, in the approved dilution.
export function volumes(protocol, state, units) {
  const mixed = dilutions(protocol, areasNow(state));
  const rows = protocol.volumes.filter((row) => row.units === units && drawn(state, mixed, row));
  return rows.map((row) => ({
    product: row.product, dilution_ul: row.dilution_ul ?? null, volume_ul: row.volume_ul,
    containers: row.containers, text: row.text,
  }));
}

function drawn(state, mixed, row) {
  const stock = state.context.stock;
  const held = stock === null || stock.some((item) => item.product === row.product);
  return held && (!("dilution_ul" in row) || mixed.includes(row.dilution_ul));
}

// Default diluent volumes, µl: the one given for this number of areas, else all of the approved mode.
export function dilutions(protocol, count) {
  const [dilution, most] = [protocol.dilution, protocol.dosing.max_areas];
  const rows = dilution.defaults.filter((row) => row.mode === dilution.mode);
  const counted = count === null ? null : Math.min(count, most);
  const exact = rows.filter((row) => "areas" in row && row.areas === counted);
  return (exact.length > 0 ? exact : rows).map((row) => row.dilution_ul);
}

// The data of a dose_given for the next dose, as far as it is known; null while the units are not.
export function doseData(protocol, state, units) {
  if (units === null) return null;
  const [hand, counted] = [vial(state), latest(live(state, "areas_counted"))];
  let rows = volumes(protocol, state, units).filter((row) => row.product === hand.product);
  if (hand.dilution_ul !== null) rows = rows.filter((row) => row.dilution_ul === hand.dilution_ul);
  const row = rows.length === 1 ? rows[0] : { dilution_ul: hand.dilution_ul, volume_ul: null };
  const areas = counted !== null ? counted.data.areas ?? [] : [];
  const kept = { lot: hand.lot, lot_code: hand.lot_code, product: hand.product };
  return { units, ...kept, dilution_ul: row.dilution_ul, volume_ul: row.volume_ul, areas };
}

// The data of a vial_prepared: the first lot in stock, in the one approved dilution when there is one.
export function vialData(protocol, state, units) {
  const first = (state.context.stock ?? [])[0] ?? {};
  const named = {};
  for (const name of ["product", "lot", "lot_code", "expires_on"]) named[name] = first[name] ?? null;
  const rows = volumes(protocol, state, units).filter((row) => row.product === named.product);
  const row = rows.length === 1 ? rows[0] : { dilution_ul: null, volume_ul: null };
  return { ...named, units, dilution_ul: row.dilution_ul, volume_ul: row.volume_ul };
}

// The ampoule in hand: the last one prepared, else the only lot in stock.
function vial(state) {
  const [prepared, stock] = [latest(live(state, "vial_prepared")), state.context.stock ?? []];
  const named = prepared !== null && (prepared.data.lot !== null || prepared.data.product !== null);
  const source = named ? prepared.data : stock.length === 1 ? stock[0] : {};
  const held = {};
  for (const name of ["lot", "lot_code", "product", "dilution_ul"]) held[name] = source[name] ?? null;
  return held;
}

// When, after the last dose, an area grew or refill worsened at a point: then a repeat may come early.
export function worseMs(protocol, state) {
  const last = latest(live(state, "dose_given"));
  if (last === null) return null;
  const worse = byTime([...worsePoints(protocol, state, last), ...moreAreas(state, last)]);
  return worse.length > 0 ? worse[0].at_ms : null;
}

function worsePoints(protocol, state, last) {
  const before = points(protocol, state, last.at_ms);
  const after = live(state, "refill_checked").filter((fact) => before.size > 0 && fact.at_ms > last.at_ms);
  return after.filter((fact) => rank(protocol, state, fact.data) > (before.get(place(fact.data)) ?? 0));
}

function moreAreas(state, last) {
  const counts = live(state, "areas_counted");
  const before = areasOf(latest(counts.filter((fact) => fact.at_ms <= last.at_ms)));
  const after = counts.filter((fact) => fact.at_ms > last.at_ms);
  return after.filter((fact) => before !== null && (areasOf(fact) ?? 0) > before);
}

// Whole doses the stock still gives, counted in containers unless reuse is approved; null: stock not known.
export function roundsLeft(protocol, state) {
  if (state.context.stock === null) return null;
  const units = nextUnits(protocol, state) ?? largest(protocol);
  return pools(protocol, state).reduce((sum, pool) => sum + rounds(protocol, pool, units), 0);
}

// The largest dose of the approved mode, for counting rounds while the next one is not known.
function largest(protocol) {
  return Math.max(...[...table(protocol), ...modeRows(protocol)].map((row) => row.units ?? row.units_to));
}

function rounds(protocol, pool, units) {
  if (protocol.dilution.opened.reuse_h > 0) return Math.floor(Math.max(0, pool.units_left) / units);
  return Math.floor(Math.max(0, pool.containers_left) / containers(units, pool.size));
}

function containers(units, size) {
  return Math.floor((units + size - 1) / size);
}

// Stock by product, less what the doses took; a dose from a lot not listed comes off the first product.
function pools(protocol, state) {
  const held = new Map();
  for (const item of state.context.stock) {
    const [key, size] = [item.product ?? "", item.units_per_container];
    const pool = held.get(key) ?? { size, containers_left: 0, units_left: 0 };
    const more = { containers_left: pool.containers_left + item.containers,
                   units_left: pool.units_left + item.containers * size };
    held.set(key, { ...pool, ...more });
  }
  for (const dose of doses(state)) take(held, source(state, dose.data, held), dose.data.units);
  return [...held.values()];
}

function source(state, data, held) {
  for (const item of state.context.stock) {
    if (data.lot !== null && item.lot === data.lot) return item.product ?? "";
  }
  const named = data.product ?? "";
  return held.has(named) ? named : [...held.keys()][0] ?? null;
}

function take(held, key, units) {
  if (key !== null) {
    const pool = held.get(key);
    const used = { containers_left: pool.containers_left - containers(units, pool.size),
                   units_left: pool.units_left - units };
    held.set(key, { ...pool, ...used });
  }
}

// Pairs of equal doses or drugs so close that they may be one, not yet answered by a person.
export function duplicates(protocol, state) {
  const window = protocol.alarms.duplicate.seconds * SECOND;
  const facts = byTime(live(state, "dose_given", "drug_given"));
  const pairs = facts.flatMap((one, at) => facts.slice(at + 1).map((other) => [one, other]).filter(alike));
  const near = pairs.filter(([one, other]) => other.at_ms - one.at_ms <= window).map(([one, other]) => [one.id, other.id]);
  return near.filter((pair) => !resolved(state, pair));
}

function alike([one, other]) {
  if (one.type !== other.type) return false;
  const same = one.type === "dose_given" ? ["units"] : ["drug", "dose"];
  return same.every((name) => one.data[name] === other.data[name]);
}

function resolved(state, pair) {
  return state.resolved.some((answered) => answered.includes(pair[0]) && answered.includes(pair[1]));
}
