// What must be seen and is not the step: troubles a tap mends, questions, warnings of the protocol.
import { daylightWords, skewWords } from "./clockwords.mjs";
import { button, h, icon, redraw, say } from "./dom.mjs";
import { practisedNotices } from "./drill_card.mjs";
import { fill } from "./facts.mjs";
import { OTHER_TABLET } from "./handover.mjs";
import { dueWords, telOf } from "./panels_call.mjs";

const NOW = new Set(["due", "late"]);

/** All notices, most urgent first: {key, kind, text, acts: [{key, label, press}]}. */
export function noticesOf(app, p) {
  const warned = warnings(app, p);
  const [stop, check] = [warned.filter(({ kind }) => kind === "stop"), warned.filter(({ kind }) => kind !== "stop")];
  return [...troubles(app), ...practisedNotices(app, p), ...questions(app, p), ...stop, ...others(app), ...check, ...rechecks(app, p), ...refused(app), ...unapproved(app), ...clocks(app), ...handedOver(app)];
}

function troubles(app) {
  const { run } = app;
  const saved = run.saved();
  const found = [];
  if (!saved.durable) found.push({ key: "disk", kind: "stop", text: "This tablet cannot save. Keep this page open and write on paper too.", acts: [{ key: "paper", label: "Paper card", href: "/paper/vo.pdf" }] });
  if (saved.trouble === "sign_in") found.push({ key: "signin", kind: "check", text: "Not sent: this tablet is not known.", acts: [{ key: "sign-in", label: "Sign in", press: () => app.signIn() }] });
  if (app.sound.state(run.clock.readMono()) === "off") found.push({ key: "sound", kind: "check", text: "Sound is off.", acts: [{ key: "arm", label: "Tap here for sound", press: () => app.mend("sound") }] });
  return found;
}

/** What is said of the clocks: changed here, unlike the server's, or moved by daylight saving. */
export function clockNotices(app) {
  const { run } = app;
  const note = (key, text) => text && { key: `clock-${key}`, kind: "note", text };
  const moved = run.clockMoved ? "The clock of this tablet was changed. Times here go on from the start." : null;
  const { clock, about } = run;
  const skew = clock.knowsServer ? skewWords(clock.readWall(), clock.now(), about.skew || 0) : null;
  return [note("moved", moved), note("skew", skew), note("zone", daylightWords(about.clinic?.time_zone, run.state.started_ms, clock.now()))].filter(Boolean);
}

/** The same as notices, until somebody has seen them; they stay under All steps, This screen. */
function clocks(app) {
  const seen = (notice) => () => { app.seen.add(notice.text); app.draw(); };
  return clockNotices(app).filter((notice) => !app.seen.has(notice.text)).map((notice) => ({ ...notice, acts: [{ key: notice.key, label: "Seen", press: seen(notice) }] }));
}

/** A call without answer starts the wait for the next: who it is, and how long until then. */
function unanswered(app, { waiting, next }, text) {
  const due = NOW.has(waiting.status);
  return { key: `call ${waiting.since_ms} ${due}`, kind: due ? "stop" : "check", text, count: waiting.due_ms, acts: [callAct(app, next, "Call")] };
}

/** Calls in one tap where a number is known, and opens the list to say what came of it. */
function callAct(app, contact, label) {
  const phone = contact?.phone && !app.run.state.drill ? telOf(contact.phone) : null;
  return { key: `call-${contact?.to ?? "next"}`, label, href: phone, press: () => app.open("call") };
}

function rechecks(app, p) {
  const due = p.recheck?.checks.find((check) => !check.done);
  return due ? [{ key: `recheck ${due.due_ms} ${due.status}`, kind: NOW.has(due.status) ? "check" : "note", text: `No occlusion signs now. Check again at ${app.at(due.due_ms)}.` }] : [];
}

function questions(app, p) {
  return p.questions.map((question) => ({ key: question.events.join(), kind: "check", text: question.text, acts: (ASKED[question.kind] ?? duplicate)(app, question) }));
}

function duplicate(app, { events }) {
  return [
    { key: "same", label: "Same", press: () => app.resolve(events, events[1]) },
    { key: "second", label: "Second", press: () => app.resolve(events, null) },
  ];
}

/** Two corrections of one entry made apart: both stay until somebody says which holds. */
function conflict(app, { events }) {
  const { changes } = app.run.state;
  return events.map((id) => ({
    key: `keep-${id}`, label: `Keep ${corrected(app, changes.find((change) => change.id === id))}`,
    press: () => app.tap(`keep ${events.join()}`, "conflict_resolved", { events, keep: id }),
  }));
}

