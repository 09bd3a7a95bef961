// The small panels behind the pad: note, other drug. One tap chooses, records and closes.
import { adrenalineRows } from "./answers.mjs";
import { listsBlocks } from "./panels_aspirin.mjs";
import { chip, field, group, submit } from "./pieces.mjs";

export function notePanel(app) {
  const text = field("What happened", { lines: 4, hint: "Type, or speak with the keyboard's microphone." });
  const save = () => (text.text() ? app.tap("note", "note_written", { text: text.text() }) : text.complain("Type what happened first."));
  return { title: "Note", draw: () => [text.node, submit("Record note", save)] };
}

export function drugPanel(app) {
  const { protocol } = app.run;
  const dose = field("Dose and how it was given", { hint: "May stay empty and be added later." });
  const given = (row) => {
    if (row.id === "other" && !dose.text()) return dose.complain("Type the drug and its dose first.");
    if (row.id === "aspirin" && listsBlocks(protocol)) return app.open("aspirin");
    if (row.id === "aspirin") return app.tap("drug", "aspirin_decided", { decision: "given", dose: dose.text() || null });
    return app.tap("drug", "drug_given", { drug: row.id, dose: dose.text() || null });
  };
  const adrenaline = protocol.branches.anaphylaxis.adrenaline.drug;
  const rows = adrenalineRows(protocol, app.run.state);
  return {
    title: "Other drug",
    draw: () => [
      dose.node,
      group("Given now", protocol.drugs.filter((row) => row.id !== adrenaline).map((row) => chip(`drug-${row.id}`, row.label, () => given(row), { name: "drug" }))),
      group(protocol.drugs.find((row) => row.id === adrenaline)?.label ?? adrenaline,
        rows.map((row) => chip(row.id, row.label, () => app.tap("drug", "drug_given", { drug: adrenaline, dose: row.label }), { name: "drug", small: row.hint, look: "is-wide" }))),
    ],
  };
}
