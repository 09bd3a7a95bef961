// Taking over a running emergency from another tablet: by camera from its codes, or from a record file. No server needed.
import decodeQR from "../vendor/qr/decode.js";
import { hms, timeOfDay } from "./clock.mjs";
import { button, h, icon, redraw, say } from "./dom.mjs";
import { Damaged, Gathering, unpack } from "./frames.mjs";
import { apart, baseFromFile, opened, summary } from "./handover.mjs";

const LARGEST = 1280; // pixels of a camera picture that are looked at, on its longer side
const REST = 40; // ms between two looks, so that taps are heard
const ADDRESS = /\/emergencies\/([0-9a-f-]{36})\/run$/;

export class TakeOver {
  /** `go(taken, base)` goes on with a run here; `join(id)` opens one by its address; `back()` shows what was before. */
  constructor({ root, clock, kit, go, join, back }) {
    Object.assign(this, { root, clock, kit, go, join, back });
    this.gathering = new Gathering();
    this.state = { step: "ask" };
    this.video = h("video", { class: "t-video", muted: true, playsinline: true, "aria-label": "Camera picture" });
    this.video.muted = true; // the attribute alone is not enough when set from a script
    this.progress = h("progress", { class: "t-progress", max: 1, value: 0, "aria-label": "Codes read" });
    this.live = h("p", { class: "r-read", role: "status", text: "No code read yet" });
    this.body = h("div", { class: "r-content" });
    this.heading = h("h1", { tabindex: "-1", text: "Take over a running emergency" });
    this.frame = h("div", { class: "r-frame t-frame", role: "main" },
      h("div", { class: "r-panelhead" }, button("leave", { class: "r-back", press: () => this.leave() }, icon("back"), "Back"), this.heading), this.body);
  }

  show() {
    this.root.replaceChildren(this.frame);
    this.root.hidden = false;
    document.documentElement.classList.add("running");
    for (const node of document.body.children) if (node !== this.root && node.localName !== "svg") node.inert = true;
    this.draw();
    this.heading.focus({ preventScroll: true });
    this.look();
  }

  leave() {
    this.close();
    this.back();
  }

  close() {
    this.closed = true;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.root.hidden = true;
    this.root.replaceChildren();
    document.documentElement.classList.remove("running");
    for (const node of document.body.children) node.inert = false;
  }

  to(step, more = {}) {
    this.state = { step, ...more };
    this.draw();
  }

  async look() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: LARGEST } } });
    } catch {
      return this.to("blind"); // refused, in use, none there, or plain http: the file still works
    }
    if (this.closed) return this.close();
    this.to("read");
    this.video.srcObject = this.stream;
    this.video.play().catch(() => {}); // not waited for: a camera may take its time to give a first picture
    this.reading();
  }

  /** Look at one picture after the other until a run is whole. */
  async reading() {
    const canvas = document.createElement("canvas");
    while (!this.closed && this.state.step === "read") {
      const seen = this.glance(canvas);
      if (seen) await this.saw(seen.text, seen.at);
      await new Promise((resolve) => { setTimeout(resolve, REST); });
    }
  }

  /** The text of the code in the camera's picture now, with the moment it was taken. */
  glance(canvas) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width) return null;
    const scale = Math.min(1, LARGEST / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const at = this.clock.readMono();
    pen.drawImage(this.video, 0, 0, canvas.width, canvas.height);
    try {
      return { text: decodeQR(pen.getImageData(0, 0, canvas.width, canvas.height)), at };
    } catch {
      return null; // no code in this picture
    }
  }

  async saw(text, at) {
    const [, id] = text.startsWith(location.origin) ? ADDRESS.exec(text) ?? [] : [];
    if (id) return this.address(id);
    const found = this.gathering.take(text, at);
    if (!found) return say(this.live, "That code is not of a running emergency.");
    this.progress.max = found.count;
    this.progress.value = found.have;
    say(this.live, `${found.have} of ${found.count} codes read`);
    if (found.done) await this.whole(found);
  }

  async whole(found) {
    try {
      this.offer(await unpack(this.gathering.bytes(found)), found.row.base);
    } catch (fault) {
      if (!(fault instanceof Damaged)) throw fault;
      say(this.live, "The codes did not fit together. They are read again.");
    }
  }

  address(id) {
    this.close();
    this.join(id);
  }

  /** A run was read: show what it is before anything counts here. */
  offer(value, base) {
    const taken = opened(value, this.kit);
    if (taken.problem) return this.to("problem", { problem: taken.problem });
    const from = base ?? baseFromFile(taken, this.clock);
    const told = summary(taken, Math.round(from + this.clock.readMono()));
    if (!told) return this.to("problem", { problem: "format" });
    this.to("offer", { taken, told, base: from, byFile: base === null });
  }

  accept() {
    const { taken, base } = this.state;
    this.close();
    this.go(taken, base);
  }

  async file(file) {
    try {
      this.offer(JSON.parse(await file.text()), null);
    } catch {
      this.to("problem", { problem: "format" });
    }
  }

  again() {
    this.gathering = new Gathering();
    if (!this.stream) return this.to("blind");
    say(this.live, "No code read yet");
    this.to("read");
    this.reading();
  }

  draw() { redraw(this.body, this.state.step + (this.state.problem ?? ""), () => STEPS[this.state.step](this)); }
}

