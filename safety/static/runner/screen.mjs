// The run screen: draws exactly what the reducer's prompts ask for, and turns taps into events.
import { alarm } from "./alarms.mjs";
import { hms, SECOND, timeOfDay } from "./clock.mjs";
import { h, say } from "./dom.mjs";
import { Once } from "./outbox.mjs";
import { Panels } from "./panels.mjs";
import { band, drawTimes, drawTop } from "./screen_band.mjs";
import { drawLog, fit } from "./screen_log.mjs";
import { drawNotices } from "./screen_notices.mjs";
import { drawPad, drawRail } from "./screen_pad.mjs";
import { drawStep } from "./screen_step.mjs";
import { keyPressed } from "./keys.mjs";

const TICK = SECOND / 4;
const LONGEST_PRESS = 2 * SECOND;
const GHOST = 4 * SECOND / 10; // a finger still bouncing where a panel closed

export class Screen {
  constructor({ root, run, sound, wake, open, onJoin }) {
    Object.assign(this, { root, run, sound, wake, openRuns: open, onJoin, hms });
    const tenths = run.protocol.alarms.double_tap.tenths;
    this.taps = new Once((tenths * SECOND) / 10);
    this.anyTap = new Once(GHOST);
    this.played = {};
    this.build();
    this.panels = new Panels(this);
    run.watch(() => this.draw());
  }

  build() {
    this.parts = band();
    this.notices = h("div", { class: "r-notices", hidden: true });
    this.step = h("section", { class: "r-step", "aria-label": "Current step" });
    this.pad = h("div", { class: "r-pad", role: "group", "aria-label": "Log what happened" });
    this.log = h("div", { class: "r-log", role: "group", "aria-label": "Log, newest first" });
    this.rail = h("div", { class: "r-rail", role: "group", "aria-label": "Escalate, hand over, end" });
    this.foot = h("p", { class: "r-foot" });
    this.live = h("p", { class: "sr-only", role: "status", "aria-live": "polite" });
    this.work = h("div", { class: "r-work" }, this.step, this.pad, this.log);
    this.below = h("div", { class: "r-below" });
    this.body = h("div", { class: "r-body" }, this.notices, this.work, this.rail, this.foot);
    this.frame = h("div", { class: "r-frame", role: "main" },
      h("div", { class: "r-band" }, this.parts.top, this.parts.times), this.body, this.below, this.live);
  }

  /** Put the screen up and keep it going; the page behind is out of reach. */
  show() {
    this.showing = true;
    this.run.sync.watched = true;
    this.root.replaceChildren(this.frame);
    this.root.hidden = false;
    document.documentElement.classList.add("running");
    for (const node of document.body.children) if (node !== this.root && node.localName !== "svg") node.inert = true;
    if (!this.ticking) this.listen();
    this.ticking ??= setInterval(() => this.tick(), TICK);
    this.draw();
    this.step.querySelector("h1")?.focus({ preventScroll: true });
  }

  /** Show the page behind again. The emergency goes on: its clock, its tones, its sending. */
  hide() {
    this.showing = false;
    this.root.hidden = true;
    document.documentElement.classList.remove("running");
    for (const node of document.body.children) node.inert = false;
  }

  /** Another run takes this screen's place: no more tones or keys for this one; what is unsent is still sent. */
  retire() {
    this.hide();
    this.retired = true;
    clearInterval(this.ticking);
  }

  listen() {
    this.wasHidden = document.hidden;
    document.addEventListener("visibilitychange", () => {
      this.wasHidden = true;
      if (!document.hidden) this.run.sync.now();
    });
    addEventListener("online", () => this.run.sync.now());
    addEventListener("resize", () => { this.draw(); this.arrange(); });
    document.fonts?.ready.then(() => this.arrange());
    this.holdWhilePressed();
    document.addEventListener("pointerup", () => { if (this.sound.state(0) === "off") this.sound.arm(); }, true);
    document.addEventListener("keydown", (event) => keyPressed(this, event));
  }

  /** A key that is replaced under a finger loses its tap: nothing is redrawn between down and up. */
  holdWhilePressed() {
    const release = () => setTimeout(() => { this.pressedAt = null; this.draw(); });
    document.addEventListener("pointerdown", () => { this.pressedAt = this.run.clock.readMono(); }, true);
    document.addEventListener("pointerup", release, true);
    document.addEventListener("pointercancel", release, true);
  }

  get pressed() { return this.pressedAt !== null && this.pressedAt !== undefined && this.run.clock.readMono() - this.pressedAt < LONGEST_PRESS; }

  /** 14:09 in the clinic's time. */
  at(ms, seconds = false) { return timeOfDay(ms, this.run.about.clinic?.time_zone, seconds); }

  get narrow() { return innerWidth < 700; }

  tick() {
    this.run.checkClock(!document.hidden && !this.wasHidden);
    this.wasHidden = document.hidden;
    this.draw();
  }

  /** Everything on screen follows from the prompts of this moment. */
  draw() {
    const p = this.retired ? null : this.run.prompts();
    if (!p) return;
    this.prompts = p;
    this.ring(p);
    if (!this.showing || this.pressed) return;
    const drawn = [
      drawTop(this, this.parts.top), drawTimes(this, this.parts, p, this.run.clock.now()), drawNotices(this, this.notices, p),
      drawStep(this, this.step, p), drawPad(this, this.pad, p), drawLog(this, this.log), drawRail(this, this.rail, p),
    ];
    this.drawFoot();
    if (drawn.some(Boolean)) this.arrange();
    this.panels.draw(p);
    this.titled(p);
  }

