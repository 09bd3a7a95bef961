// The log beside the step: newest entry on top with Strike, nothing that vanishes by itself.
import { button, h, redraw } from "./dom.mjs";
import { factWords, recorderOf, whoDid } from "./logwords.mjs";
import { markWords } from "./screen_tracks.mjs";

/** Every fact as a line, newest first: {id, type, at, text, notes, struck, fixed, saved}. */
export function lines(app, most = Infinity) {
  const { run } = app;
  const { facts, changes } = run.state;
  const people = run.about.people;
  const c = { protocol: run.protocol, people, facts, recorder: recorderOf(people, facts) };
  const order = facts.map((fact, at) => [fact, at]).sort((a, b) => b[0].recorded_ms - a[0].recorded_ms || b[1] - a[1]);
  return order.slice(0, most).map(([fact]) => line(app, c, fact, changes));
}

function line(app, c, fact, changes) {
  const entry = app.run.outbox.entries.get(fact.id);
  return {
    id: fact.id, type: fact.type, at: app.at(fact.at_ms, true), short: app.at(fact.at_ms), text: factWords(c, fact),
    notes: notesOf(app, c, fact, changes, entry), struck: Boolean(fact.struck), fixed: FIXED.has(fact.type),
    by: whoDid(c, fact.actor ?? entry?.event.actor), track: markWords(app.run.protocol, fact),
  };
}

/** The line's words with the mark of its path in front. */
export function marked(row) {
  const text = row.struck ? h("s", { text: row.text }) : row.text;
  return [row.track && h("span", { class: "r-mark", text: row.track }), text];
}

const FIXED = new Set(["emergency_started", "emergency_ended", "emergency_reopened", "made_real"]);

function notesOf(app, c, fact, changes, entry) {
  const notes = [];
  if (fact.struck) notes.push(`Struck ${app.at(fact.struck.at_ms, true)}, ${whoDid(c, fact.struck.actor)}: ${fact.struck.reason}`);
  if (fact.at_ms !== fact.recorded_ms) notes.push(`Recorded ${app.at(fact.recorded_ms)}, happened ${app.at(fact.at_ms)}`);
  const added = changes.filter((change) => change.type === "details_added" && change.data.event === fact.id).length;
  if (added) notes.push(added === 1 ? "Details added" : `Details added ${added} times`);
  if (fact.flags.includes("not_in_protocol")) notes.push("Not in the approved protocol");
  if (fact.flags.includes("after_end")) notes.push("After the end");
  if (fact.flags.includes("in_drill")) notes.push(fact.data.given ? "In the drill, really given" : "In the drill, does not count");
  if (app.early === fact.id && !fact.struck) notes.push("Before it was due. Given now?");
  if (app.once === fact.id) notes.push("Counted once");
  if (entry && !entry.saved && entry.state === "unsent") notes.push(app.run.durable ? "Saving" : "On this page only");
  return notes;
}

const SHOWN = 6;

export function drawLog(app, node) {
  const newest = lines(app, SHOWN);
  return redraw(node, newest, () => rows(app, newest));
}

function rows(app, shown) {
  return h("ul", {}, shown.map((row, at) => h("li", { class: at ? "" : "is-new" }, words(app, row), at === 0 && strike(app, row))));
}

function words(app, row) {
  return button(`entry-${row.id}`, { class: "r-entry", press: () => app.open("entry", row.id) },
    h("time", { class: "num" }, h("span", { class: "r-long", text: row.at }), h("span", { class: "r-short", text: row.short })),
    h("span", {}, marked(row), row.notes.map((note) => h("em", { text: note }))));
}

function strike(app, row) {
  if (row.fixed) return null;
  const word = row.struck ? "Unstrike" : "Strike";
  return button("strike", { class: "r-strike", press: () => app.strike(row.id, row.struck), "aria-label": `${word}: ${row.text}` }, word);
}

/** Every row again, before it is seen what fits. */
export function unfit(node) {
  for (const row of node.querySelectorAll("li")) row.hidden = false;
}

/** Rows that do not fit whole are left out, so that nothing is cut through. */
export function fit(node) {
  const room = node.getBoundingClientRect();
  if (!room.height) return;
  const shown = [...node.querySelectorAll("li")];
  unfit(node);
  for (const row of shown.slice(1)) row.hidden = row.getBoundingClientRect().bottom > room.bottom + 0.5;
}
