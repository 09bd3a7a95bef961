// Steps, people, branches and the screen's own settings.
import { button, h, icon } from "./dom.mjs";
import { keyRows, keysOn, setKeys } from "./keys.mjs";
import { tabs } from "./panels_entries.mjs";
import { chip, field, group, submit } from "./pieces.mjs";
import { clockNotices } from "./screen_notices.mjs";

const STATES = { done: ["ck", "Done"], skipped: ["x", "Not done"], open: ["o", "Open"], current: ["next", "Now"] };

export function stepsPanel(app) {
  return {
    title: "All steps", sign: (p) => [p.steps, p.tracks?.map((track) => track.id)],
    draw: (p) => [tabs(app, "steps"), openPaths(app, p), h("ol", { class: "r-steps" }, p.steps.map((step) => stepRow(app, step)))],
  };
}

/** Paths that are open: each can be closed with a reason, from here. */
function openPaths(app, p) {
  const open = (p.tracks ?? []).filter((track) => track.id !== "main");
  return open.length > 0 && group("Open paths", open.map((track) => chip(`path-${track.id}`, track.title, () => app.open("branch", track.id), { small: `Since ${app.at(track.since_ms)}. Again, or over` })));
}

function stepRow(app, step) {
  const [name, word] = STATES[step.state];
  const at = step.at_ms ? ` ${app.at(step.at_ms)}` : "";
  const open = step.state === "open" || step.state === "current";
  return h("li", { class: `is-${step.state}`, "data-here": step.state === "current" }, icon(name), h("span", {}, step.text, h("small", { text: word + at })),
    open && chip(`done-${step.id}`, "Done", () => app.tap(`done ${step.id}`, "step_done", { step: step.id })),
    open && chip(`skip-${step.id}`, "Not done", () => app.open("skip", step)));
}

export function skipPanel(app, step) {
  const why = field("Another reason");
  const skip = (reason) => app.tap(`skip ${step.id}`, "step_skipped", { step: step.id, reason });
  const other = () => (why.text() ? skip(why.text()) : why.complain("Type the reason."));
  return {
    title: "Not done, because",
    draw: () => [h("p", { class: "r-read", text: step.text }),
      group("Reason", ["Not needed", "Not possible now", "Prescriber decided"].map((reason) => chip(`why-${reason}`, reason, () => skip(reason)))),
      why.node, button("skip-other", { class: "r-submit", press: other }, "Not done for this reason")],
  };
}

export function recorderPanel(app) {
  const { about } = app.run;
  const people = [...about.people].sort((a, b) => (b.id === about.me) - (a.id === about.me));
  const typed = field("Somebody else");
  const other = () => (typed.text() ? app.tap("recorder", "recorder_named", { text: typed.text() }) : typed.complain("Type the name."));
  return {
    title: "Who records?",
    draw: () => [group("Tap your name", people.map((person) => chip(`person-${person.id}`, person.name, () => app.tap("recorder", "recorder_named", { member: person.id }), { name: "person" }))),
      typed.node, button("sign-in", { class: "r-submit", press: () => app.signIn() }, "Sign in"), submit("Record name", other), button("name-patient", { class: "r-submit", press: () => app.open("patient") }, "Name the patient")],
  };
}

export function patientPanel(app) {
  const name = field("Name and birth date", { hint: "As you know them. They can be put right later." });
  const save = () => (name.text() ? app.tap("patient", "patient_named", { text: name.text() }) : name.complain("Type the name."));
  return { title: "Who is the patient?", draw: () => [name.node, submit("Record patient", save)] };
}

