// Whom to call: the next one first, each attempt logged with its outcome; nobody is called from a drill.
import { stands } from "./facts.mjs";
import { left } from "./clock.mjs";
import { button, h, icon, say } from "./dom.mjs";
import { chip } from "./pieces.mjs";

const KIN = { plastic_surgery: "surgery", hyaluronidase_holder: "stock_holder" };

/** The protocol's word for a contact of the clinic. */
export function callee(protocol, role) {
  const named = protocol.calls.find((row) => role === row.id || row.roles?.includes(role));
  const kin = KIN[role] ?? role;
  return named?.id ?? (protocol.calls.some((row) => row.id === kin) ? kin : "other");
}

/** The clinic's contacts, as the run knows them or as the tablet kept them. */
export function contactsOf(app) {
  const known = app.run.state.context.contacts;
  return known?.length ? known : app.run.about.contacts || [];
}

export function callPanel(app) {
  const { protocol, state } = app.run;
  const contacts = contactsOf(app);
  const known = new Set(contacts.map((row) => callee(protocol, row.role)));
  const rest = protocol.calls.filter((row) => !known.has(row.id)).map((row) => ({ name: row.label, role: row.id, phone: null, own: true }));
  const waiting = new Waiting(app);
  return {
    title: "Call made", sign: (p) => [state.facts.length, app.run.state.facts.length, p.calls ?? null], tick: (p) => waiting.tick(p),
    draw: (p) => [state.drill && h("p", { class: "r-hint", text: "Drill: nobody is called. Say the call aloud." }),
      waiting.node(p), moreNode(app, p),
      h("ul", { class: "r-calls" }, [...contacts, ...rest].map((row, at) => callRow(app, row, at)))],
  };
}

/** After no answer: who is next, and how long until that call is due. */
class Waiting {
  constructor(app) {
    this.app = app;
    this.left = h("b", { class: "num" });
  }

  node(p) {
    const { waiting, next } = p.calls ?? {};
    if (!waiting) return null;
    const row = next && { ...next, role: next.to, own: next.phone === null };
    return h("section", { class: "r-group r-nextcall" }, h("h3", { text: `No answer: ${waiting.name}, ${this.app.at(waiting.since_ms)}` }),
      h("p", { class: "r-read" }, "Next call ", this.left), row && h("ul", { class: "r-calls" }, callRow(this.app, row, "next")));
  }

  tick(p) {
    const waiting = p.calls?.waiting;
    if (waiting) say(this.left, dueWords(waiting, this.app.run.now()));
  }
}

/** "in 01:40", then "now". */
export function dueWords(waiting, now) {
  return now >= waiting.due_ms ? "now" : `in ${left(waiting.due_ms, now)}`;
}

/** Who brings more, while few rounds are left. */
function moreNode(app, p) {
  const contact = p.supply?.contact;
  if (!contact) return null;
  const row = { ...contact, role: contact.to, own: contact.phone === null };
  return h("section", { class: "r-group r-nextcall" }, h("h3", { text: "Send for more" }), h("ul", { class: "r-calls" }, callRow(app, row, "supply")));
}

function callRow(app, row, at) {
  const { protocol } = app.run;
  const to = row.to ?? callee(protocol, row.role);
  const label = protocol.calls.find((each) => each.id === to)?.label ?? to;
  const data = (outcome) => ({ to, name: row.own ? null : row.name ?? null, phone: row.phone ?? null, outcome });
  const log = (outcome) => () => app.tap(`call ${at}`, "call_made", data(outcome));
  return h("li", {}, h("span", { class: "r-callname" }, h("b", { text: row.name }), h("small", { text: triesWords(app, row, to, label) })), dial(app, row),
    chip(`answered-${at}`, "Answered", log("answered"), { look: "is-green" }), chip(`silent-${at}`, "No answer", log("no_answer")));
}

/** Role, number, and what came of earlier attempts. */
function triesWords(app, row, to, label) {
  const tries = app.run.state.facts.filter((fact) => fact.type === "call_made" && stands(fact) && fact.data.to === to && (row.own || fact.data.name === row.name));
  const last = tries.at(-1);
  const said = last && `${last.data.outcome === "no_answer" ? "no answer" : "answered"} ${app.at(last.at_ms)}${tries.length > 1 ? `, ${tries.length} calls` : ""}`;
  return [row.own ? null : label, row.phone, said].filter(Boolean).join(" · ");
}

/** A link that dials; none in a drill, and none without a number. */
export function dial(app, row) {
  if (!row.phone || app.run.state.drill) return h("span", {});
  return h("a", { class: "r-choice is-dial", href: telOf(row.phone) }, icon("tel"), h("span", {}, "Call", h("span", { class: "sr-only", text: ` ${row.name}` })));
}

/** The address that dials a number. */
export const telOf = (phone) => `tel:${phone.replace(/[^\d+#*]/g, "")}`;

export function ambulancePanel(app) {
  const { about, state } = app.run;
  const numbers = contactsOf(app).filter((row) => row.role === "ambulance");
  const record = (outcome) => app.tap("ambulance", "call_made", { to: "ambulance", outcome });
  const words = [about.clinic?.name, about.clinic?.address, about.clinic?.phone].filter(Boolean);
  return {
    title: "Call ambulance", sign: () => 0,
    draw: () => [
      state.drill ? h("p", { class: "r-hint", text: "Drill: nobody is called. Say the call aloud." }) : null,
      numbers.length
        ? h("div", { class: "r-chipset" }, numbers.map((row) => dial(app, row)))
        : h("p", { class: "r-hint", text: "No number is kept for this clinic. Dial the emergency number of your country." }),
      h("section", { class: "r-group" }, h("h3", { text: "Read aloud" }),
        h("p", { class: "r-read", text: words.length ? words.join(". ") : "Say the clinic's address." }),
        h("p", { class: "r-read", text: about.protocol.title })),
      h("div", { class: "r-answers n2" },
        button("called", { class: "r-answer is-ok", press: () => record("answered") }, h("b", {}, icon("ck"), "Ambulance called")),
        button("not-answered", { class: "r-answer is-none", press: () => record("no_answer") }, h("b", {}, icon("x"), "No answer"))),
    ],
  };
}
