// The log in full, one entry with what can be put right, and what did not count or was not sent yet.
import { MINUTE } from "./clock.mjs";
import { actual } from "./drills.mjs";
import { button, h } from "./dom.mjs";
import { bundle } from "./handover.mjs";
import { eventWords, refusalWords } from "./logwords.mjs";
import { chip, field, group, submit, typedTime } from "./pieces.mjs";
import { lines, marked } from "./screen_log.mjs";
import { noticeNode, noticesOf } from "./screen_notices.mjs";

export function logPanel(app) {
  return { title: "Log", sign: () => lines(app), draw: () => [tabs(app, "log"), logList(app)] };
}

/** The tabs of steps, log and settings. */
export function tabs(app, current) {
  const names = [["steps", "All steps"], ["log", "Whole log"], ["settings", "This screen"], ["more", "More"]];
  return h("div", { class: "r-tabs" }, names.map(([name, label]) =>
    button(`tab-${name}`, { class: "r-tab", press: () => app.open(name), "aria-current": name === current ? "true" : null }, label)));
}

function logList(app) {
  return h("ul", { class: "r-fulllog" }, lines(app).map((row) => h("li", {},
    button(`entry-${row.id}`, { class: "r-entry", press: () => app.open("entry", row.id) },
      h("time", { class: "num", text: row.at }),
      h("span", {}, marked(row), [row.by, ...row.notes].map((note) => h("em", { text: note })))))));
}

export function entryPanel(app, id) {
  const row = () => lines(app).find((line) => line.id === id);
  return {
    title: "Entry", sign: () => row(),
    draw: () => (row() ? entry(app, id, row()) : []),
  };
}

function entry(app, id, row) {
  const notes = row.notes.map((note) => h("p", { class: "quiet", text: note }));
  return [h("p", { class: "r-read", text: `${row.at} ${row.text}` }), ...notes, ...acts(app, id, row)];
}

function acts(app, id, row) {
  const again = button("whole-log", { class: "r-submit", press: () => app.open("log") }, "Whole log");
  const times = timeGroup(app, id, row);
  if (row.fixed) return [times, again];
  if (row.struck) return [submit("Unstrike", () => app.strike(id, true)), again];
  const lot = row.type === "dose_given" && button("lot", { class: "r-submit", press: () => app.open("lot", id) }, "Lot of this dose");
  return [strikeGroup(app, id), times, lot, again];
}

function strikeGroup(app, id) {
  const why = field("Another reason");
  const other = () => (why.text() ? app.strike(id, false, why.text()) : why.complain("Type the reason."));
  const reasons = ["mis-tap", "told twice", "did not happen", "wrong details"];
  return h("section", {}, group("Strike, because", reasons.map((reason) => chip(`strike-${reason}`, reason[0].toUpperCase() + reason.slice(1), () => app.strike(id, false, reason)))),
    why.node, button("strike-other", { class: "r-submit", press: other }, "Strike with this reason"));
}

function timeGroup(app, id, row) {
  const fact = app.run.state.facts.find((each) => each.id === id);
  const change = (at) => app.tap(`time ${id} ${at}`, "time_changed", { event: id, at_ms: actual(app.run.state, at), reason: "happened earlier than recorded" });
  const typed = field("It happened at", { hint: "Hours and minutes, as 14:02", inputmode: "numeric" });
  const set = () => {
    const at = typedTime(typed.text(), app.run.now(), (ms) => app.at(ms));
    return at === null ? typed.complain("Type hours and minutes, as 14:02.") : change(at);
  };
  return h("section", {}, group("Change time", [1, 5].map((minutes) => chip(`minus-${minutes}`, `${minutes} min earlier`, () => change(fact.at_ms - minutes * MINUTE)))),
    typed.node, button("set-time", { class: "r-submit", press: set }, "Change to this time"),
    row.type === "emergency_started" && h("p", { class: "quiet", text: "All times of this emergency count from here." }));
}

