// What must be seen and is not the step: troubles a tap mends, questions, warnings of the protocol.
import { button, h, icon, redraw } from "./dom.mjs";

/** All notices, most urgent first: {key, kind, text, acts: [{key, label, press}]}. */
export function noticesOf(app, p) {
  return [...troubles(app), ...questions(app, p), ...others(app), ...warnings(p), ...refused(app), ...unapproved(app)];
}

function troubles(app) {
  const { run } = app;
  const saved = run.saved();
  const found = [];
  if (!saved.durable) found.push({ key: "disk", kind: "stop", text: "This tablet cannot save. Keep this page open and write on paper too.", acts: [{ key: "paper", label: "Paper card", href: "/paper/vo.pdf" }] });
  if (saved.trouble === "sign_in") found.push({ key: "signin", kind: "check", text: "Not sent: this tablet is not known.", acts: [{ key: "sign-in", label: "Sign in", press: () => app.signIn() }] });
  if (app.sound.state(run.clock.readMono()) === "off") found.push({ key: "sound", kind: "check", text: "Sound is off.", acts: [{ key: "arm", label: "Tap here for sound", press: () => app.mend("sound") }] });
  if (run.clockMoved) found.push({ key: "clock", kind: "check", text: "The clock of this tablet was changed. Times here go on from the start." });
  return found;
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

function warnings(p) {
  return p.banners.map((banner) => ({ key: banner.text, kind: STOP.has(banner.kind) ? "stop" : "check", text: banner.text }));
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

/** Draws as many as there is room for; the rest one tap away. */
export function drawNotices(app, node, p) {
  const all = noticesOf(app, p);
  const most = all.some((notice) => notice.acts) ? 1 : app.narrow ? 1 : 2;
  const shown = all.slice(0, most);
  // on a phone a notice with buttons takes the whole width; the rest come when it is answered
  const more = app.narrow && shown.some((notice) => notice.acts) ? 0 : all.length - shown.length;
  node.hidden = all.length === 0;
  return redraw(node, [shown.map(({ key, text }) => [key, text]), more], () => [
    h("div", { class: "r-noticelist" }, shown.map(noticeNode)),
    more > 0 && button("notices", { class: "r-morenotices", press: () => app.open("notices") }, `${more} more ›`),
  ]);
}

export function noticeNode(notice) {
  return h("div", { class: `r-notice is-${notice.kind}` }, icon(notice.kind === "stop" ? "x" : notice.kind === "check" ? "half" : "note"),
    h("span", { text: notice.text }),
    notice.acts?.map((act) => (act.href
      ? h("a", { class: "r-act", data: { key: act.key }, href: act.href, target: "_blank", rel: "noopener" }, act.label)
      : button(act.key, { class: "r-act", press: act.press }, act.label))));
}
