// Two troubles at once: each open path keeps its own step and clock. Tabs on the step card look at the other one and
// answer it; what is urgent comes back by itself when another path opens.
import { minutes, HOUR, hms } from "./clock.mjs";
import { button, h, redraw, say } from "./dom.mjs";

const NOW = new Set(["due", "late"]);

/** The path the step card shows: the one chosen by a tap, else the urgent one. {id, title, since_ms, step} */
export function trackShown(p, chosen) {
  const tracks = p.tracks ?? [];
  const urgent = { id: p.branches.current, title: "", since_ms: p.started_ms, step: p.step };
  return tracks.find((track) => track.id === chosen) ?? tracks.find((track) => track.current) ?? urgent;
}

/** The tab's first line: "Vascular occlusion" without what follows; short for a phone. */
export function titleOf(track, narrow = false) {
  const title = track.title.split(" after ")[0];
  if (!narrow || track.id !== "main") return title;
  const last = title.split(" ").at(-1);
  return last[0].toUpperCase() + last.slice(1);
}

/** What is due on a path, by the timer that belongs to it; null while nothing is. */
export function dueOn(p, id) {
  const timers = {
    main: [["Dose", p.dose.status], ["Refill", p.refill.status]], vision: [["Eye check", p.branches.eyes?.status]],
    anaphylaxis: [["Adrenaline", p.branches.adrenaline?.status]],
  };
  const found = (timers[id] ?? []).find(([, status]) => NOW.has(status));
  return found ? `${found[0]} due` : null;
}

/** Draws the tabs while another path than the occlusion is open; true when they were redrawn. */
export function drawTracks(app, node, p, now) {
  const tracks = p.ended ? [] : p.tracks ?? [];
  const shown = app.track.id;
  node.hidden = tracks.length < 2;
  const rows = node.hidden ? [] : tracks.map((track) => ({ track, title: titleOf(track, app.narrow), due: dueOn(p, track.id), on: track.id === shown }));
  const drawn = redraw(node, rows.map(({ track, title, due, on }) => [track.id, title, due, on]), () => rows.map((row) => tab(app, row)));
  rows.forEach(({ track }, at) => say(node.children[at].querySelector("time"), sinceWords(now - track.since_ms)));
  return drawn;
}

const sinceWords = (ms) => (ms < HOUR ? minutes(ms) : hms(ms));

function tab(app, { track, title, due, on }) {
  return button(`track-${track.id}`, { class: `r-track ${due ? "is-due" : ""}`, press: () => app.look(track.id), "aria-pressed": String(on) },
    h("b", { text: title }), h("small", {}, h("time", { class: "num" }), due ? h("span", {}, h("span", { class: "r-long", text: " · " }), due) : h("span", { class: "r-long", text: ` · Step ${track.step.number} of ${track.step.of}` })));
}

const OPENERS = { vision_changed: "vision", eyes_checked: "vision", anaphylaxis_suspected: "anaphylaxis", collapse_noticed: "collapse", la_toxicity_suspected: "la_toxicity" };

/** The path an entry belongs to, for the log's mark: an id of `protocol.branches`, or null for the occlusion's own. */
export function trackOf(protocol, fact) {
  const { type, data } = fact;
  if (type === "branch_closed") return data.branch;
  if (type === "eyes_checked") return data.any === "yes" ? "vision" : null;
  if (OPENERS[type]) return OPENERS[type];
  if (type === "drug_given") return data.drug === protocol.branches.anaphylaxis?.adrenaline?.drug ? "anaphylaxis" : null;
  const named = (branch) => branch.steps.some((step) => step.id === data.step);
  return data.step ? Object.keys(protocol.branches).find((id) => named(protocol.branches[id])) ?? null : null;
}

/** The mark of an entry's path in the log; none where the entry itself names it. */
export function markWords(protocol, fact) {
  const id = OPENERS[fact.type] && fact.type !== "eyes_checked" ? null : trackOf(protocol, fact);
  return id && fact.type !== "branch_closed" ? protocol.branches[id]?.title ?? null : null;
}