export function refusedPanel(app) {
  return {
    title: "Entries that do not count", sign: () => app.run.refused().map((entry) => [entry.id, entry.state, entry.refusal]),
    draw: () => [
      h("p", { class: "r-hint", text: "They are kept, and the report shows them. Record again what did happen." }),
      h("ul", { class: "r-fulllog" }, app.run.refused().map((entry) => refusedRow(app, entry))),
    ],
  };
}

function refusedRow(app, entry) {
  const { event } = entry;
  const c = { protocol: app.run.protocol, people: app.run.about.people, facts: app.run.state.facts };
  const at = Number.isInteger(event.at_ms) ? app.at(event.at_ms, true) : "";
  return h("li", { class: "r-refused" }, h("time", { class: "num", text: at }),
    h("span", {}, eventWords(c, event), h("em", { text: `Does not count: ${refusalWords(entry)}` })), rescue(app, entry));
}

/** What the server does not hold can be sent once more, or told again as an entry of its own. Either leaves a note. */
function rescue(app, entry) {
  if (entry.cursor !== null || !/^refused:|^conflict$/.test(entry.state)) return null;
  const [label, press] = entry.state === "conflict"
    ? ["Tell it again", () => app.run.tellAgain(entry.id)]
    : ["Send again", () => app.run.sendAgain(entry.id)];
  return chip(`rescue-${entry.id}`, label, press);
}

export function noticesPanel(app) {
  return {
    title: "Notices", sign: (p) => noticesOf(app, p).map((notice) => notice.text),
    draw: (p) => [h("div", { class: "r-stack" }, noticesOf(app, p).map(noticeNode))],
  };
}

/** How safe the record is, in words, and the record itself as a file to take away. */
export function savedPanel(app) {
  const words = () => {
    const { unsent, unsaved, rejected, photos, durable, trouble } = app.run.saved();
    const refused = app.run.photos.refused().length;
    const where = durable ? "Every entry is on this tablet." : "This tablet cannot save. Keep this page open and write on paper too.";
    const server = unsent ? `${unsent} entries are not on the server yet. They are sent by themselves.` : rejected ? `${rejected} entries are only on this tablet: the server would not take them.` : "The server has every entry.";
    const why = { offline: "The server does not answer.", sign_in: "The server does not know this tablet. Sign in to send.", elsewhere: "This run belongs to another clinic.", revoked: "This tablet was revoked. What it records is still sent; it hears nothing of other tablets." }[trouble];
    return [where, unsaved && durable ? `${unsaved} are being written.` : null, server,
      photos ? `${photos} ${photos === 1 ? "photo waits" : "photos wait"} on this tablet. ${photos === 1 ? "It is" : "They are"} sent by ${photos === 1 ? "itself" : "themselves"}, after the entries.` : null,
      refused ? `${refused} ${refused === 1 ? "photo was" : "photos were"} not accepted by the server. ${refused === 1 ? "It stays" : "They stay"} on this tablet.` : null,
      why].filter(Boolean);
  };
  return {
    title: "Saved", sign: words,
    draw: () => [
      ...words().map((line) => h("p", { class: "r-read", text: line })),
      button("send", { class: "r-submit is-primary", press: () => app.run.sync.now() }, "Send now"),
      app.run.saved().trouble === "sign_in" && button("sign-in", { class: "r-submit", press: () => app.signIn() }, "Sign in"),
      button("file", { class: "r-submit", press: () => download(app) }, "Keep the record as a file"),
    ],
  };
}

/** The record as JSON on this device: the way out when nothing else works, and the way into another tablet. */
function download(app) {
  const file = new Blob([JSON.stringify(bundle(app.run, app.run.clock.readWall(), true), null, 1)], { type: "application/json" });
  const link = h("a", { href: URL.createObjectURL(file), download: `emergency-${app.run.id.slice(0, 8)}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60e3);
}
