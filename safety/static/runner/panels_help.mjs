// Telling one thing from another: faint, anaphylaxis or poisoning; bruise or occlusion. Tables of the protocol, no
// verdict: a person looks, and what was seen is tapped as an entry.
import { button, h, icon } from "./dom.mjs";
import { chip, group, submit, field } from "./pieces.mjs";

/** Collapse: one table of clinical 4.2, and what each column does next. */
export function differentialPanel(app) {
  const { branches } = app.run.protocol;
  const titles = { faint: "Faint", anaphylaxis: branches.anaphylaxis?.title ?? "Anaphylaxis", la_toxicity: branches.la_toxicity?.title ?? "Local anaesthetic" };
  const acts = [
    chip("is-anaphylaxis", titles.anaphylaxis, () => app.escalate("anaphylaxis", "anaphylaxis_suspected"), { name: "tri", look: "is-red" }),
    branches.la_toxicity && chip("is-la_toxicity", titles.la_toxicity, () => app.escalate("la_toxicity", "la_toxicity_suspected"), { name: "syr", look: "is-red" }),
    chip("is-faint", "Faint: go on with its steps", () => app.panels.close(), { name: "down" }),
  ].filter(Boolean);
  return {
    title: "Collapse: which is it?", sign: (p) => p.branches.differential ?? null,
    draw: (p) => [group("Tap what it is. The clock and the log go on", acts),
      p.branches.differential && compare(titles, p.branches.differential),
      p.branches.collapse && button("close-collapse", { class: "r-submit", press: () => app.open("branch", "collapse") }, "Close this path")],
  };
}

function compare(titles, rows) {
  const columns = Object.keys(titles);
  return table("What speaks for each", ["", ...Object.values(titles)], rows.map((row) => [row.name, ...columns.map((key) => row[key])]));
}

function table(caption, heads, rows) {
  return h("div", { class: "r-tablebox", tabindex: "0", role: "region", "aria-label": caption }, h("table", { class: "r-table" }, h("caption", { text: caption }),
    h("thead", {}, h("tr", {}, heads.map((text) => (text ? h("th", { scope: "col", text }) : h("td"))))),
    h("tbody", {}, rows.map(([name, ...cells]) => h("tr", {}, h("th", { scope: "row", text: name }), cells.map((text, at) => h("td", { text, data: { label: heads[at + 1] } })))))));
}

/** Bruise or occlusion: what is seen is tapped; the rule says that a first look never ends with bruise alone. */
export function bruisePanel(app) {
  const { protocol } = app.run;
  const { rule, rows } = protocol.bruise_or_occlusion;
  return {
    title: "Bruise or occlusion?", sign: (p) => [app.run.state.facts.length, p.recheck ?? null],
    draw: (p) => [
      h("p", { class: "r-hint", text: rule.text }), p.recheck && recheckNode(app, p.recheck),
      h("div", { class: "r-row" },
        button("to-refill", { class: "r-submit is-primary", press: () => app.open("refill") }, icon("ref"), "Check refill"),
        button("to-signs", { class: "r-submit", press: () => app.open("symptom") }, icon("sym"), "Record a sign")),
      table("Compare", ["", "Bruise", "Occlusion"], rows.map((row) => [row.name, row.bruise, row.occlusion])),
      protocol.safety_net && h("section", { class: "r-group" }, h("h3", { text: "Safety advice: read aloud" }), protocol.safety_net.map((row) => h("p", { class: "r-read", text: row.text }))),
    ],
  };
}

const WORDS = { none: "", waiting: "at", soon: "at", due: "due now, at", late: "late, since" };

function recheckNode(app, recheck) {
  return h("ul", { class: "r-criteria" }, recheck.checks.map((check) => h("li", { class: check.done ? "is-green" : "" }, icon(check.done ? "ck" : "o"),
    h("span", {}, check.done ? `Checked again, planned at ${app.at(check.due_ms)}` : `Check again ${WORDS[check.status]} ${app.at(check.due_ms)}`))));
}

/** How the patient came, and whether somebody is here who prescribes. */
export function situationPanel(app) {
  const came = (presentation) => () => app.tap(`came ${presentation}`, "presentation_named", { presentation });
  const alone = (is) => () => app.tap(`lone ${is}`, "lone_named", { alone: is });
  return {
    title: "How it began", sign: (p) => [p.presentation ?? null, p.lone ?? null],
    draw: (p) => [
      group("The patient came", [["during", "During or just after treatment"], ["late", "Later, hours or days"], ["phone", "By phone"]].map(([key, label]) =>
        chip(`came-${key}`, label, came(key), { pressed: p.presentation === key, look: "is-wide" }))),
      app.run.protocol.lone && group("Prescriber", [
        chip("lone-yes", "I am alone, no prescriber", alone(true), { pressed: Boolean(p.lone), look: "is-wide" }),
        chip("lone-no", "A prescriber is here or on the phone", alone(false), { pressed: p.lone ? false : null, look: "is-wide" })]),
    ],
  };
}

/** An open branch: what it means, again or worse, and closing it with a reason. */
export function branchPanel(app, branch) {
  const { protocol } = app.run;
  const why = field("Why it is over");
  const close = () => (why.text() ? app.tap(`close ${branch}`, "branch_closed", { branch, reason: why.text() }) : why.complain("Say why it is over."));
  const again = { vision: ["vision_changed", "eye"], anaphylaxis: ["anaphylaxis_suspected", "tri"], collapse: ["collapse_noticed", "down"], la_toxicity: ["la_toxicity_suspected", "syr"] };
  const [type, name] = again[branch] ?? [null, null];
  return {
    title: protocol.branches[branch].title, sign: (p) => p.branches.limit ?? null,
    draw: (p) => [
      h("p", { class: "r-read", text: `Open since ${app.at(app.prompts.branches[branch] ?? app.track.since_ms)}. The clock and the log go on.` }),
      branch === "vision" && p.branches.limit && h("p", { class: "r-hint", text: `${p.branches.limit.text} It ends at ${app.at(p.branches.limit.limit_ms)}.` }),
      type && group("Again", [chip("again", "Happening again or worse", () => app.tap(branch, type, {}), { name, look: "is-red" })]),
      why.node, submit("Close this path", close),
    ],
  };
}
