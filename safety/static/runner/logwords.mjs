// What the log says about a fact. Pure. Clinical words come from the protocol; these are the words round them.
import { day } from "./clock.mjs";
import { stands } from "./facts.mjs";

const SIDES = { left: "left", right: "right", both: "both sides", mid: "middle" };

/** The name of a point of the face, or null. */
export function pointName(protocol, id) {
  const { list, other_points: others } = protocol.counting_areas;
  return [...list, ...others].find((row) => row.id === id)?.name ?? null;
}

/** "1.5 seconds" from tenths; whole seconds without a zero. */
export const seconds = (ds) => (ds === 10 ? "1 second" : `${ds % 10 ? (ds / 10).toFixed(1) : ds / 10} seconds`);

/** "0.5 millilitres" from microlitres. */
export const millilitres = (ul) => `${String(ul / 1e3)} millilitres`;

/** All steps and criteria a fact may name. */
function stepOf(protocol, id) {
  const branches = Object.values(protocol.branches).flatMap((branch) => branch.steps);
  return [...protocol.steps, ...branches, ...protocol.observation.criteria].find((row) => row.id === id);
}

/** The first sentence of a step, without places for figures. */
export function brief(text) {
  const first = /^[^.?]+[.?]?/.exec(text)?.[0].trim() ?? text;
  return first.includes("{") ? first.replace(/\s*\{[^}]*\}\s*/g, " ").trim() : first;
}

function named(rows, id) {
  const row = rows.find((each) => each.id === id);
  return row?.label ?? row?.name ?? row?.text ?? id;
}

function dosesBefore(fact, facts) {
  const index = facts.indexOf(fact);
  const earlier = (other, at) => other.at_ms < fact.at_ms || (other.at_ms === fact.at_ms && at < index);
  return facts.filter((other, at) => other.type === fact.type && stands(other) && other !== fact && earlier(other, at)).length;
}

const practised = (fact) => Boolean(fact.flags?.includes("in_drill")) && fact.data.given !== true;
const lower = (text) => (/^[A-Z][a-z]/.test(text) ? text[0].toLowerCase() + text.slice(1) : text);
const list = (...parts) => parts.filter(Boolean).join(", ");

function place(protocol, data) {
  const point = pointName(protocol, data.point);
  return list(point && lower(point), SIDES[data.side]);
}

function answered(protocol, data) {
  const step = stepOf(protocol, data.step);
  if (!step) return data.step;
  const label = (step.answers || protocol.hypersensitivity?.answers || []).find(
    (row) => (row.data?.answer ?? row.key) === data.answer,
  )?.label;
  return label ? `${brief(step.text)} ${label}` : `Done: ${lower(brief(step.text))}`;
}

function personName(people, data) {
  return people.find((row) => row.id === data.member)?.name || data.text || "not named";
}

function areas(protocol, data) {
  const names = (data.areas || []).map((id) => lower(pointName(protocol, id) ?? id));
  const count = names.length || data.count || 0;
  return list(`${count} ${count === 1 ? "area" : "areas"} affected`, names.join(", "));
}

const SAY = {
  emergency_started: (c, data) => (data.drill ? "Drill started" : "Emergency started"),
  patient_named: (c, data) => `Patient: ${data.text || "named"}`,
  recorder_named: (c, data) => `Recorder: ${personName(c.people, data)}`,
  step_done: (c, data) => answered(c.protocol, data),
  step_skipped: (c, data) => `Not done: ${lower(brief(stepOf(c.protocol, data.step)?.text ?? data.step))} ${data.reason}`,
  eyes_checked: (c, data) => `Eyes and brain check: ${{ yes: "yes", no: "no to all", unknown: "not known" }[data.any]}`,
  sign_seen: (c, data) => list(`Seen: ${lower(named(c.protocol.signs, data.sign))}`, place(c.protocol, data)),
  sign_gone: (c, data) => list(`Gone: ${lower(named(c.protocol.signs, data.sign))}`, place(c.protocol, data)),
  areas_counted: (c, data) => areas(c.protocol, data),
  stage_assessed: (c, data) => `Stage ${named(c.protocol.stages, data.stage)}`,
  refill_checked: (c, data) =>
    list(`Refill ${lower(c.protocol.words[`refill_${data.result}`])}`, place(c.protocol, data),
      data.refill_ds != null && seconds(data.refill_ds), data.mirror_ds != null && `other side ${seconds(data.mirror_ds)}`),
  pain_scored: (c, data) => `Pain ${data.score} of 10`,
  kit_fetched: () => "Emergency kit is here",
  vial_prepared: (c, data) => list("Vial ready", data.product && named(c.protocol.products, data.product), data.lot_code && `lot ${data.lot_code}`),
  dose_given: (c, data, fact) =>
    list(practised(fact) ? "Practice dose" : `Dose ${dosesBefore(fact, c.facts) + 1} given`, `${data.units} units`, data.lot_code && `lot ${data.lot_code}`,
      data.volume_ul != null && millilitres(data.volume_ul)),
  photo_taken: (c, data, fact) =>
    list(`Photo ${dosesBefore(fact, c.facts) + 1}`, data.view && lower(named(c.protocol.photos, data.view)), place(c.protocol, data)),
  call_made: (c, data) => list(`Call: ${lower(named(c.protocol.calls, data.to))}`, data.name, OUTCOMES[data.outcome], data.advice),
  drug_given: (c, data) => list(named(c.protocol.drugs, data.drug), data.dose, data.route),
  aspirin_decided: (c, data) => list(`${named(c.protocol.drugs, "aspirin")}: ${data.decision.replaceAll("_", " ")}`, data.reason,
    ...(data.blocks ?? []).map((id) => lower(named(c.protocol.adjuncts?.aspirin?.blocks ?? [], id)))),
  note_written: (c, data) => data.text,
  vision_changed: () => "Vision change",
  anaphylaxis_suspected: () => "Anaphylaxis suspected",
  collapse_noticed: () => "Collapse",
  la_toxicity_suspected: () => "Anaesthetic toxicity suspected",
  presentation_named: (c, data) => CAME[data.presentation],
  lone_named: (c, data) => (data.alone ? "Alone, no prescriber" : "No longer alone"),
  branch_closed: (c, data) => `${c.protocol.branches[data.branch].title} path closed: ${data.reason}`,
  decision_made: (c, data) => list(`Decision: ${data.decision.replaceAll("_", " ")}`, data.reason, data.by),
  endpoint_observed: (c, data) => (data.met ? "Refill, colour and pain all normal" : "Not all normal yet"),
  handover_given: (c, data) => list("Handed over", data.to, data.name),
  emergency_ended: (c, data) => list(`Ended: ${lower(named(c.protocol.end.reasons, data.reason))}`, data.why),
  emergency_reopened: (c, data) => `Reopened: ${data.reason}`,
  made_real: () => "Made real: the drill is an emergency from here on",
  surprise_shown: (c, data) => `Surprise: ${data.surprise.replaceAll("_", " ")}`,
};