const HOLD = "On the tablet that has the run, tap Hand over, then \"Go on with another tablet\". Hold this tablet's camera to its codes.";

const STEPS = {
  ask: () => [h("p", { class: "r-read", text: "Allow the camera, so that it can read the codes of the other tablet." })],
  read: (view) => [h("div", { class: "t-reading" }, view.video, h("div", { class: "r-givewords" }, h("p", { class: "r-read", text: HOLD }), view.live, view.progress, fileButton(view)))],
  blind: (view) => [
    h("p", { class: "r-hint", role: "alert", text: "This tablet's camera cannot be used: not allowed, in use, or the address is not a secure one." }),
    h("p", { class: "r-read", text: "On the other tablet tap the saved chip, then \"Keep the record as a file\". Bring the file here." }), fileButton(view)],
  problem: (view) => [
    h("p", { class: "r-hint", role: "alert", text: PROBLEMS[view.state.problem] }),
    h("div", { class: "r-row" }, button("again", { class: "r-submit is-primary", press: () => view.again() }, "Read again"), fileButton(view))],
  offer: (view) => offered(view),
};

const PROBLEMS = {
  format: "That is not a running emergency of Reflow.",
  protocol: "This tablet does not hold the protocol of that run. On the other tablet tap \"It lacks the protocol\", then read its codes again.",
};

function fileButton(view) {
  const input = h("input", { type: "file", accept: "application/json,.json", hidden: true, "aria-label": "Record file" });
  input.addEventListener("change", () => input.files[0] && view.file(input.files[0]));
  return h("div", {}, input, button("file", { class: "r-submit", press: () => input.click() }, icon("doc"), "Open a record file"));
}

/** What was read, to be compared with the other tablet's screen before going on. */
function offered(view) {
  const { taken, told, byFile } = view.state;
  const zone = view.kit?.clinic?.time_zone ?? taken.clinic?.time_zone;
  const elsewhere = taken.clinic?.name && view.kit?.clinic?.name && taken.clinic.name !== view.kit.clinic.name;
  const facts = [
    ["Since", `${timeOfDay(told.started_ms, zone)}, ${hms(told.elapsed_ms)} ago`],
    ["Given", `${told.units} units, ${told.doses} ${told.doses === 1 ? "dose" : "doses"}`],
    ["Entries", `${told.entries}${told.unsent ? `, ${told.unsent} not on the server yet` : ", all on the server"}`],
  ];
  const off = view.state.base - view.clock.base;
  return [
    h("h2", { class: "t-title", text: `${taken.drill ? "DRILL: " : ""}${taken.protocol.title}` }),
    h("dl", { class: "r-handover" }, facts.map(([term, text]) => h("div", {}, h("dt", { text: term }), h("dd", { text })))),
    told.ended && h("p", { class: "r-hint", text: "This emergency has ended." }),
    elsewhere && h("p", { class: "r-hint", text: `It was begun at ${taken.clinic.name}. This tablet cannot send it.` }),
    h("p", { class: "quiet", text: `${byFile ? "Its time is told by the clocks of both tablets. Compare it with the other screen." : `The same clock goes on here. The two tablets' clocks differ by ${apart(off)}.`}` }),
    h("div", { class: "r-row" }, button("go", { class: "r-submit is-primary", press: () => view.accept() }, icon("next"), "Go on here"),
      button("again", { class: "r-submit", press: () => view.again() }, "Read again")),
  ];
}
