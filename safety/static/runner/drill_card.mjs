// The violet bar of a drill: the practice patient, what comes as a surprise, and Make this real, always in reach.
import { button, h, icon, redraw } from "./dom.mjs";
import { CONTEXT } from "./shapes.mjs";
import { comeNow, dataOf, isCut, lastShown, lookNow, lookWords } from "./practice.mjs";

/** Is the run on screen a drill? Before its start is known, what this tablet was told counts. */
export const isDrill = (run) => (run.state.status === "idle" ? run.about.drill === true : run.state.drill);

/** Put the bar into the band and find what the drill needs: its script, and what is known should it turn real. */
export function attachDrill(app) {
  const { run } = app;
  app.drillBar = h("section", { class: "r-drill", "aria-label": "Drill", hidden: true });
  app.parts.top.after(app.drillBar);
  app.seenSurprises = new Set();
  run.sync.cut = () => Boolean(run.about.script) && isCut(run.about.script, run.state, run.outbox.device, run.now());
  if (!run.about.drill) return;
  run.store.then((store) => store.kept("kit")).then((kit) => { app.knownNow = kit?.context ?? null; }, () => {});
  if (!run.about.script) fetchScript(run);
}

/** A tablet that joins a drill asks for its script; without it the drill goes on without a patient card. */
async function fetchScript(run) {
  try {
    const response = await fetch(`/drills/${run.id}/script.json`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (response.ok) run.about.script = (await response.json()).script;
    run.keep();
  } catch {
    // no server now: the card is missing, the drill is not
  }
}

export function drawDrill(app, p) {
  const { run } = app;
  const drill = isDrill(run);
  const { script } = run.about;
  app.drillBar.hidden = !drill;
  app.frame.classList.toggle("is-drill", drill);
  if (!drill) return redraw(app.drillBar, "", () => []);
  if (script && !p.ended) for (const row of comeNow(script, run.state, run.now())) run.record("surprise_shown", dataOf(row));
  const told = script ? lastShown(script, run.state) : null;
  const surprise = told && !app.seenSurprises.has(told.fact) ? told : null;
  const look = script ? lookWords(lookNow(script, run.state)) : "Practice patient. Nobody is called, no stock moves.";
  app.drillBar.classList.toggle("is-surprise", surprise !== null);
  return redraw(app.drillBar, [p.practice.speed, p.ended, look, surprise], () => [
    ...(surprise ? surpriseCard(app, surprise) : [h("p", { class: "r-look" }, h("b", { text: `${fast(p)}Patient: ` }), look)]),
    p.ended ? null : button("make-real", { class: "r-real", press: () => makeReal(app) }, icon("tri"), "Make this real"),
  ]);
}

const fast = (p) => (p.practice.speed > 1 ? `${p.practice.speed} times as fast. ` : "");

function surpriseCard(app, told) {
  const seen = () => { app.seenSurprises.add(told.fact); app.draw(); };
  return [h("p", { class: "r-look", role: "status" }, h("b", { text: `Surprise. ${told.title}: ` }), told.text),
    button("seen-surprise", { class: "r-seen", press: seen }, "Seen")];
}

/** One tap: from this moment the run is an emergency, with what this tablet knows of the patient treated here. */
function makeReal(app) {
  const { run } = app;
  const known = Object.entries(app.knownNow ?? {}).filter(([name, value]) => name in CONTEXT && value !== null && value !== undefined);
  if (!app.tap("make-real", "made_real", { context: known.length ? Object.fromEntries(known) : null })) return;
  run.about.drill = false;
  run.about.patient_name = app.knownNow?.patient_name ?? null;
  run.keep();
  app.draw();
}

/** Of a drill made real: was a dose that was practised really given? One question at a time. */
export function practisedNotices(app, p) {
  const [id] = p.practice?.doses ?? [];
  const fact = id && app.run.state.facts.find((each) => each.id === id);
  if (!fact) return [];
  const what = fact.type === "dose_given" ? `${fact.data.units} units` : fact.data.drug;
  const say = (given) => () => app.tap(`given ${id}`, "details_added", { event: id, details: { given } });
  return [{
    key: `practised-${id}`, kind: "check", text: `In the drill, ${app.at(fact.at_ms)}: ${what}. Really given?`,
    acts: [{ key: "not-given", label: "No", press: say(false) }, { key: "really-given", label: "Yes, given", press: say(true) }],
  }];
}

/** What a start button of a drill holds; null for the start of an emergency. */
export function plannedDrill(link) {
  try {
    return link?.dataset.drill ? JSON.parse(link.dataset.drill) : null;
  } catch {
    return null;
  }
}
