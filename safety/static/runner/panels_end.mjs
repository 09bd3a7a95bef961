// Handing over, ending and reopening. Ending never hides what is missing: it is named, and a reason is asked.
import { button, h, icon } from "./dom.mjs";
import { stands } from "./facts.mjs";
import { factWords, patientWords, recorderOf } from "./logwords.mjs";
import { leaveWords } from "./panels_after.mjs";
import { chip, choice, field, submit } from "./pieces.mjs";

/** One page to read aloud: who, what, given, response, now. */
export function handoverPanel(app) {
  const to = field("Handed over to");
  const record = () => app.tap("handover", "handover_given", { to: to.text() || null });
  return {
    title: "Hand over", sign: (p) => [app.run.state.facts.length, app.run.state.changes.length, p.step.text],
    draw: (p) => [
      h("dl", { class: "r-handover" }, handoverOf(app, p).map(([term, texts]) => h("div", {}, h("dt", { text: term }), texts.map((text) => h("dd", { text }))))),
      to.node,
      h("div", { class: "r-row" }, submit("Handed over", record), button("print", { class: "r-submit", press: () => print() }, icon("print"), "Print"),
        button("other-tablet", { class: "r-submit", press: () => app.open("other") }, "Go on with another tablet")),
      h("p", { class: "quiet", text: `Another tablet of this clinic: sign in, then open the red line "Emergency" or ${location.origin}/emergencies/${app.run.id}/run` }),
    ],
  };
}

function handoverOf(app, p) {
  const { run } = app;
  const { facts, context } = run.state;
  const c = { protocol: run.protocol, people: run.about.people, facts };
  const live = (...types) => facts.filter((fact) => types.includes(fact.type) && stands(fact));
  const told = (fact) => `${app.at(fact.at_ms)} ${factWords(c, fact)}`;
  const who = patientWords(run.protocol, facts, { ...context, patient_name: run.about.patient_name });
  const flags = (context.flags || []).map((flag) => flag.text || flag.code);
  return [
    ["Who", [[who.name || "Patient not named", who.born && `born ${who.born}`].filter(Boolean).join(", "), ...flags]],
    ["What", [
      `${run.protocol.title}, since ${app.at(p.started_ms)}`, [who.where, who.product].filter(Boolean).join(", "),
      ...live("stage_assessed", "sign_seen", "vision_changed", "anaphylaxis_suspected").map(told),
    ].filter(Boolean)],
    ["Given", [
      `${p.given.units} units hyaluronidase in ${p.given.doses} ${p.given.doses === 1 ? "dose" : "doses"}`,
      ...live("dose_given", "drug_given", "aspirin_decided").map(told),
    ]],
    ["Response", live("refill_checked", "pain_scored", "endpoint_observed", "eyes_checked").slice(-6).map(told)],
    ["Now", [
      p.ended ? "The emergency has ended." : p.step.text,
      p.dose.due_ms && !p.ended ? `Next dose at ${app.at(p.dose.due_ms)}` : p.dose.text,
      ...p.banners.map((banner) => banner.text),
    ]],
    ["Called", live("call_made").map(told)],
    ["Recorder", [recorderOf(run.about.people, facts) || "not named"]],
  ].filter(([, texts]) => texts.length);
}

export function endPanel(app) {
  const why = field("Why, if something below is not met", { lines: 2 });
  const state = field("How the patient is now");
  const reason = choice("Reason", app.prompts.end.reasons.map((row) => ({ key: row.id, label: row.label })), null);
  const problem = h("p", { class: "r-error", role: "alert", hidden: true });
  const end = () => endNow(app, { why, state, reason, problem });
  const top = [problem, reason.node, why.node, state.node, h("div", { class: "r-row" }, submit("End the emergency", end, "is-red"))];
  const list = h("div");
  const leaving = h("div");
  return {
    title: "End the emergency", sign: (p) => [p.end.criteria, p.leave ?? null],
    draw: (p) => {
      list.replaceChildren(criteria(app, p));
      leaving.replaceChildren(...leaveWords(app, p.leave).map((text) => h("p", { class: "quiet", text })));
      return [...top, list, leaving];
    },
  };
}

function endNow(app, { why, state, reason, problem }) {
  const chosen = app.prompts.end.reasons.find((row) => row.id === reason.chosen());
  problem.hidden = Boolean(chosen);
  problem.textContent = "Choose a reason.";
  if (!chosen) return;
  const met = app.prompts.end.criteria.every((row) => row.met === true);
  if (chosen.needs_criteria && !met && !why.text()) return why.complain(app.run.protocol.words.end_not_met);
  app.tap("end", "emergency_ended", { reason: chosen.id, why: why.text() || null, patient_state: state.text() || null });
}

const MET = { true: ["ck", "Met", "is-green"], false: ["x", "Not met", "is-red"], null: ["o", "Not said yet", ""] };

/** Every criterion with its state; what only a person can tell is ticked here and the panel stays open. */
function criteria(app, p) {
  const tick = (row) => app.run.record("step_done", { step: row.id });
  return h("section", { class: "r-group" }, h("h3", { text: "To end as resolved" }), h("ul", { class: "r-criteria" }, p.end.criteria.map((row) => {
    const [name, word, look] = MET[String(row.met)];
    return h("li", { class: look }, icon(name), h("span", {}, row.text, h("small", { text: word })), row.met === null && chip(`tick-${row.id}`, "Yes", () => tick(row)));
  })));
}

export function reopenPanel(app) {
  const why = field("Why it goes on");
  const go = () => (why.text() ? app.tap("reopen", "emergency_reopened", { reason: why.text() }) : why.complain("Say why it goes on."));
  return { title: "Reopen", draw: () => [h("p", { class: "r-hint", text: "The same clock goes on." }), why.node, submit("Reopen the emergency", go)] };
}
