// What comes after: until when the endpoint must hold, the earliest moment to leave, and when the patient is seen again.
import { h, icon } from "./dom.mjs";

const KINDS = { phone: "tel", visit: "person", photo: "cam" };

export function afterPanel(app) {
  return {
    title: "Observation and follow-up", sign: (p) => [p.leave ?? null, p.follow_ups ?? null, p.end.criteria],
    draw: (p) => [leaveNode(app, p), followNode(app, p)],
  };
}

/** "Endpoint since 14:09, held until 15:09. Earliest discharge 15:40." */
export function leaveWords(app, leave) {
  if (!leave || leave.endpoint_ms === null) return ["Refill, colour and pain are not all normal yet. Observation has not begun."];
  const held = leave.held ? `held since ${app.at(leave.endpoint_ms)}` : `must hold until ${app.at(leave.held_until_ms)}`;
  return [`Refill, colour and pain normal: ${held}.`, `Earliest discharge ${app.at(leave.earliest_ms)}, if nothing returns.`];
}

function leaveNode(app, p) {
  return h("section", { class: "r-group" }, h("h3", { text: "Before leaving" }), leaveWords(app, p.leave).map((text) => h("p", { class: "r-read", text })));
}

function followNode(app, p) {
  const rows = p.follow_ups ?? [];
  return rows.length > 0 && h("section", { class: "r-group" }, h("h3", { text: "Follow-up" }), h("ul", { class: "r-criteria" }, rows.map((row) =>
    h("li", {}, icon(KINDS[row.kind] ?? "clock"), h("span", {}, row.text, h("small", { text: row.at_ms === null ? whenKnown(row) : `${app.date(row.at_ms)}, ${app.at(row.at_ms)}` }))))));
}

const whenKnown = (row) => (row.kind === "phone" ? "Counts from discharge" : "Only while skin is broken");
