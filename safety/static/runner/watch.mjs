// The board: one run seen from elsewhere, live and read-only. It asks the server for news and sends nothing.
import { stands } from "./facts.mjs";
import { hms, SECOND, timeOfDay } from "./clock.mjs";
import { h, icon, redraw, say } from "./dom.mjs";
import { factWords, patientWords, recorderOf } from "./logwords.mjs";
import { aboutNew, makeClock, Run } from "./run.mjs";
import { band, drawTimes, firstDoseWords, firstOf } from "./screen_band.mjs";
import { fit as fitRows } from "./screen_log.mjs";
import { markWords, trackShown } from "./screen_tracks.mjs";

const PATIENCE = 5 * SECOND;
const TICK = SECOND / 4;
const SHOWN = 9;
/** A place to keep things that keeps nothing: a board has no record of its own. */
const NOWHERE = { durable: true, mark: async () => {}, keep: async () => {}, keepRun: async () => {}, add: async () => { throw new Error("a board records nothing"); } };

const get = async (url) => {
  const response = await fetch(url, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE), headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
};

/** The run as the server has it now, and its news from then on. */
async function follow(id) {
  const clock = makeClock(null);
  const sent = performance.now();
  const [given, kit] = await Promise.all([get(`/emergencies/${id}/run.json`), get("/emergencies/kit.json")]);
  clock.adopt(given.server_ms, sent, performance.now());
  const about = { ...aboutNew({ ...kit, protocol: given.protocol, drill: given.drill }, clock), id, patient_name: given.patient_name ?? null };
  const run = new Run({ about, device: "board", clock, store: NOWHERE, fetch: (...args) => fetch(...args) });
  run.outbox.take(given);
  run.refresh();
  run.sync.start();
  return run;
}

class Board {
  constructor(root, run, lost) {
    Object.assign(this, { root, run, lost, hms, readOnly: true, narrow: false });
    this.parts = band();
    this.mode = h("p", { class: "r-mode" });
    this.who = h("p", { class: "w-who" });
    this.step = h("section", { class: "w-step", "aria-label": "Current step" });
    this.facts = h("section", { class: "w-facts", "aria-label": "Last entries" });
    const top = h("div", { class: "w-top" }, this.mode, this.who);
    root.replaceChildren(h("div", { class: "w-main is-large" }, h("div", { class: "r-band" }, top, this.parts.times), this.step), this.facts);
    run.watch(() => this.draw());
    setInterval(() => this.draw(), TICK);
    this.draw();
  }

  at(ms, seconds = false) { return timeOfDay(ms, this.run.about.clinic?.time_zone, seconds); }

  draw() {
    const p = this.run.prompts();
    if (!p) return;
    this.lost.hidden = this.run.sync.trouble === null;
    drawTimes(this, this.parts, p, this.run.now());
    this.drawTop(p);
    this.drawStep(p);
    this.drawFacts(p);
  }

  drawTop(p) {
    const { run } = this;
    const drill = p.drill;
    const who = patientWords(run.protocol, run.state.facts, { ...run.state.context, patient_name: run.about.patient_name });
    this.mode.classList.toggle("r-stripes", Boolean(drill));
    redraw(this.mode, [drill, p.ended], () => [icon(drill ? "drill" : "tri"), `${drill ? "DRILL: " : ""}${run.protocol.title.split(" after ")[0]}${p.ended ? ", ended" : ""}`]);
    say(this.who, [drill ? "Practice patient" : who.name ?? "Patient not named", who.where].filter(Boolean).join(" · "));
  }

  drawStep(p) {
    const open = p.tracks?.length > 1 ? [...p.tracks].sort((a, b) => b.current - a.current) : [trackShown(p, null)];
    const rows = p.ended ? [] : open.map(({ title, step }) => ({ title: open.length > 1 ? title.split(" after ")[0] : "", step }));
    const drawn = redraw(this.step, [p.ended, rows.map(({ title, step }) => [title, step.id, step.text]), p.banners], () => [
      p.ended ? h("h2", { text: "This emergency has ended." }) : rows.map(({ title, step }) => h("div", {},
        h("p", { class: "r-k", text: `${title ? `${title} · ` : ""}Step ${step.number} of ${step.of}` }), h("h2", { text: step.text }))),
      p.banners.slice(0, 2).map((banner) => h("p", { class: "r-hint", text: banner.text })),
    ].flat());
    if (drawn || this.width !== innerWidth) this.fit();
  }

  /** The words of the step as large as their place holds; entries that do not fit whole are left out. */
  fit() {
    this.width = innerWidth;
    for (let tenths = 30; tenths >= 4; tenths -= 1) {
      this.step.style.setProperty("--words", String(tenths / 10));
      if (this.step.scrollHeight <= this.step.clientHeight + 1 && this.step.scrollWidth <= this.step.clientWidth + 1) break;
    }
    fitRows(this.facts);
  }

  drawFacts(p) {
    const { run } = this;
    const { facts } = run.state;
    const c = { protocol: run.protocol, people: run.about.people, facts };
    const order = [...facts].sort((a, b) => b.recorded_ms - a.recorded_ms);
    const calls = facts.filter((fact) => fact.type === "call_made" && stands(fact));
    const line = (fact) => h("li", {}, h("time", { class: "num", text: this.at(fact.at_ms) }), h("span", {}, mark(run, fact), fact.struck ? h("s", { text: factWords(c, fact) }) : factWords(c, fact)));
    const first = firstDoseWords(firstOf(p));
    const drawn = redraw(this.facts, [first, facts.map((fact) => [fact.id, fact.at_ms, Boolean(fact.struck), fact.data]), run.about.people.length, p.rounds_left], () => [
      h("h2", { text: `Given: ${p.given.units} units in ${p.given.doses} ${p.given.doses === 1 ? "dose" : "doses"}` }),
      first && h("p", { class: "w-first" }, icon(first.icon), h("span", { text: first.text })),
      p.rounds_left !== null && h("p", { text: `${p.rounds_left} ${p.rounds_left === 1 ? "round" : "rounds"} left` }),
      h("h3", { text: "Called" }), calls.length ? h("ul", {}, calls.slice(-4).reverse().map(line)) : h("p", { text: "Nobody yet" }),
      h("h3", { text: "Last entries" }), h("ul", {}, order.slice(0, SHOWN).map(line)),
      h("p", { class: "w-recorder", text: `Recorder: ${recorderOf(run.about.people, facts) || "not named"}` }),
    ]);
    if (drawn) fitRows(this.facts);
  }
}

function mark(run, fact) {
  const title = markWords(run.protocol, fact);
  return title ? h("span", { class: "r-mark", text: title }) : null;
}

const root = document.getElementById("watch");
const lost = document.querySelector("[data-watch-lost]");

async function begin() {
  try {
    new Board(root, await follow(root.dataset.watch), lost).draw();
  } catch {
    lost.hidden = false;
    setTimeout(begin, PATIENCE);
  }
}

begin();