const ASKED = { conflict };

/** What a correction says, short enough for a button: 14:02, or the details it brought. */
export function corrected(app, change) {
  if (change?.type === "time_changed") return app.at(change.data.at_ms, true);
  const told = Object.values(change?.data.details ?? {}).filter((value) => value !== null && typeof value !== "object");
  return told.length ? told.join(", ") : "this one";
}

function others(app) {
  return app.others().map((run) => ({
    key: run.id, kind: "note", text: `Emergency already running${run.room ? ` in ${run.room}` : ""} since ${app.at(run.started_ms)}.`,
    acts: [{ key: "join", label: "Join it", press: () => app.join(run) }, { key: "not-join", label: "Keep both", press: () => app.keepBoth(run) }],
  }));
}

const STOP = new Set(["airway", "vision", "refer", "flag", "allergy"]);

function warnings(app, p) {
  const { waiting, next } = p.calls ?? {};
  const asks = waiting ? fill(app.run.protocol.words.banner_no_answer, { name: waiting.name, next: next.name }) : null;
  const more = (banner) => banner.kind === "stock" && p.supply?.contact;
  return p.banners.map((banner) => (banner.text === asks ? unanswered(app, p.calls, asks) : {
    key: banner.text, kind: STOP.has(banner.kind) ? "stop" : "check", text: banner.text,
    acts: more(banner) ? [callAct(app, p.supply.contact, app.narrow ? "Call" : `Call ${p.supply.contact.name}`)] : undefined,
  }));
}

function refused(app) {
  const count = app.run.refused().length;
  if (!count) return [];
  const { rejected } = app.run.saved();
  const text = rejected ? notTaken(rejected) : count === 1 ? "1 entry does not count." : `${count} entries do not count.`;
  return [{ key: `refused-${count}-${rejected}`, kind: "check", text, acts: [{ key: "why", label: "See why", press: () => app.open("refused") }] }];
}

const notTaken = (count) => (count === 1 ? "The server would not take 1 entry. It is kept here." : `The server would not take ${count} entries. They are kept here.`);

function unapproved(app) {
  if (app.run.protocol.approved === true) return [];
  return [{ key: "unapproved", kind: "check", text: "Not approved here: no medical director has signed this protocol." }];
}

/** This tablet gave the run away: it may still record, and both are kept. */
function handedOver(app) {
  const given = app.run.state.facts.filter((fact) => fact.type === "handover_given" && fact.data.to === OTHER_TABLET && fact.device === app.run.outbox.device && !fact.struck).at(-1);
  if (!given) return [];
  return [{ key: given.id, kind: "note", text: `Handed over to another tablet at ${app.at(given.at_ms)}. This one can still record.` }];
}

/** Draws as many as there is room for; the rest one tap away. */
export function drawNotices(app, node, p) {
  const all = noticesOf(app, p);
  const most = app.narrow || all.slice(0, 2).some((notice) => notice.acts) ? 1 : 2;
  const shown = all.slice(0, most);
  // on a phone two buttons take the whole width; the rest come when the question is answered
  const wide = app.narrow && shown.some((notice) => notice.acts?.length > 1);
  const more = wide ? 0 : all.length - shown.length;
  const tight = app.narrow && shown.some((notice) => notice.acts);
  node.hidden = all.length === 0;
  const drawn = redraw(node, [shown.map(({ key, text, acts }) => [key, text, acts?.map((act) => [act.label, act.href])]), more], () => [
    h("div", { class: "r-noticelist" }, shown.map(noticeNode)),
    more > 0 && button("notices", { class: "r-morenotices", press: () => app.open("notices") }, h("span", { text: tight ? `+${more}` : `${more} more ›` })),
  ]);
  shown.forEach(({ count }, at) => { if (count) say(node.querySelectorAll(".r-notice")[at].querySelector(".r-count"), dueWords({ due_ms: count }, app.run.now())); });
  return drawn;
}

export function noticeNode(notice) {
  return h("div", { class: `r-notice is-${notice.kind}` }, icon(notice.kind === "stop" ? "x" : notice.kind === "check" ? "half" : "note"),
    h("span", {}, notice.text, notice.count && h("b", { class: "r-count num" })),
    notice.acts?.map(actNode));
}

function actNode(act) {
  const { key, label, href, press } = act;
  if (!href) return button(key, { class: "r-act", press }, label);
  const dials = href.startsWith("tel:");
  return h("a", { class: "r-act r-choice is-dial", data: { key }, href, ...(!dials && { target: "_blank", rel: "noopener" }), on: press ? { click: press } : {} }, dials && icon("tel"), label);
}
