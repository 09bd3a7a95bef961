// Aspirin is offered only after the block list was asked (clinical 2.7): any yes, and the prescriber decides.
// Given all the same is a fact: it is kept with the blocks that were named, and marked.
import { h } from "./dom.mjs";
import { chip, field, group, submit } from "./pieces.mjs";

/** Whether this protocol lists what speaks against aspirin. */
export function listsBlocks(protocol) { return Boolean(protocol.adjuncts?.aspirin?.blocks?.length); }

export function aspirinPanel(app) {
  const { blocks } = app.run.protocol.adjuncts.aspirin;
  const named = new Set();
  const dose = field("Dose and how it was given", { hint: "May stay empty and be added later." });
  const buttons = h("div", { class: "r-row" });
  const decide = (decision) => app.tap("aspirin", "aspirin_decided", { decision, dose: decision === "given" ? dose.text() || null : null, blocks: [...named] });
  const offer = () => buttons.replaceChildren(
    submit(named.size ? "Given all the same" : "None of these: given", () => decide("given"), named.size ? "is-red" : "is-primary"),
    submit(named.size ? "Prescriber decides, not given" : "Not given", () => decide(named.size ? "prescriber_decides" : "not_given"), ""));
  const toggle = (row) => {
    if (!named.delete(row.id)) named.add(row.id);
    rows.find((each) => each.id === row.id).node.setAttribute("aria-pressed", String(named.has(row.id)));
    offer();
  };
  const rows = blocks.map((row) => ({ id: row.id, node: chip(`block-${row.id}`, row.text, () => toggle(row), { pressed: false, look: "is-wide" }) }));
  offer();
  return { title: "Aspirin: any of these?", draw: () => [group("Tap each that is true", rows.map(({ node }) => node)), dose.node, buttons] };
}
