// Signs as taps: each with its point and side, pain as a number, and what must be reached at once.
import { stands } from "./facts.mjs";
import { pointNow } from "./answers.mjs";
import { placeWords } from "./refillwords.mjs";
import { pointChoice, SIDES } from "./panels_refill.mjs";
import { chip, choice, group } from "./pieces.mjs";

export function symptomPanel(app) {
  const form = new SignForm(app);
  return { title: "Symptom", sign: () => app.run.state.facts.length, draw: () => form.nodes() };
}

class SignForm {
  constructor(app) {
    this.app = app;
    const { run } = app;
    const at = pointNow(run.protocol, run.state);
    this.point = pointChoice(run, at.point, () => {}, [{ key: "", label: "Not said" }]);
    this.side = choice("Side (the patient's)", SIDES.map(([key, label]) => ({ key, label })), at.side);
  }

  nodes() {
    const { app } = this;
    const { protocol } = app.run;
    const score = (value) => chip(`pain-${value}`, String(value), () => app.tap("pain", "pain_scored", { score: value }), { look: "is-digit" });
    return [
      group("At once", this.urgent(protocol.branches)),
      this.side.node,
      group("Sign seen", protocol.signs.map((row) => this.sign(row)), "Tap when seen; tap again when gone."),
      group("Pain, 0 to 10", Array.from({ length: 11 }, (_, value) => score(value))),
      protocol.bruise_or_occlusion && group("Not sure", [chip("to-bruise", "Bruise or occlusion?", () => app.open("bruise"), { name: "list" })]),
      this.point.node,
    ];
  }

  urgent(branches) {
    const { app } = this;
    return [
      chip("to-vision", "Vision change", () => app.press("vision"), { name: "eye", look: "is-red" }),
      chip("to-anaphylaxis", "Anaphylaxis", () => app.press("anaphylaxis"), { name: "tri", look: "is-red" }),
      branches.collapse && chip("to-collapse", "Collapse or faint", () => app.press("collapse"), { name: "down", look: "is-red" }),
    ].filter(Boolean);
  }

  /** A sign with where it was seen last; one tap says seen or gone at the point and side chosen above. */
  sign(row) {
    const { app } = this;
    const told = app.run.state.facts.filter((fact) => /^sign_(seen|gone)$/.test(fact.type) && stands(fact) && fact.data.sign === row.id).at(-1);
    const seen = told?.type === "sign_seen";
    const where = () => (seen ? { point: told.data.point, side: told.data.side } : { point: this.point.chosen() || null, side: this.side.chosen() });
    const small = seen ? `Seen ${app.at(told.at_ms)}${told.data.point ? `, ${placeWords(app.run.protocol, told.data).toLowerCase()}` : ""}. Tap when gone` : row.text;
    const tell = () => app.tap(`sign-${row.id}`, seen ? "sign_gone" : "sign_seen", { sign: row.id, ...where() });
    return chip(`sign-${row.id}`, row.name, tell, { small, pressed: seen, look: "is-wide" });
  }
}