  /** Let heights, help and sizes give way, in the order of the style sheet, until everything is in view. */
  arrange() {
    const given = [];
    this.frame.dataset.fit = "";
    for (let level = 1; level <= 6 && this.tight(); level += 1) {
      given.push(level);
      this.frame.dataset.fit = given.join(" ");
    }
    fit(this.log);
  }

  tight() {
    const newest = this.log.querySelector("li")?.getBoundingClientRect();
    const cut = newest && newest.bottom > this.log.getBoundingClientRect().bottom + 1;
    return cut || this.step.scrollHeight > this.step.clientHeight + 1 || this.frame.scrollHeight > this.frame.clientHeight + 1;
  }

  drawFoot() {
    const approved = this.run.protocol.approved === true;
    const words = approved ? `Decision support${this.run.about.clinic ? `, approved by ${this.run.about.clinic.name}` : ""}. Not a substitute for clinical judgement.` : "Not approved here by a medical director. Decision support, not a substitute for clinical judgement.";
    say(this.foot, words);
    this.foot.classList.toggle("is-unapproved", !approved);
  }

  ring(p) {
    const { tone, words, played } = alarm(p, this.run.clock.now(), this.played);
    this.played = played;
    if (words) say(this.live, words);
    if (tone) this.sound.play(tone, this.run.clock.readMono());
  }

  titled(p) {
    const drill = p.drill ? "DRILL: " : "";
    const title = p.ended ? `${drill}Emergency ended · Reflow` : `${drill}Emergency running · Reflow`;
    if (document.title !== title) document.title = title;
  }

  /** One tap, one entry. A second tap of the same button in a moment counts once, and says so. */
  tap(key, type, data) {
    const now = this.run.clock.readMono();
    this.sound.arm();
    this.wake.ask();
    if (!this.taps.first(key, now) || !this.anyTap.first("", now)) return this.countedOnce();
    this.once = null;
    const event = this.run.record(type, data);
    this.panels.close();
    say(this.live, `Logged, ${this.at(event.at_ms)}`);
    return event;
  }

  countedOnce() {
    const ours = this.run.outbox.unsent().at(-1) ?? [...this.run.outbox.entries.values()].at(-1);
    this.once = ours?.id ?? null;
    say(this.live, "Counted once");
    this.draw();
    return null;
  }

  /** The key of an answer on the step card. */
  answer(answer) { this.tap("answer", answer.event.type, answer.event.data); }

  /** A key of the pad or the rail. */
  press(key) {
    if (key === "dose") return this.dose();
    if (key === "vision") return this.escalate("vision", "vision_changed");
    if (key === "anaphylaxis") return this.escalate("anaphylaxis", "anaphylaxis_suspected");
    return this.open(key);
  }

  /** The default dose in one tap; the panel when units or lot are not known without asking. */
  dose() {
    const { dose } = this.prompts;
    const lots = this.run.state.context.stock?.length ?? 0;
    if (!dose.event || (dose.event.data.lot === null && lots > 1)) return this.open("dose");
    const early = dose.status === "waiting" || (dose.status === "none" && dose.number > 1);
    const event = this.tap("dose", dose.event.type, dose.event.data);
    if (event && early) this.early = event.id;
    this.draw();
    return event;
  }

  escalate(branch, type) {
    if (this.prompts.branches[branch]) return this.open("branch", branch);
    return this.tap(branch, type, {});
  }

  /** One tap strikes with reason mis-tap; one more takes the line away again. */
  strike(id, struck, reason = "mis-tap") {
    return struck ? this.tap(`unstrike ${id}`, "strike_undone", { event: id }) : this.tap(`strike ${id}`, "entry_struck", { event: id, reason });
  }

  resolve(events, voided) {
    const reason = voided ? "same dose, told twice" : "two doses";
    return this.tap("duplicate", "duplicate_resolved", { events, void: voided, reason });
  }

  open(name, argument) {
    this.sound.arm();
    this.panels.open(name, argument);
  }

  /** Emergencies already open in this clinic when this one began, until joined or waved away. */
  others() { return this.openRuns.filter((run) => run.id !== this.run.id && !run.drill); }

  keepBoth(run) {
    this.openRuns = this.openRuns.filter((other) => other !== run);
    this.draw();
  }

  join(run) {
    if (this.run.state.facts.length === 1) this.run.record("emergency_ended", { reason: "started_by_mistake", why: "Joined the emergency already running" });
    this.onJoin(run.id);
  }

  /** What a tap on a chip mends. */
  mend(key) {
    const now = this.run.clock.readMono();
    if (key === "screen") this.wake.ask();
    if (key === "sound" && this.sound.state(now) === "off") this.sound.arm();
    else if (key === "sound") this.sound.toggleQuiet(now);
    if (key === "saved" && this.run.saved().trouble === "sign_in") this.signIn();
    else if (key === "saved") this.open("saved");
    this.draw();
  }

  signIn() { location.assign(`/sign-in?next=${encodeURIComponent(`/emergencies/${this.run.id}/run`)}`); }

  leave() { location.assign(`/emergencies/${this.run.id}`); }
}
