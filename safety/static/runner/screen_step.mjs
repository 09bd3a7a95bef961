// The one current step, large enough to read across the couch, with its answers and the step after it.
import { button, h, icon, redraw } from "./dom.mjs";
import { dueWords } from "./reader.mjs";

const ICONS = { ok: "ck", slow: "half", none: "x" };
const LOOKS = { due: "is-due", late: "is-due", stop: "is-stop" };

export function drawStep(app, node, p) {
  const { step } = app.track;
  const due = app.reader.state === "on" ? dueWords(p) : "";
  app.step.className = `r-step ${p.ended ? "" : LOOKS[step.look] || ""}`;
  return redraw(node, [p.ended, step, app.run.state.ended, app.track.id, due, p.tracks?.length], () => (p.ended ? ended(app, p) : shown(app, p, due)));
}

function shown(app, p, due) {
  const { step, id } = app.track;
  const title = id === "main" || p.tracks?.length > 1 ? "" : `${app.run.protocol.branches[id].title} · `;
  return [
    h("div", { class: "r-k" }, h("span", { text: `${title}Step ${step.number} of ${step.of}` }),
      h("span", { class: "r-aloud", text: step.answers.length ? "Read aloud, then tap the answer" : "Read aloud" }), allSteps(app, "is-top")),
    due && h("p", { class: "r-said" }, icon("half"), h("span", { text: due })),
    h("h1", { tabindex: "-1", text: step.text, class: step.text.length > 62 ? "is-long" : null }),
    h("p", { class: "r-how", text: step.help }),
    answers(app, step, id === "collapse" && p.branches.differential),
    h("div", { class: "r-next" }, next(app, step), allSteps(app, "is-below")),
  ];
}

function next(app, step) {
  if (!step.next) return h("p", {});
  const at = step.next_at_ms ? ` at ${app.at(step.next_at_ms)}` : "";
  return h("p", {}, h("span", { class: "quiet", text: "Next " }), h("b", { text: step.next + at }));
}

function allSteps(app, where) {
  return button(`all-${where}`, { class: `r-all ${where}`, press: () => app.open("steps") }, "All steps ›");
}

/** The answers of the step; while it is not known why somebody fell, the table that compares is one tap more. */
function answers(app, step, compare) {
  if (!step.answers.length && !compare) return null;
  const look = (answer) => (answer.look === "plain" ? "" : `is-${answer.look}`);
  const wordy = step.answers.some((answer) => answer.label.length > 13 || answer.hint.length > 18);
  const more = compare && button("compare", { class: "r-answer", press: () => app.open("differential") }, h("b", {}, icon("list"), "Compare"), h("span", { text: "Which is it?" }));
  return h("div", { class: `r-answers n${step.answers.length + (more ? 1 : 0)} ${wordy ? "is-wordy" : ""}` }, [...step.answers.map((answer) =>
    button(`answer-${answer.key}`, { class: `r-answer ${look(answer)}`, press: () => app.answer(answer) },
      h("b", {}, ICONS[answer.look] && icon(ICONS[answer.look]), answer.label), answer.hint && h("span", { text: answer.hint }))), more]);
}

function ended(app, p) {
  const { ended: end } = app.run.state;
  const reason = p.end.reasons.find((row) => row.id === end?.reason)?.label ?? "";
  return [
    h("div", { class: "r-k" }, h("span", { text: `Ended ${end ? app.at(end.at_ms, true) : ""}` }), h("span", { text: reason })),
    h("h1", { tabindex: "-1", text: "This emergency has ended." }),
    h("p", { class: "r-how", text: "Entries can still be added and struck. The timers are stopped." }),
    h("div", { class: "r-answers n2" },
      button("record", { class: "r-answer is-ok", press: () => app.leave() }, h("b", {}, icon("doc"), "See the record")),
      button("reopen", { class: "r-answer is-slow", press: () => app.open("reopen") }, h("b", {}, icon("back"), "Reopen"))),
    h("div", { class: "r-next" }, h("p", {}), allSteps(app, "is-below")),
  ];
}
