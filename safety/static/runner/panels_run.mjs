// Steps, people, branches and the screen's own settings.
import { button, h, icon } from "./dom.mjs";
import { keysOn, setKeys } from "./keys.mjs";
import { tabs } from "./panels_entries.mjs";
import { chip, field, group, submit } from "./pieces.mjs";

const STATES = { done: ["ck", "Done"], skipped: ["x", "Not done"], open: ["o", "Open"], current: ["next", "Now"] };

export function stepsPanel(app) {
  return {
    title: "All steps", sign: (p) => p.steps,
    draw: (p) => [tabs(app, "steps"), h("ol", { class: "r-steps" }, p.steps.map((step) => stepRow(app, step)))],
  };
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
      typed.node, submit("Record name", other), button("name-patient", { class: "r-submit", press: () => app.open("patient") }, "Name the patient")],
  };
}

export function patientPanel(app) {
  const name = field("Name and birth date", { hint: "As you know them. They can be put right later." });
  const save = () => (name.text() ? app.tap("patient", "patient_named", { text: name.text() }) : name.complain("Type the name."));
  return { title: "Who is the patient?", draw: () => [name.node, submit("Record patient", save)] };
}

/** An open branch: what it means, and closing it with a reason. */
export function branchPanel(app, branch) {
  const { protocol } = app.run;
  const why = field("Why it is over");
  const close = () => (why.text() ? app.tap(`close ${branch}`, "branch_closed", { branch, reason: why.text() }) : why.complain("Say why it is over."));
  const again = branch === "vision" ? "vision_changed" : "anaphylaxis_suspected";
  return {
    title: protocol.branches[branch].title,
    draw: () => [
      h("p", { class: "r-read", text: `Open since ${app.at(app.prompts.branches[branch])}. The clock and the log go on.` }),
      group("Again", [chip("again", "Happening again or worse", () => app.tap(branch, again, {}), { name: branch === "vision" ? "eye" : "tri", look: "is-red" })]),
      why.node, submit("Close this path", close),
    ],
  };
}

/** What the phone keeps behind More, in the order of the tablet's rail and pad. */
export function morePanel(app) {
  const go = (key, label, name, look = "") => chip(`more-${key}`, label, () => app.open(key), { name, look });
  return {
    title: "More", sign: (p) => p.ended,
    draw: (p) => [
      group("Log", [go("note", "Note", "note"), go("drug", "Other drug", "drug"), go("log", "Whole log", "list"), go("dose", "Dose: lot, amount", "syr")]),
      group("Escalate", [go("ambulance", "Call ambulance", "tel", "is-red")]),
      group("People", [go("recorder", "Recorder", "person"), go("patient", "Patient", "person")]),
      group("Finish", [go("handover", "Hand over", "doc"), p.ended ? go("reopen", "Reopen", "back") : go("end", "End…", "x")]),
      group("This screen", settings(app)),
    ],
  };
}

export function settingsPanel(app) {
  return { title: "This screen", sign: () => [app.sound.state(app.run.clock.readMono()), keysOn()], draw: () => [tabs(app, "settings"), group("Change", settings(app))] };
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