const CAME = { during: "During treatment", late: "Came back later", phone: "On the phone" };

export const OUTCOMES = { answered: "answered", no_answer: "no answer" };

/** One line for a fact. `c`: {protocol, people, facts}. */
export function factWords(c, fact) {
  const say = SAY[fact.type];
  return say ? say(c, fact.data, fact) : fact.type.replaceAll("_", " ");
}

/** What a refused or corrected event was, for the list of what did not count. */
export function eventWords(c, event) {
  const plain = event.type?.replaceAll?.("_", " ") ?? "unreadable entry";
  try {
    return factWords(c, { struck: null, ...event }) || plain;
  } catch {
    return plain; // what was refused may hold anything
  }
}

const CODES = {
  not_started: "the start is missing", known: "already recorded", bad_data: "it could not be read",
  unknown_type: "this kind of entry is not known", seq_taken: "its number was used before", ended: "the run had ended",
  not_a_drill: "this was never a drill", reason_missing: "a reason is needed", in_the_future: "the time lies ahead", already_struck: "it was struck before",
  cannot_strike: "this entry cannot be struck", unknown_event: "the entry it names is not known",
  not_in_protocol: "the protocol does not list it", conflict: "the server holds another version of it",
  http_400: "the server could not read it", http_413: "it is too large for the server", http_422: "the server would not take it",
};

/** Why an entry does not count, in words. */
export function refusalWords(entry) {
  const code = entry.refusal || entry.state.replace(/^refused:/, "");
  return CODES[code] || code.replaceAll("_", " ");
}

/** "R. Shah" from "Riya Shah"; titles stay: "Dr Okafor". */
export function shortName(name) {
  const words = (name || "").split(" ").filter(Boolean);
  if (words.length < 2 || /^(dr|prof|mr|mrs|ms|miss)\.?$/i.test(words[0])) return words.join(" ");
  return `${words[0][0]}. ${words.at(-1)}`;
}

/** Who recorded: the person signed in, else the recorder named by then, else the tablet. */
export function whoDid(c, actor) {
  const person = c.people.find((row) => row.id === actor);
  if (person) return shortName(person.name);
  return c.recorder ? shortName(c.recorder) : "this tablet";
}

/** Name of the recorder named last, or null. */
export function recorderOf(people, facts) {
  const last = facts.filter((fact) => fact.type === "recorder_named" && !fact.struck).at(-1);
  return last ? personName(people, last.data) : null;
}

/** "Sample Patient, born 12 Mar 1991" and "Upper lip · Juvederm"; each may be empty. */
export function patientWords(protocol, facts, context) {
  const told = facts.filter((fact) => fact.type === "patient_named" && stands(fact)).at(-1);
  const name = told?.data.text || context.patient_name || null;
  const areas = (context.areas || []).map((id) => pointName(protocol, id) ?? id);
  const where = areas.length > 2 ? `${areas[0]} and ${areas.length - 1} more areas` : areas.join(", ");
  const product = [context.brand, context.lot_code && `lot ${context.lot_code}`].filter(Boolean).join(", ");
  return { name, born: context.born_on ? day(context.born_on) : null, where, product };
}
