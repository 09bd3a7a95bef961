// Panels open one tap deep over the step and the pad. They never cover the timers, and name the current step.
import { button, h, icon, redraw } from "./dom.mjs";
import { afterPanel } from "./panels_after.mjs";
import { aspirinPanel } from "./panels_aspirin.mjs";
import { ambulancePanel, callPanel } from "./panels_call.mjs";
import { branchPanel, bruisePanel, differentialPanel, situationPanel } from "./panels_help.mjs";
import { drugPanel, notePanel } from "./panels_log.mjs";
import { symptomPanel } from "./panels_signs.mjs";
import { dosePanel, lotPanel } from "./panels_dose.mjs";
import { entryPanel, logPanel, noticesPanel, refusedPanel, savedPanel } from "./panels_entries.mjs";
import { endPanel, handoverPanel, reopenPanel } from "./panels_end.mjs";
import { photoPanel } from "./panels_photo.mjs";
import { tabletPanel } from "./panels_tablet.mjs";
import { refillPanel } from "./panels_refill.mjs";
import { morePanel, patientPanel, recorderPanel, settingsPanel, skipPanel, stepsPanel } from "./panels_run.mjs";

const PANELS = {
  refill: refillPanel, photo: photoPanel, symptom: symptomPanel, call: callPanel, ambulance: ambulancePanel,
  note: notePanel, drug: drugPanel, dose: dosePanel, lot: lotPanel, steps: stepsPanel, skip: skipPanel, log: logPanel,
  entry: entryPanel, refused: refusedPanel, notices: noticesPanel, saved: savedPanel, recorder: recorderPanel,
  patient: patientPanel, branch: branchPanel, more: morePanel, settings: settingsPanel, handover: handoverPanel,
  other: tabletPanel, end: endPanel, reopen: reopenPanel, after: afterPanel, bruise: bruisePanel, differential: differentialPanel,
  situation: situationPanel, aspirin: aspirinPanel,
};

export class Panels {
  constructor(app) {
    this.app = app;
    this.name = null;
  }

  /** Open a panel. It is {title, draw(p) → nodes, sign?(p)}: drawn again only when its sign changes. */
  open(name, argument) {
    const before = this.name ? this.opener : document.activeElement?.dataset?.key;
    this.close(false);
    this.name = name;
    this.opener = before;
    this.panel = PANELS[name](this.app, argument);
    this.heading = h("h2", { tabindex: "-1", id: "panel-title", text: this.panel.title });
    this.now = h("p", { class: "r-now" });
    this.content = h("div", { class: "r-content" });
    const back = button("back", { class: "r-back", press: () => this.close() }, icon("back"), "Back to run");
    this.node = h("div", { class: `r-panel is-${name}`, role: "dialog", "aria-labelledby": "panel-title" },
      h("div", { class: "r-panelhead" }, back, h("div", {}, this.heading, this.now)), this.content);
    this.app.below.replaceChildren(this.node);
    this.app.body.inert = true;
    this.app.frame.classList.add("has-panel");
    this.draw(this.app.prompts);
    this.content.querySelector("[data-here]")?.scrollIntoView({ block: "center" });
    this.heading.focus({ preventScroll: true });
  }

  close(refocus = true) {
    if (!this.name) return;
    this.panel.closed?.();
    this.name = this.panel = null;
    this.app.below.replaceChildren();
    this.app.body.inert = false;
    this.app.frame.classList.remove("has-panel");
    this.app.arrange();
    if (refocus) this.focusBack();
  }

  focusBack() {
    const key = this.opener && CSS.escape(this.opener);
    const target = key && this.app.body.querySelector(`[data-key="${key}"]`);
    (target || this.app.step.querySelector("h1"))?.focus({ preventScroll: true });
  }

  draw(p) {
    if (!this.panel || !p) return;
    const { text } = this.app.track.step;
    redraw(this.now, text, () => (p.ended ? [] : [h("b", { text: "Now: " }), text]));
    redraw(this.content, [this.name, this.panel.sign ? this.panel.sign(p) : 0], () => this.panel.draw(p));
    this.panel.tick?.(p);
  }
}
