// What each event type carries. Twin of safety/emergency/shapes.py: same tables, same order. Pure.

export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

export const FIELDS = {
  emergency_started: { context: "any?", drill: "bool?", speed: "any?", surprises: "any?" },
  patient_named: { patient: "id?", text: "text?" },
  recorder_named: { member: "id?", text: "text?" },
  step_done: { step: "id", answer: "id?" },
  step_skipped: { step: "id", reason: "reason" },
  eyes_checked: { any: "tri", answers: "tris?" },
  sign_seen: { sign: "id", point: "id?", side: "side?" },
  sign_gone: { sign: "id", point: "id?", side: "side?" },
  areas_counted: { areas: "ids?", count: "nat?" },
  stage_assessed: { stage: "id", point: "id?" },
  refill_checked: {
    point: "id?", side: "side?", result: "result", refill_ds: "nat?", mirror_ds: "nat?",
    baseline_ds: "nat?",
  },
  pain_scored: { score: "score" },
  kit_fetched: { kit: "id?" },
  vial_prepared: {
    product: "id?", lot: "id?", lot_code: "text?", expires_on: "day?", diluent: "id?",
    dilution_ul: "nat?", units: "nat?", volume_ul: "nat?", read_by: "text?",
  },
  dose_given: {
    units: "amount", lot: "id?", lot_code: "text?", product: "id?", dilution_ul: "nat?",
    volume_ul: "nat?", areas: "ids?", by: "text?", given: "bool?",
  },
  photo_taken: { view: "id?", point: "id?", photo: "id?", sha256: "id?" },
  call_made: { to: "id", name: "text?", phone: "text?", outcome: "id?", advice: "text?" },
  drug_given: { drug: "id", dose: "text?", route: "text?", lot_code: "text?", by: "text?", given: "bool?" },
  aspirin_decided: { decision: "id", reason: "text?", dose: "text?", blocks: "ids?" },
  note_written: { text: "id" },
  vision_changed: { sign: "id?", eye: "side?", text: "text?" },
  anaphylaxis_suspected: { sign: "id?", text: "text?" },
  collapse_noticed: { sign: "id?", text: "text?" },
  la_toxicity_suspected: { sign: "id?", text: "text?" },
  presentation_named: { presentation: "presentation" },
  lone_named: { alone: "bool" },
  branch_closed: { branch: "branch", reason: "reason" },
  decision_made: { about: "id", decision: "id", reason: "text?", by: "text?" },
  endpoint_observed: {
    met: "bool", refill_normal: "bool?", colour_normal: "bool?", pain_gone: "bool?", swelling_gone: "bool?",
  },
  entry_struck: { event: "id", reason: "reason" },
  strike_undone: { event: "id", reason: "text?" },
  time_changed: { event: "id", at_ms: "ms", reason: "reason", was: "id?" },
  details_added: { event: "id", details: "object", was: "id?" },
  duplicate_resolved: { events: "pair", void: "id?", reason: "text?" },
  conflict_resolved: { events: "pair", keep: "id", reason: "text?" },
  handover_given: { to: "text?", name: "text?" },
  emergency_ended: { reason: "id", why: "text?", patient_state: "text?", review_on: "day?" },
  emergency_reopened: { reason: "reason" },
  made_real: { context: "any?" },
  surprise_shown: { surprise: "id", stock: "any?" },
};

export const CONTEXT = {
  treatment: "id?", patient: "id?", born_on: "day?", areas: "ids?", product_class: "id?",
  brand: "text?", lot_code: "text?", amount_ul: "nat?", injected_at_ms: "ms?", prescriber: "text?",
  flags: "any?", stock: "any?", contacts: "any?", baselines: "any?",
};
export const ROWS = {
  flags: { code: "id", text: "text?" },
  stock: {
    lot: "id?", lot_code: "text?", product: "id?", product_name: "text?", units_per_container: "amount",
    containers: "nat", units: "nat?", expires_on: "day?",
  },
  contacts: { name: "text?", role: "id?", phone: "text?" },
  baselines: { point: "id", side: "side?", refill_ds: "nat?" },
};

