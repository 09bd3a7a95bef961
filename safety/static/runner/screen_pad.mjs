// The log pad: each button says what happened and shows its last value. Order never changes.
import { button, h, icon, redraw } from "./dom.mjs";
import { stands } from "./facts.mjs";

const NOW = new Set(["due", "late"]);

export function drawPad(app, node, p) {
  const keys = padOf(app, p);
  return redraw(node, keys, () => [
    h("div", { class: "r-main" }, key(app, keys[0]), button("dose-more", { class: "r-dosemore", press: () => app.open("dose") }, h("span", { text: "Lot, amount" }), icon("next"))),
    ...keys.slice(1).map((row) => key(app, row)),
    button("normal", { class: "r-key is-normal", press: () => app.setLarge(false) }, icon("back"), h("span", { text: "Back to run" })),
    button("more", { class: "r-key is-more", press: () => app.open("more") }, icon("more"), h("span", { text: "More" })),
  ]);
}

function key(app, row) {
  return button(row.key, { class: `r-key is-${row.key} ${row.look}`, press: () => app.press(row.key) },
    icon(row.icon), h("span", {}, row.label, row.rest && h("span", { class: "r-long", text: row.rest }), h("small", { text: row.last }), row.rounds && roundsNode(row.rounds)));
}

/** Rounds left stand at the dose at all times; the last ones with a shape and a word of their own. */
function roundsNode({ left, few }) {
  const words = `${left === 0 ? "No" : left} ${left === 1 ? "round" : "rounds"} left`;
  return h("small", { class: `r-rounds ${few ? "is-few" : ""}` }, few && icon("half"), words);
}

/** The pad in words: what each key says now. The first is the dose, calm until its time nears. */
export function padOf(app, p) {
  const { facts } = app.run.state;
  const last = (...types) => facts.filter((fact) => types.includes(fact.type) && stands(fact)).at(-1);
  return [
    doseKey(app, p),
    { key: "refill", icon: "ref", label: "Refill", look: NOW.has(p.refill.status) ? "is-due" : "", last: refillLast(app, p) },
    { key: "photo", icon: "cam", label: "Photo", look: "", last: p.counts.photos ? `${p.counts.photos} taken` : "None yet" },
    { key: "symptom", icon: "sym", label: "Symptom", look: "", last: "Pain, colour…" },
    { key: "call", icon: "tel", label: "Call", rest: " made", look: "", last: lastAt(app, last("call_made")) },
    { key: "note", icon: "note", label: "Note", look: "", last: "Type or speak" },
    { key: "drug", icon: "drug", label: "Other drug", look: "", last: lastAt(app, last("drug_given", "aspirin_decided")) },
  ];
}

function doseKey(app, p) {
  const { dose } = p;
  const looks = { soon: "is-soon", due: "is-due", late: "is-due" };
  const units = dose.units === null ? null : `${dose.units} units`;
  const due = dose.due_ms === null ? dose.text : NOW.has(dose.status) ? "due now" : `due ${app.at(dose.due_ms)}`;
  return { key: "dose", icon: "syr", label: dose.label, look: p.ended ? "" : looks[dose.status] || "",
    rounds: p.rounds_left === null ? null : { left: p.rounds_left, few: p.send_for_more }, last: units ? `${units}${dose.due_ms === null ? "" : `, ${due}`}` : "Choose the units" };
}

function refillLast(app, p) {
  const { last } = p.refill;
  return last ? `${app.run.protocol.words[`refill_${last.result}`]}, ${app.at(last.at_ms)}` : "Not checked";
}

function lastAt(app, fact) {
  return fact ? `Last ${app.at(fact.at_ms)}` : "None yet";
}

/** The bottom rail: what must be reached from anywhere in one tap. */
export function drawRail(app, node, p) {
  const open = p.branches;
  const paths = app.run.protocol.branches;
  return redraw(node, [open.vision, open.anaphylaxis, open.collapse, p.ended], () => [
    escalate(app, "vision", "eye", "Vision change", open.vision),
    escalate(app, "anaphylaxis", "tri", "Anaphylaxis", open.anaphylaxis),
    paths.collapse && escalate(app, "collapse", "down", ["Collapse", h("span", { class: "r-roomy", text: " or faint" })], open.collapse),
    button("ambulance", { class: "r-esc is-wide", press: () => app.open("ambulance") }, icon("tel"), h("span", { text: "Call ambulance" })),
    h("span", { class: "r-gap" }),
    button("handover", { class: "r-quiet", press: () => app.open("handover") }, "Hand over"),
    button("end", { class: "r-quiet", press: () => app.open(p.ended ? "reopen" : "end") }, p.ended ? "Reopen" : "End…"),
  ]);
}

function escalate(app, key, name, label, since) {
  const small = since ? h("small", { text: `Since ${app.at(since)}` }) : null;
  return button(key, { class: `r-esc ${since ? "is-open" : ""}`, press: () => app.press(key) }, icon(name), h("span", {}, label, small));
}
