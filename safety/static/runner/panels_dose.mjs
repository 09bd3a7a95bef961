// The dose when something is to be chosen: lot, dilution with the volume of the approved table, another amount.
// Nothing here works out a dose or a volume: both are rows of the protocol.
import { day } from "./clock.mjs";
import { h } from "./dom.mjs";
import { millilitres } from "./logwords.mjs";
import { choice, field, submit } from "./pieces.mjs";

const OTHER = "other";

export function dosePanel(app) {
  const form = new DoseForm(app, app.prompts.dose);
  return { title: `Dose ${app.prompts.dose.number}`, draw: () => form.nodes() };
}

class DoseForm {
  constructor(app, dose) {
    this.app = app;
    this.dose = dose;
    this.chosen = dose.event?.data ?? { lot: null, lot_code: null, product: null, dilution_ul: null };
    this.amount = field("Units given", { inputmode: "numeric", hint: "Whole units, as on the vial." });
    this.reason = field("Why another amount, and who decided");
    this.code = field("Lot code on the vial");
    this.units = choice("Amount", this.amounts(), dose.units === null ? null : String(dose.units), () => this.shown());
    this.lots = lotChoice(app, this.chosen.lot, () => this.shown());
    this.volume = h("div");
    this.other = h("div", {}, this.amount.node, this.reason.node);
    this.typed = h("div", {}, this.code.node);
    this.problem = h("p", { class: "r-error", role: "alert", hidden: true });
    this.button = submit(this.dose.label, () => this.record(), "is-dose");
    this.amount.input.addEventListener("input", () => this.named());
    this.shown();
  }

  amounts() {
    const units = [...new Set([this.dose.units, ...this.dose.table.map((row) => row.units)])].filter((each) => each !== null);
    const small = (each) => (each === this.dose.units ? "As the protocol says now" : null);
    return [...units.map((each) => ({ key: String(each), label: `${each} units`, small: small(each) })), { key: OTHER, label: "Different amount" }];
  }

  nodes() {
    return [this.problem, this.button, this.units.node, this.other, this.lots.node, this.typed, this.volume];
  }

  /** Shows what the choices so far leave open. */
  shown() {
    const chosen = this.units.chosen();
    const another = chosen !== null && this.dose.units !== null && chosen !== String(this.dose.units);
    this.other.hidden = !another && chosen !== OTHER;
    this.amount.node.hidden = chosen !== OTHER;
    this.typed.hidden = this.lots.chosen() !== OTHER;
    const rows = volumeRows(this.app.run.protocol, this.product(), Number(this.units.chosen()));
    const first = rows.find((row) => row.key === String(this.chosen.dilution_ul))?.key ?? (rows.length === 1 ? rows[0].key : null);
    this.drawn = rows.length ? choice("Volume to draw", rows, first) : null;
    this.named();
    this.volume.replaceChildren(this.drawn ? this.drawn.node : h("p", { class: "r-hint", text: this.app.run.protocol.words.volume_unknown }));
  }

  /** The button says what it will record. */
  named() {
    const units = this.units.chosen() === OTHER ? this.amount.text() : this.units.chosen();
    const lot = lotOf(this.app, this.lots.chosen());
    this.button.textContent = [`${this.dose.label}${units ? `: ${units} units` : ""}`, lot && `lot ${lot.lot_code}`].filter(Boolean).join(", ");
  }

  product() { return lotOf(this.app, this.lots.chosen())?.product ?? null; }

  record() {
    const units = this.unitsGiven();
    if (units === null) return false;
    const different = this.dose.units !== null && units !== this.dose.units;
    if (different && !this.reason.text()) return this.reason.complain("Say why, and who decided.");
    const event = this.app.tap("dose", "dose_given", this.data(units));
    if (event && different) this.app.run.record("decision_made", { about: "dose_amount", decision: "different_amount", reason: this.reason.text() });
    return event;
  }

  unitsGiven() {
    if (this.units.chosen() === null) return this.missing("Choose the units given.");
    if (this.units.chosen() !== OTHER) return Number(this.units.chosen());
    const typed = this.amount.text();
    this.amount.complain(null);
    if (/^[1-9]\d{0,5}$/.test(typed)) return Number(typed);
    this.amount.complain("Type whole units, digits only.");
    return null;
  }

  missing(text) {
    this.problem.textContent = text;
    this.problem.hidden = false;
    return null;
  }

  data(units) {
    const lot = lotOf(this.app, this.lots.chosen());
    const typed = this.lots.chosen() === OTHER ? this.code.text() || null : null;
    const mixed = this.drawn?.chosen();
    const row = this.app.run.protocol.volumes.find((each) =>
      each.product === this.product() && each.units === units && String(each.dilution_ul ?? null) === mixed);
    return {
      units, lot: lot?.lot ?? null, lot_code: lot?.lot_code ?? typed,
      product: lot?.product ?? null, dilution_ul: row?.dilution_ul ?? null, volume_ul: row?.volume_ul ?? null, areas: this.chosen.areas ?? [],
    };
  }
}

/** The rows of the approved table for this product and these units. */
export function volumeRows(protocol, product, units) {
  return protocol.volumes.filter((row) => row.product === product && row.units === units)
    .map((row) => ({ key: String(row.dilution_ul ?? null), label: millilitres(row.volume_ul), small: row.text }));
}

function lotOf(app, id) { return (app.run.state.context.stock || []).find((row) => row.lot === id); }

/** The lots on the shelf as the run knows them, another one, or none: a dose is never refused for its lot. */
export function lotChoice(app, first, changed) {
  const rows = (app.run.state.context.stock || []).map((row) => ({
    key: row.lot, label: [row.product_name, row.lot_code].filter(Boolean).join(" "),
    small: [`${row.containers} of ${row.units_per_container} units`, row.expires_on && `expires ${day(row.expires_on)}`].filter(Boolean).join(", "),
  }));
  return choice("Lot", [...rows, { key: OTHER, label: "Another lot" }, { key: "unknown", label: "Lot not known now" }], first ?? (rows.length ? null : "unknown"), changed);
}

/** Which lot a dose already told was taken from: details that come later. */
export function lotPanel(app, id) {
  const fact = app.run.state.facts.find((each) => each.id === id);
  const code = field("Lot code on the vial");
  const lots = lotChoice(app, fact?.data.lot ?? null, () => { code.node.hidden = lots.chosen() !== OTHER; });
  code.node.hidden = true;
  const save = () => {
    const row = lotOf(app, lots.chosen());
    const details = row ? { lot: row.lot, lot_code: row.lot_code, product: row.product } : { lot: null, lot_code: code.text() || null };
    return app.tap(`lot ${id}`, "details_added", { event: id, details });
  };
  return { title: "Lot of this dose", draw: () => [lots.node, code.node, submit("Record lot", save)] };
}
