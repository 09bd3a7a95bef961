// A running emergency as another tablet takes it up: everything recorded, by which protocol, at what time. Pure.
// No name of the patient travels but those staff typed into entries; people and contacts are the other tablet's own.
import { SECOND } from "./clock.mjs";
import { Outbox } from "./outbox.mjs";
import * as reducer from "./reducer.mjs";

const FORMAT = "reflow-run-1";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const STATE = /^(unsent|stored|conflict|refused:.+)$/;
/** Said in an entry and looked for in it: to whom a run was handed over. */
export const OTHER_TABLET = "Another tablet";

/** The run as plain JSON. `wallMs` is what this tablet's own clock says now. */
export function bundle(run, wallMs, withProtocol) {
  const { about, protocol } = run;
  return {
    format: FORMAT, run: run.id, drill: about.drill === true, skew: about.skew ?? null, digest: protocol.digest ?? null,
    clinic: about.clinic ? { name: about.clinic.name ?? null, time_zone: about.clinic.time_zone ?? null } : null,
    now_ms: run.clock.now(), wall_ms: wallMs, protocol: withProtocol ? protocol : null,
    entries: everything(run.outbox).map(({ event, state, cursor }) => ({ event, state, cursor })),
  };
}

/** All entries, those that do not count too, in the order they are folded in. */
function everything(outbox) {
  const counted = outbox.ordered();
  const rest = [...outbox.entries.values()].filter((entry) => !counted.includes(entry));
  return [...counted, ...rest].filter((entry) => entry.seq !== null);
}

/**
 * What a bundle holds for a tablet with this kit: {run, drill, skew, protocol, clinic, entries, now_ms, wall_ms}, or
 * {problem}: "format" when it is no run of ours, "protocol" when nobody here knows what it follows.
 */
export function opened(value, kit) {
  const known = value?.format === FORMAT && UUID.test(value.run) && Array.isArray(value.entries) && value.entries.every(isEntry);
  if (!known || ![value.now_ms, value.wall_ms].every(Number.isFinite)) return { problem: "format" };
  const ours = value.digest && kit?.protocol?.digest === value.digest ? kit.protocol : null;
  const protocol = ours ?? value.protocol;
  if (!protocol?.steps) return { problem: "protocol" };
  const { run, drill, skew, clinic, now_ms, wall_ms } = value;
  return { run, drill: drill === true, skew: Number.isFinite(skew) ? skew : null, clinic, protocol, now_ms, wall_ms, entries: value.entries.map(asEntry) };
}

function isEntry(entry) {
  const { event, state, cursor } = entry ?? {};
  const whole = event && UUID.test(event.id) && typeof event.device === "string" && typeof event.type === "string" && typeof event.data === "object";
  return Boolean(whole && Number.isInteger(event.seq) && Number.isInteger(event.at_ms) && STATE.test(state) && (cursor === null || Number.isInteger(cursor)));
}

const asEntry = ({ event, state, cursor }) => ({ id: event.id, seq: event.seq, state, cursor, event });

/** What was handed over, in figures: {started_ms, elapsed_ms, doses, units, entries, unsent, ended}; null without a start. */
export function summary({ protocol, entries }, nowMs) {
  const outbox = new Outbox("");
  outbox.merge(entries);
  let state = reducer.startState(protocol);
  for (const entry of outbox.ordered()) {
    try {
      state = reducer.apply(protocol, state, entry.event);
    } catch {
      // it does not count there either: it travels, and the run shows it with its reason
    }
  }
  if (state.status === "idle") return null;
  const p = reducer.prompts(protocol, state, nowMs);
  return {
    started_ms: p.started_ms, elapsed_ms: p.elapsed_ms, doses: p.given.doses, units: p.given.units, ended: p.ended,
    entries: entries.length, unsent: outbox.unsent().length,
  };
}

/** The base of the giver's clock here, for a record file: told by the clocks of both tablets, never backwards. */
export function baseFromFile({ now_ms: now, wall_ms: wall }, clock) {
  return now + Math.max(0, clock.readWall() - wall) - clock.readMono();
}

/** How two clocks differ, in words for the log. */
export function apart(ms) {
  const seconds = Math.round(Math.abs(ms) / SECOND);
  if (!seconds) return "less than 1 second";
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}
