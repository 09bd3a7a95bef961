// The run screen: draws exactly what the reducer's prompts ask for, and turns taps into events.
import { alarm } from "./alarms.mjs";
import { dateOf, hms, SECOND, timeOfDay } from "./clock.mjs";
import { h, say } from "./dom.mjs";
import { Once } from "./outbox.mjs";
import { Panels } from "./panels.mjs";
import { listsBlocks } from "./panels_aspirin.mjs";
import { attachDrill, drawDrill } from "./drill_card.mjs";
import { linesOf, Reader } from "./reader.mjs";
import { band, drawTimes, drawTop, fitWho } from "./screen_band.mjs";
import { drawLog, fit, unfit } from "./screen_log.mjs";
import { drawNotices } from "./screen_notices.mjs";
import { drawPad, drawRail } from "./screen_pad.mjs";
import { drawStep } from "./screen_step.mjs";
import { drawTracks, trackShown } from "./screen_tracks.mjs";
import { keyPressed } from "./keys.mjs";

const TICK = SECOND / 4;
const LONGEST_PRESS = 2 * SECOND;
const GHOST = 4 * SECOND / 10; // a finger still bouncing where a panel closed

export class Screen {
  constructor({ root, run, sound, wake, open, onJoin, onTakeOver, reader = new Reader() }) {
    Object.assign(this, { root, run, sound, wake, reader, openRuns: open, onJoin, onTakeOver, hms });
    const tenths = run.protocol.alarms.double_tap.tenths;
    this.taps = new Once((tenths * SECOND) / 10);
    this.anyTap = new Once(GHOST);
    this.played = {};
    this.seen = new Set();
    this.build();
    attachDrill(this);
    this.panels = new Panels(this);
    run.watch(() => this.draw());
  }

  build() {
    this.parts = band(() => this.setLarge(!this.large));
    this.notices = h("div", { class: "r-notices", hidden: true });
    this.tracks = h("div", { class: "r-tracks", role: "group", "aria-label": "Paths that are open", hidden: true });
    this.card = h("div", { class: "r-card-body" });
    this.step = h("section", { class: "r-step", "aria-label": "Current step" }, this.tracks, this.card);
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
    document.fonts?.ready.then(() => { this.arranged = null; this.arrange(); });
    this.holdWhilePressed();
    document.addEventListener("pointerup", () => { this.armVoices(); }, true);
    document.addEventListener("keydown", (event) => keyPressed(this, event));
  }

  /** In a tap: sound that is off is tried again, and the voice with it. */
  armVoices() {
    if (this.sound.state(0) === "off") this.sound.arm();
    this.reader.arm();
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

  /** 26 Nov 2026 in the clinic's zone. */
  date(ms) { return dateOf(ms, this.run.about.clinic?.time_zone); }

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
    this.follow(p);
    this.ring(p);
    if (!this.showing || this.pressed) return;
    const drawn = [
      drawTop(this, this.parts.top), drawDrill(this, p), drawTimes(this, this.parts, p, this.run.now()), drawNotices(this, this.notices, p),
      drawTracks(this, this.tracks, p, this.run.now()), drawStep(this, this.card, p), drawPad(this, this.pad, p), drawLog(this, this.log), drawRail(this, this.rail, p),
    ];
    this.drawFoot();
    if (drawn[0]) fitWho(this.parts.top);
    if (drawn.some(Boolean)) this.arrange();
    this.panels.draw(p);
    this.titled(p);
    this.reader.follow(document.hidden ? [] : linesOf(p, this.track.step), Boolean(this.rang));
    this.rang = null;
  }

  /** The path on the step card: the chosen one, until another becomes the urgent one. */
  follow(p) {
    if (p.branches.current !== this.urgent) this.chosen = null;
    this.urgent = p.branches.current;
    this.track = trackShown(p, this.chosen);
  }

  /** Look at another open path, and answer its step. */
  look(id) {
    this.chosen = id;
    this.draw();
    this.arrange();
  }

  /** Let heights, help and sizes give way, in the order of the style sheet, until everything is in view. */
  arrange() {
    if (this.large) return this.arrangeLarge();
    const looks = [innerWidth, innerHeight, this.card.drawn, this.notices.drawn, this.tracks.drawn, this.parts.cards.drawn].join();
    if (looks === this.arranged && !this.tight()) return fit(this.log); // the same things in the same room
    this.arranged = looks;
    const given = [];
    unfit(this.log);
    this.frame.dataset.fit = "";
    for (let level = 1; level <= 8 && this.tight(); level += 1) {
      given.push(level);
      this.frame.dataset.fit = given.join(" ");
    }
    fit(this.log);
    fitWho(this.parts.top);
  }

  /** Room-size digits: as large as the screen holds. */
  arrangeLarge() {
    this.frame.dataset.fit = "";
    for (let tenths = 20; tenths >= 6; tenths -= 1) {
      this.frame.style.setProperty("--big", String(tenths / 10));
      this.frame.style.setProperty("--words", String(tenths / 10));
      if (!overflows(this.frame)) break;
    }
    this.growWords();
    fitWho(this.parts.top);
  }