const BRANCHES = ["vision", "anaphylaxis", "collapse", "la_toxicity"];
const GREATEST = 9999999;
const LAST_MS = 4503599627370496;
const DAY = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/;
const HALF_PAIR = /[\uD800-\uDFFF]/u;

export const get = (data, name) => (Object.hasOwn(data, name) ? data[name] : null);
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
export const isInt = (value, least, most) => Number.isInteger(value) && least <= value && value <= most;
export const isText = (value) => typeof value === "string" && !HALF_PAIR.test(value);
export const isSaid = (value) => isText(value) && /[^ \t\r\n]/.test(value);
const isList = (value, check) => Array.isArray(value) && value.every(check);
const isOne = (value, ...allowed) => typeof value === "string" && allowed.includes(value);

function isAnswers(value) {
  return isObject(value) && Object.keys(value).every((key) => !/[^\x00-\x7f]/.test(key) && KINDS.tri(value[key]));
}

export const KINDS = {
  any: () => true,
  object: isObject,
  bool: (value) => typeof value === "boolean",
  id: isSaid,
  text: isText,
  reason: isSaid,
  nat: (value) => isInt(value, 0, GREATEST),
  amount: (value) => isInt(value, 1, GREATEST),
  score: (value) => isInt(value, 0, 10),
  ms: (value) => isInt(value, 0, LAST_MS),
  day: (value) => isText(value) && DAY.test(value),
  ids: (value) => isList(value, isSaid),
  pair: (value) => isList(value, isSaid) && value.length === 2 && value[0] !== value[1],
  tri: (value) => isOne(value, "yes", "no", "unknown"),
  tris: isAnswers,
  side: (value) => isOne(value, "left", "right", "both", "mid"),
  result: (value) => isOne(value, "normal", "slow", "none"),
  branch: (value) => isOne(value, ...BRANCHES),
  presentation: (value) => isOne(value, "during", "late", "phone"),
};

// The known fields of `data`, missing ones null. Refuses bad_data, reason_missing.
export function clean(fields, data) {
  if (!isObject(data)) throw new Refused("bad_data");
  return Object.fromEntries(Object.keys(fields).map((name) => [name, field(fields[name], get(data, name))]));
}

function field(kind, value) {
  if (value === null && kind.endsWith("?")) return null;
  if (kind === "reason" && (value === null || isText(value)) && !isSaid(value)) throw new Refused("reason_missing");
  if (!KINDS[kind.replace("?", "")](value)) throw new Refused("bad_data");
  return value;
}

// The usable parts of a start's context, and whether all of it was usable: a start is never refused for it.
export function cleanContext(context) {
  const given = isObject(context) ? context : {};
  const kept = {};
  for (const name of Object.keys(CONTEXT)) kept[name] = fits(CONTEXT[name], get(given, name)) ? get(given, name) : null;
  let whole = (context === null || isObject(context)) && Object.keys(kept).every((name) => kept[name] === get(given, name));
  for (const name of Object.keys(ROWS)) {
    const [rows, allFit] = cleanRows(ROWS[name], kept[name]);
    kept[name] = rows;
    whole = whole && allFit;
  }
  return [kept, whole];
}

function cleanRows(fields, rows) {
  if (rows === null) return [null, true];
  if (!Array.isArray(rows)) return [null, false];
  const fitting = rows.filter((row) => rowFits(fields, row));
  const cut = (row) => Object.fromEntries(Object.keys(fields).map((name) => [name, get(row, name)]));
  return [fitting.map(cut), fitting.length === rows.length];
}

function rowFits(fields, row) {
  return isObject(row) && Object.keys(fields).every((name) => fits(fields[name], get(row, name)));
}

function fits(kind, value) {
  return value !== null ? KINDS[kind.replace("?", "")](value) : kind.endsWith("?");
}
