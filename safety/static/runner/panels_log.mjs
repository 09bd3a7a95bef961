// The small panels behind the pad: symptom, call, note, other drug. One tap chooses, records and closes.
import { adrenalineRows } from "./answers.mjs";
import { button, h, icon } from "./dom.mjs";
import { chip, field, group, submit } from "./pieces.mjs";

export function symptomPanel(app) {
  const { protocol } = app.run;
  return {
    title: "Symptom", sign: () => app.run.state.facts.length,
    draw: () => [
      group("Sign seen", protocol.signs.map((row) => signChip(app, row))),
      group("Pain, 0 to 10", Array.from({ length: 11 }, (_, score) => chip(`pain-${score}`, String(score), () => app.tap("pain", "pain_scored", { score }), { look: "is-digit" }))),
      group("At once", [
        chip("to-vision", "Vision change", () => app.press("vision"), { name: "eye", look: "is-red" }),
        chip("to-anaphylaxis", "Anaphylaxis", () => app.press("anaphylaxis"), { name: "tri", look: "is-red" }),
      ]),
    ],
  };
}

function signChip(app, row) {
  const told = app.run.state.facts.filter((fact) => /^sign_(seen|gone)$/.test(fact.type) && !fact.struck && fact.data.sign === row.id).at(-1);
  const seen = told?.type === "sign_seen";
  const small = seen ? `Seen ${app.at(told.at_ms)}. Tap when gone` : row.text;
  return chip(`sign-${row.id}`, row.name, () => app.tap(`sign-${row.id}`, seen ? "sign_gone" : "sign_seen", { sign: row.id }), { small, pressed: seen, look: "is-wide" });
}

const KIN = { plastic_surgery: "surgery", hyaluronidase_holder: "stock_holder" };

/** The protocol's word for a contact of the clinic. */
export function callee(protocol, role) {
  const id = KIN[role] || role;
  return protocol.calls.some((row) => row.id === id) ? id : "other";
}

/** The clinic's contacts, as the run knows them or as the tablet kept them. */
export function contactsOf(app) {
  const { context } = app.run.state;
  return context.contacts?.length ? context.contacts : app.run.about.contacts || [];
}

export function callPanel(app) {
  const { protocol, state } = app.run;
  const contacts = contactsOf(app);
  const known = new Set(contacts.map((row) => callee(protocol, row.role)));
  const rest = protocol.calls.filter((row) => !known.has(row.id)).map((row) => ({ name: row.label, role: row.id, phone: null, own: true }));
  return {
    title: "Call made", sign: () => app.run.state.facts.length,
    draw: () => [state.drill && h("p", { class: "r-hint", text: "Drill: nobody is called. Say the call aloud." }),
      h("ul", { class: "r-calls" }, [...contacts, ...rest].map((row, at) => callRow(app, row, at)))],
  };
}

function callRow(app, row, at) {
  const { protocol } = app.run;
  const to = callee(protocol, row.role);
  const label = protocol.calls.find((each) => each.id === to)?.label ?? to;
  const data = (outcome) => ({ to, name: row.own ? null : row.name ?? null, phone: row.phone ?? null, outcome });
  const tries = app.run.state.facts.filter((fact) => fact.type === "call_made" && !fact.struck && fact.data.to === to && (row.own || fact.data.name === row.name));
  const small = [row.own ? null : label, row.phone, tries.length ? `last ${app.at(tries.at(-1).at_ms)}` : null].filter(Boolean).join(" · ");
  return h("li", {}, h("span", { class: "r-callname" }, h("b", { text: row.name }), h("small", { text: small })), dial(app, row),
    chip(`answered-${at}`, "Answered", () => app.tap(`call ${at}`, "call_made", data("answered")), { look: "is-green" }),
    chip(`silent-${at}`, "No answer", () => app.tap(`call ${at}`, "call_made", data("no_answer"))));
}

/** A link that dials; none in a drill, and none without a number. */
export function dial(app, row) {
  if (!row.phone || app.run.state.drill) return h("span", {});
  return h("a", { class: "r-choice is-dial", href: `tel:${row.phone.replace(/[^\d+#*]/g, "")}` }, icon("tel"), h("span", {}, "Call", h("span", { class: "sr-only", text: ` ${row.name}` })));
}

export function ambulancePanel(app) {
  const { about, state } = app.run;
  const numbers = contactsOf(app).filter((row) => row.role === "ambulance");
  const record = (outcome) => app.tap("ambulance", "call_made", { to: "ambulance", outcome });
  const say = [about.clinic?.name, about.clinic?.address, about.clinic?.phone].filter(Boolean);
  return {
    title: "Call ambulance", sign: () => 0,
    draw: () => [
      state.drill ? h("p", { class: "r-hint", text: "Drill: nobody is called. Say the call aloud." }) : null,
      numbers.length
        ? h("div", { class: "r-chipset" }, numbers.map((row) => dial(app, row)))
        : h("p", { class: "r-hint", text: "No number is kept for this clinic. Dial the emergency number of your country." }),
      h("section", { class: "r-group" }, h("h3", { text: "Read aloud" }),
        h("p", { class: "r-read", text: say.length ? say.join(". ") : "Say the clinic's address." }),
        h("p", { class: "r-read", text: about.protocol.title })),
      h("div", { class: "r-answers n2" },
        button("called", { class: "r-answer is-ok", press: () => record("answered") }, h("b", {}, icon("ck"), "Ambulance called")),
        button("not-answered", { class: "r-answer is-none", press: () => record("no_answer") }, h("b", {}, icon("x"), "No answer"))),
    ],
  };
}

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
