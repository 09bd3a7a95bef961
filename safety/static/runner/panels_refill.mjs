// Refill: where, then what it was; the stopwatch fills in seconds for both sides, and a person confirms the result.
import { stands } from "./facts.mjs";
import { pointNow } from "./answers.mjs";
import { SECOND } from "./clock.mjs";
import { h, icon, button, redraw, say } from "./dom.mjs";
import { pointName, seconds } from "./logwords.mjs";
import { choice } from "./pieces.mjs";
import { refillPlots } from "./plot.mjs";
import { measured } from "./refillwords.mjs";
import * as watch from "./stopwatch.mjs";

export const SIDES = [["left", "Left"], ["right", "Right"], ["mid", "Middle"], ["both", "Both sides"]];
const OTHER = { left: "right", right: "left" };
const LOOKS = [["normal", "is-ok", "ck"], ["slow", "is-slow", "half"], ["none", "is-none", "x"]];
const BEAT = SECOND / 10;

export function refillPanel(app) {
  const form = new RefillForm(app);
  return { title: "Refill", sign: (p) => p.refills ?? [], draw: (p) => form.nodes(p), closed: () => form.stop() };
}

class RefillForm {
  constructor(app) {
    this.app = app;
    const { run } = app;
    const at = pointNow(run.protocol, run.state);
    this.point = pointChoice(run, at.point, () => this.shown());
    this.side = choice("Side (the patient's)", SIDES.map(([key, label]) => ({ key, label })), at.side, () => this.shown());
    this.watches = [new Stopwatch(app, "refill_ds", () => this.shown()), new Stopwatch(app, "mirror_ds", () => this.shown())];
    this.results = h("div");
    this.found = h("p", { class: "r-measured", role: "status" });
    this.beat = setInterval(() => this.watches.forEach((each) => each.tick()), BEAT);
    this.shown();
  }

  nodes(p) {
    const watches = h("div", { class: "r-watches" }, this.watches.map((each) => each.node));
    return [this.results, this.found, h("section", { class: "r-group" }, h("h3", { text: "Stopwatch" }), watches, this.confounders()), this.side.node, this.point.node, refillPlots(this.app, p)];
  }

  /** What makes a reading look other than it is (clinical 1.2). */
  confounders() {
    const known = this.app.run.protocol.refill.confounders;
    return known && h("p", { class: "quiet", text: known.text });
  }

  stop() { clearInterval(this.beat); }

  data(result) {
    const place = { point: this.point.chosen() || null, side: this.side.chosen() };
    const known = (this.app.run.state.context.baselines ?? []).find((row) => row.point === place.point && (row.side ?? null) === (place.side ?? null));
    return { ...place, result, refill_ds: this.watches[0].value, mirror_ds: this.watches[1].value, baseline_ds: known?.refill_ds ?? null };
  }

  /** What the choices and figures so far mean. */
  shown() {
    const { protocol, state } = this.app.run;
    const side = this.side.chosen();
    this.watches[0].name(side ? `Affected side, ${side === "mid" ? "middle" : side}` : "Affected side");
    this.watches[1].name(OTHER[side] ? `Other side, ${OTHER[side]}` : "Other side");
    const told = measured(protocol, state, this.data("normal"));
    say(this.found, told?.text ?? "");
    redraw(this.results, [told?.result ?? null], () => results(this.app, told?.result, (result) => this.data(result)));
  }
}

/** Counted and planned areas first, then every other point the protocol names. */
export function pointsOf(run, first) {
  const counted = run.state.facts.filter((fact) => fact.type === "areas_counted" && stands(fact)).at(-1)?.data.areas || [];
  const checked = run.state.facts.filter((fact) => fact.type === "refill_checked").map((fact) => fact.data.point);
  const near = [first, ...counted, ...(run.state.context.areas || []), ...checked];
  const all = run.protocol.counting_areas.list.map((row) => row.id);
  const ids = [...new Set([...near, ...all])].filter(Boolean);
  return ids.map((id) => ({ key: id, label: pointName(run.protocol, id) ?? id }));
}

const NEAR = 4;

/** The points that matter in this run; every other one behind one tap. */
export function pointChoice(run, first, changed = () => {}, more = []) {
  const rows = [...pointsOf(run, first), ...more];
  const near = choice("Point", rows.slice(0, NEAR), first ?? "", changed);
  const all = h("button", { type: "button", class: "r-choice", data: { key: "points" }, on: { click: () => near.widen(rows) } }, "Another point…");
  near.node.append(all);
  return { ...near, node: near.node };
}

function results(app, likely, data) {
  const { words } = app.run.protocol;
  const asked = app.track.step.answers.filter((answer) => answer.event.type === "refill_checked");
  const hint = (result) => asked.find((answer) => answer.key === result)?.hint ?? "";
  const press = (result) => app.tap("refill", "refill_checked", data(result));
  return h("div", { class: "r-answers n3" }, LOOKS.map(([result, look, name]) =>
    button(`refill-${result}`, { class: `r-answer ${look} ${likely === result ? "is-likely" : ""}`, press: () => press(result) },
      h("b", {}, icon(name), words[`refill_${result}`]), (likely === result || hint(result)) && h("span", { text: likely === result ? "As measured" : hint(result) }))));
}

/** One side's watch: hold while pressing the skin and let go with it, or tap at each moment; then tap at colour. */
class Stopwatch {
  constructor(app, id, changed) {
    const { method } = app.run.protocol.refill;
    this.app = app;
    this.changed = changed;
    this.pressMs = (method.find((row) => row.press_s)?.press_s ?? 0) * SECOND;
    this.fine = method.find((row) => row.step_ds)?.step_ds ?? 1;
    this.state = watch.IDLE;
    this.side = h("span", { class: "r-watchside" });
    this.word = h("span");
    this.digits = h("b", { class: "num" });
    this.node = button(`watch-${id}`, { class: "r-watch", press: () => this.clicked() }, icon("clock"), h("span", {}, this.side, this.word), this.digits);
    for (const type of ["pointerup", "pointercancel"]) this.node.addEventListener(type, () => this.go(watch.up));
    this.node.addEventListener("pointerdown", () => { this.touched = performance.now(); this.go(watch.down); });
    this.node.addEventListener("contextmenu", (event) => event.preventDefault());
    this.tick();
  }

  get value() { return this.state.value; }

  name(text) { say(this.side, text); }

  /** A click that no finger made: the keyboard's, or a screen reader's. */
  clicked() {
    const byFinger = this.touched !== undefined && this.touched !== null;
    this.touched = null;
    if (!byFinger) this.go(watch.tap);
  }

  go(step) {
    const before = this.state;
    this.state = step(this.state, performance.now(), this.fine);
    if (this.state.phase === "pressing" && before.phase !== "pressing") this.cued = false;
    this.tick();
    if (this.state.value !== before.value) this.changed();
  }

  tick() {
    const now = performance.now();
    const { phase, value } = this.state;
    say(this.word, watch.words(this.state, now, this.pressMs));
    say(this.digits, phase === "done" ? seconds(value) : watch.figure(this.state, now, this.pressMs));
    this.node.classList.toggle("is-on", phase === "pressing" || phase === "counting");
    this.node.classList.toggle("is-release", watch.pressed(this.state, now, this.pressMs));
    if (!this.cued && watch.pressed(this.state, now, this.pressMs)) this.cue();
  }

  /** The press was long enough: the soft notes say so to whoever looks at the skin. */
  cue() {
    this.cued = true;
    this.app.sound.play("soon", this.app.run.clock.readMono());
  }
}
