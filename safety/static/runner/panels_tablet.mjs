// Handing the run to another tablet: codes one after the other, which its camera reads in any order. No server needed.
import { SECOND } from "./clock.mjs";
import { button, h, icon, say } from "./dom.mjs";
import { cut, pack, TooLong } from "./frames.mjs";
import { bundle, OTHER_TABLET } from "./handover.mjs";
import { submit } from "./pieces.mjs";
import { drawCode } from "./qr.mjs";

const EACH = SECOND / 2; // never more than two changes a second
const EACH_CALM = SECOND;

export function tabletPanel(app) {
  const showing = new Showing(app);
  return {
    title: "Go on with another tablet", sign: () => showing.sign(), draw: () => showing.draw(), tick: () => showing.tick(), closed: () => { showing.closed = true; },
  };
}

class Showing {
  constructor(app) {
    Object.assign(this, { app, index: 0, drawnAt: -Infinity, paused: false, address: false, withProtocol: false, frames: null, fault: null });
    this.canvas = h("canvas", { class: "r-code", role: "img" });
    this.count = h("p", { class: "r-read num", data: { frame: "" } });
    this.each = matchMedia("(prefers-reduced-motion: reduce)").matches ? EACH_CALM : EACH;
    this.cut();
  }

  /** Cut what is recorded now into frames; what follows is recorded here and sent when the server answers. */
  async cut() {
    const { run } = this.app;
    await Promise.race([run.writing, new Promise((resolve) => { setTimeout(resolve, SECOND); })]); // numbers first
    this.held = run.outbox.entries.size;
    this.fault = null;
    try {
      this.frames = cut(run.id, await pack(bundle(run, run.clock.readWall(), this.withProtocol)));
    } catch (fault) {
      this.frames = null;
      this.fault = fault instanceof TooLong ? "This run is too long for codes." : "This run cannot be put into codes.";
    }
    this.index = 0;
    this.drawnAt = -Infinity;
    this.app.draw();
  }

  newer() { return this.held === undefined ? 0 : this.app.run.outbox.entries.size - this.held; }

  sign() { return [this.paused, this.address, this.withProtocol, Boolean(this.frames), this.fault, this.newer()]; }

  /** The next frame when its time has come. Each carries the time of its drawing: the other tablet takes our clock. */
  tick() {
    if (this.closed || !this.frames || this.address) return;
    const now = this.app.run.clock.readMono();
    if (this.drawnAt > -Infinity && (this.paused || this.frames.count === 1 ? now - this.drawnAt < EACH_CALM : now - this.drawnAt < this.each)) return;
    if (this.drawnAt > -Infinity && !this.paused) this.index = (this.index + 1) % this.frames.count;
    this.drawFrame(now);
  }

  drawFrame(now) {
    this.drawnAt = now;
    drawCode(this.canvas, this.frames.text(this.index, this.app.run.clock.now()));
    const words = `Code ${this.index + 1} of ${this.frames.count}`;
    say(this.count, words);
    this.canvas.setAttribute("aria-label", words);
  }

  step() {
    this.index = (this.index + 1) % this.frames.count;
    this.drawFrame(this.app.run.clock.readMono());
  }

  draw() {
    if (this.address) this.drawAddress();
    else if (this.frames) this.drawFrame(this.app.run.clock.readMono());
    const code = this.fault ? h("p", { class: "r-error", role: "alert", text: `${this.fault} Keep the record as a file and open it on the other tablet.` }) : h("div", { class: "r-codeplace" }, this.canvas, !this.address && this.count);
    return [h("div", { class: "r-giving" }, code, h("div", { class: "r-givewords" }, this.words(), this.buttons()))];
  }

  drawAddress() {
    drawCode(this.canvas, this.link);
    this.canvas.setAttribute("aria-label", "Code with the address of this run");
  }

  get link() { return `${location.origin}/emergencies/${this.app.run.id}/run`; }

  words() {
    if (this.address) {
      return [h("p", { class: "r-read", text: "Scan this with the other tablet's camera, or type the address. The server must answer." }), h("p", { class: "r-address", text: this.link })];
    }
    return [
      h("ol", { class: "r-howto" }, ["On the other tablet open Start emergency.", "Tap \"Take over a running emergency\".", "Hold its camera to this code until it has read them all."].map((text) => h("li", { text }))),
      h("p", { class: "quiet", text: "Works without the server. The codes hold what was recorded: show them to your own tablets only." }),
      this.newer() > 0 && h("p", { class: "r-hint", text: `${this.newer()} newer ${this.newer() === 1 ? "entry is" : "entries are"} not in these codes.` }),
    ];
  }

  buttons() {
    const set = (change) => () => { Object.assign(this, change); this.drawnAt = -Infinity; this.app.draw(); };
    const again = (change) => () => { Object.assign(this, change); this.cut(); };
    const plain = (key, label, press, name) => button(key, { class: "r-submit is-small", press }, name && icon(name), label);
    const moving = !this.address && this.frames?.count > 1;
    return h("div", { class: "r-row" },
      submit("The other tablet has it", () => this.app.tap("handed", "handover_given", { to: OTHER_TABLET })),
      moving && plain("pause", this.paused ? "Go on showing" : "Pause", set({ paused: !this.paused })),
      moving && this.paused && plain("step", "Next code", () => this.step(), "next"),
      this.newer() > 0 && plain("renew", "Show with the newest entries", again({})),
      !this.address && !this.withProtocol && plain("protocol-too", "It lacks the protocol", again({ withProtocol: true })),
      plain("address", this.address ? "Show the codes" : "Show the address", set({ address: !this.address })),
      plain("take-over", "Take over here instead", () => this.app.onTakeOver()));
  }
}