  /** The words of the step take what room the digits leave. */
  growWords() {
    for (let tenths = 30; tenths >= 6; tenths -= 1) {
      this.frame.style.setProperty("--words", String(tenths / 10));
      if (!overflows(this.frame)) return;
    }
  }

  /** One tap to digits for the whole room, one tap back. */
  setLarge(large) {
    if (large) this.panels.close(false);
    this.large = large;
    this.arranged = null;
    this.frame.classList.toggle("is-large", large);
    this.draw();
    this.arrange();
    (large ? this.pad.querySelector("[data-key=normal]") : this.parts.large)?.focus({ preventScroll: true });
  }

  tight() {
    const newest = this.log.querySelector("li")?.getBoundingClientRect();
    const cut = newest && newest.bottom > this.log.getBoundingClientRect().bottom + 1;
    const under = this.log.getBoundingClientRect().bottom > this.rail.getBoundingClientRect().top + 1;
    return cut || under || this.step.scrollHeight > this.step.clientHeight + 1 || this.frame.scrollHeight > this.frame.clientHeight;
  }

  drawFoot() {
    const approved = this.run.protocol.approved === true;
    const words = approved ? `Decision support${this.run.about.clinic ? `, approved by ${this.run.about.clinic.name}` : ""}. Not a substitute for clinical judgement.` : "Not approved here by a medical director. Decision support, not a substitute for clinical judgement.";
    say(this.foot, words);
    this.foot.classList.toggle("is-unapproved", !approved);
  }

  ring(p) {
    const { tone, words, played } = alarm(p, this.run.now(), this.played);
    this.played = played;
    if (words) say(this.live, words);
    if (!tone) return;
    this.rang = tone;
    if (tone === "due") this.reader.repeat(linesOf(p, this.track.step));
    this.sound.play(tone, this.run.clock.readMono());
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
    this.reader.arm();
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

  /** The key of an answer on the step card. Before aspirin counts as given its block list is asked. */
  answer({ event: { type, data } }) {
    if (type === "aspirin_decided" && data.decision === "given" && listsBlocks(this.run.protocol)) return this.open("aspirin");
    return this.tap("answer", type, data);
  }

  /** A key of the pad or the rail. */
  press(key) {
    if (key === "dose") return this.dose();
    if (key === "vision") return this.escalate("vision", "vision_changed");
    if (key === "anaphylaxis") return this.escalate("anaphylaxis", "anaphylaxis_suspected");
    if (key === "collapse") return this.collapse();
    return this.open(key);
  }

  /** The default dose in one tap; the panel when units or lot are not known without asking. */
  dose() {
    const { dose } = this.prompts;
    const lots = this.run.state.context.stock?.length ?? 0;
    if (!dose.event || (dose.event.data.lot === null && lots > 1)) return this.open("dose");
    const early = dose.status === "waiting" || (dose.status === "none" && dose.number > 1);
    const event = this.tap("dose", dose.event.type, dose.event.data);
    if (event && early) {
      this.early = event.id;
      this.draw();
    }
    return event;
  }

  /** Faint, anaphylaxis or poisoning by local anaesthetic: one tap, then one table that tells them apart. */
  collapse() {
    if (!this.run.protocol.branches.collapse) return this.open("symptom"); // a protocol from before this path
    const event = this.prompts.branches.collapse ? null : this.tap("collapse", "collapse_noticed", {});
    if (this.prompts.branches.collapse || event) this.open("differential");
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
    if (this.large) this.setLarge(false);
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
    if (key === "reader") this.mendReader();
    if (key === "screen") this.wake.ask();
    if (key === "sound" && this.sound.state(now) === "off") this.sound.arm();
    else if (key === "sound") this.sound.toggleQuiet(now);
    if (key === "saved" && this.run.saved().trouble === "sign_in") this.signIn();
    else if (key === "saved") this.open("saved");
    this.draw();
  }

  /** One tap speaks or mutes; where no voice lives on this device, it says so. */
  mendReader() {
    if (this.reader.state === "none") say(this.live, "No voice on this device. Tones only.");
    else this.reader.toggle();
  }

  signIn() { location.assign(`/switch?next=${encodeURIComponent(`/emergencies/${this.run.id}/run`)}`); }

  leave() { location.assign(`/emergencies/${this.run.id}`); }
}

/** Something is wider or higher than its place. */
function overflows(frame) {
  if (frame.scrollHeight > frame.clientHeight + 1 || frame.scrollWidth > frame.clientWidth + 1) return true;
  const over = (node) => node.scrollHeight > node.clientHeight + 1 || node.scrollWidth > node.clientWidth + 1;
  return [...frame.querySelectorAll(".r-step, .r-card, .r-times, .r-body, .r-elapsed, .r-pad")].some(over);
}