/** What the phone keeps behind More, in the order of the tablet's rail and pad. */
export function morePanel(app) {
  const go = (key, label, name, look = "") => chip(`more-${key}`, label, () => app.open(key), { name, look });
  return {
    title: "More", sign: (p) => p.ended,
    draw: (p) => [
      group("Log", [go("steps", "All steps", "list"), go("note", "Note", "note"), go("drug", "Other drug", "drug"), go("log", "Whole log", "list"), go("dose", "Dose: lot, amount", "syr")]),
      group("Escalate", [go("ambulance", "Call ambulance", "tel", "is-red")]),
      group("Look", [chip("more-large", "Large digits", () => app.setLarge(true), { name: "large" }), go("bruise", "Bruise or occlusion?", "list"), watchLink(app)].filter(Boolean)),
      group("People", [go("recorder", "Recorder", "person"), go("patient", "Patient", "person"), go("situation", "How it began", "clock")]),
      group("Finish", [go("after", "Observation and follow-up", "clock"), go("handover", "Hand over", "doc"), p.ended ? go("reopen", "Reopen", "back") : go("end", "End…", "x")]),
      group("This screen", settings(app)),
    ],
  };
}

/** The same run on a wall or a second tablet: looks, records nothing. */
function watchLink(app) {
  return h("a", { class: "r-choice", href: `/emergencies/${app.run.id}/watch`, target: "_blank", rel: "noopener" }, icon("eye"), h("span", { text: "Board to watch from elsewhere" }));
}

export function settingsPanel(app) {
  const sign = () => [app.sound.state(app.run.clock.readMono()), app.reader.state, keysOn(), clockLines(app)];
  return { title: "This screen", sign, draw: () => [tabs(app, "settings"), group("Change", settings(app)), keyList(app), clockNode(app)] };
}

/** The keys and what each does, in the order of the pad. */
function keyList(app) {
  const rows = keyRows(app.run.protocol);
  return h("section", { class: "r-group" }, h("h3", { text: keysOn() ? "Keys" : "Keys (switched off)" }),
    h("dl", { class: "r-keylist" }, rows.map(([key, text]) => h("div", {}, h("dt", {}, h("kbd", { text: key })), h("dd", { text })))));
}

function clockNode(app) {
  return h("section", { class: "r-group" }, h("h3", { text: "Clocks" }), clockLines(app).map((text) => h("p", { text })));
}

/** What is true of the clocks: the tablet's against the server's, changes of it, and daylight saving. */
function clockLines(app) {
  const told = clockNotices(app).map((notice) => notice.text);
  const { clock } = app.run;
  return told.length ? told : [clock.knowsServer ? "This tablet's clock and the server's are within 2 seconds." : "The server's clock is not known yet. Times are this tablet's."];
}

function settings(app) {
  const root = document.documentElement;
  const night = () => (root.dataset.theme ? root.dataset.theme === "night" : matchMedia("(prefers-color-scheme: dark)").matches);
  const left = () => root.dataset.hand === "left";
  const sound = app.sound.state(app.run.clock.readMono());
  return [
    toggle("set-night", "Night theme", "moon", night, (on) => look("theme", on ? "night" : "light")),
    toggle("set-left", "Left-handed", "hand", left, (on) => look("hand", on ? "left" : "right")),
    toggle("set-keys", "Keys 1 to 9, Enter, Z", "key", keysOn, setKeys),
    chip("set-voice", { on: "Mute the voice", none: "No voice on this device", stopped: "Voice stopped: start it" }[app.reader.state] ?? "Speak the steps", () => app.mend("reader"),
      { name: app.reader.state === "on" ? "voice" : "mute", small: app.reader.state === "none" ? "Tones only" : "A voice of this device" }),
    chip("set-quiet", sound === "quiet" ? "Sound on again" : "Quiet for 2 minutes", () => app.mend("sound"), { name: "clock", small: sound === "off" ? "Sound is off" : null }),
  ];
}

function toggle(key, label, name, is, set) {
  const node = chip(key, label, () => {
    set(!is());
    node.setAttribute("aria-pressed", String(is()));
  }, { name, pressed: is() });
  return node;
}

function look(name, value) {
  document.documentElement.dataset[name] = value;
  try {
    localStorage.setItem(`reflow.${name}`, value);
  } catch {
    // without storage the choice lasts for this page
  }
}
