// The dark band: mode, patient, truthful chips, and the timers. Always on top, never covered.
import { left, minutes, MINUTE, timerWords } from "./clock.mjs";
import { button, h, icon, redraw, say } from "./dom.mjs";
import { isDrill } from "./drill_card.mjs";
import { stands } from "./facts.mjs";
import { patientWords, recorderOf, shortName } from "./logwords.mjs";

const NOW = new Set(["due", "late"]);

/** The band's nodes, made once; `draw` fills them. */
export function band(press = null) {
  const top = h("div", { class: "r-top" });
  const clock = h("div", { class: "r-clk", role: "timer", "aria-live": "off", "aria-label": "Time since the start" });
  const since = h("div", { class: "r-since" });
  const given = h("p", { class: "r-given" });
  const cards = h("div", { class: "r-cards" });
  const large = press && button("large", { class: "r-large", press, "aria-label": "Large digits for the whole room" }, icon("large"), h("span", { text: "Large" }));
  const elapsed = h("div", { class: "r-elapsed" }, since, clock, given);
  const times = h("section", { class: "r-times", "aria-label": "Timers" }, elapsed, large, cards);
  return { top, clock, since, given, large, cards, times };
}

export function drawTop(app, node) {
  const { run } = app;
  const who = patientWords(run.protocol, run.state.facts, { ...run.state.context, patient_name: run.about.patient_name });
  const chips = chipsOf(app);
  return redraw(node, [isDrill(run), who, chips], () => [mode(run), whoLine(run, who), chipRow(app, chips)]);
}

function mode(run) {
  const title = run.protocol.title.split(" after ")[0];
  const words = isDrill(run) ? `DRILL: ${title.toLowerCase()}` : title;
  return h("p", { class: isDrill(run) ? "r-mode r-stripes" : "r-mode" }, icon(isDrill(run) ? "drill" : "tri"), words);
}

function whoLine(run, who) {
  const name = isDrill(run) ? "Practice patient" : who.name || "Patient not named";
  const born = !isDrill(run) && who.born ? `, born ${who.born}` : "";
  const rest = [who.where && h("span", { text: who.where }), who.product && h("span", { class: "r-product", text: who.product })].filter(Boolean);
  return h("p", { class: "r-who" }, h("span", {}, h("b", { text: name, title: name, data: { full: name } }), born), rest.length > 0 && h("span", { class: "r-rest" }, rest));
}

/** What is true of screen, sound and record: each {key, ok, text, icon}; a tap mends it. */
export function chipsOf(app) {
  return [screenChip(app.wake), soundChip(app), readerChip(app.reader), savedChip(app.run.saved())].filter(Boolean);
}

function screenChip(wake) {
  if (wake.state === "on") return { key: "screen", ok: true, text: "Screen on" };
  return { key: "screen", ok: false, text: wake.state === "none" ? "Screen may sleep" : "Screen may sleep" };
}

function soundChip({ sound, run }) {
  const now = run.clock.readMono();
  const state = sound.state(now);
  if (state === "quiet") return { key: "sound", ok: false, quiet: true, text: `Quiet ${left(sound.quietUntil, now)}` };
  return state === "on" ? { key: "sound", ok: true, text: "Sound on" } : { key: "sound", ok: false, text: "Sound off" };
}

const VOICE = { none: ["No voice", "mute"], off: ["Voice off", "mute"], stopped: ["Voice stopped: tap", "mute"], on: ["Voice on", "voice"] };

function readerChip({ state }) {
  const [text, name] = VOICE[state];
  return { key: "reader", ok: state !== "stopped", text, icon: name, plain: state === "off" || state === "none" };
}

/** Saved only when the server has everything; else how many wait here, and why. */
export function savedChip({ unsent, unsaved, rejected = 0, photos = 0, durable, trouble }) {
  const chip = (ok, text) => ({ key: "saved", ok, text });
  if (!durable && unsent) return chip(false, `Not saved: ${unsent} on this page only`);
  if (trouble === "sign_in" && unsent) return chip(false, `Not sent, ${unsent} here: sign in`);
  if (trouble === "elsewhere" && unsent) return chip(false, `Not sent, ${unsent} here: other clinic`);
  if (trouble === "revoked" && unsent) return chip(false, `Tablet revoked, ${unsent} waiting`);
  if (unsaved) return chip(false, "Saving");
  if (unsent) return chip(false, `Saved on this tablet, ${unsent} waiting`);
  if (rejected) return chip(false, `Not accepted: ${rejected} kept here`);
  if (photos) return chip(false, `Saved on this tablet, ${photos} ${photos === 1 ? "photo" : "photos"} waiting`);
  if (trouble === "revoked") return chip(false, "Tablet revoked. All sent");
  if (trouble === "offline") return chip(false, "Saved. No server now");
  return chip(true, "Saved");
}

function chipRow(app, chips) {
  return h("div", { class: "r-chips" }, chips.map((chip) =>
    button(`chip-${chip.key}`, { class: `r-chip ${chip.ok ? "is-ok" : "is-off"} is-${chip.key} ${chip.plain ? "is-plain" : ""} ${chip.quiet ? "is-quiet" : ""}`, press: () => app.mend(chip.key) },
      icon(chip.icon ?? (chip.ok ? "ck" : "half")), h("span", { text: chip.text }))));
}

/** The timers, redrawn only when their kind changes; digits are set at each tick. */
export function drawTimes(app, parts, p, now) {
  const { run } = app;
  drawSince(app, parts, p);
  say(parts.clock, app.hms(p.elapsed_ms));
  const cards = cardsOf(app, p, now);
  const drawn = redraw(parts.cards, cards.map(({ words, done, ...kind }) => kind), () => cards.map(cardNode));
  parts.cards.classList.toggle("is-three", cards.length > 2);
  cards.forEach((card, at) => tick(parts.cards.children[at], card));
  const dose = p.given.doses === 1 ? "1 dose" : `${p.given.doses} doses`;
  redraw(parts.given, [p.given, p.first_dose, run.state.status], () => givenWords(p, dose));
  return drawn;
}

const FIRST = {
  waiting: ["o", "is-waiting"], amber: ["half", "is-check"], late: ["x", "is-stop"], met: ["ck", "is-met"],
};

/** Time from recognition to the first dose against its target: {icon, look, text} or null when there is no target. */
export function firstDoseWords(first) {
  if (!FIRST[first.status]) return null;
  const [name, look] = FIRST[first.status];
  if (first.took_ms !== null) return { icon: name, look, text: `First dose at ${minutes(first.took_ms)}, target ${first.status === "met" ? "met" : "missed"}` };
  const end = { amber: "soon over", late: "passed" }[first.status];
  const brief = { amber: "near", late: "over" }[first.status] ?? `${first.target_min} min`;
  return { icon: name, look, text: `No dose yet, target ${first.target_min} min${end ? `: ${end}` : ""}`, short: `Target ${brief}` };
}

/** What the reducer says of the first dose, with its target in minutes from the start. */
export function firstOf(p) {
  const target = p.first_dose.target_ms;
  return { ...p.first_dose, target_min: target === null ? null : Math.round((target - p.started_ms) / MINUTE) };
}

function firstNode(p) {
  const words = firstDoseWords(firstOf(p));
  return words && h("span", { class: `r-first ${words.look}` }, icon(words.icon), h("span", { class: words.short ? "r-long" : null, text: words.text }), words.short && h("span", { class: "r-short", text: words.short }));
}

function givenWords(p, dose) {
  if (!p.given.doses) return firstNode(p) ?? ["Given so far: ", h("b", { text: "0 units" })];
  return [h("span", { class: "r-long", text: "Given so far: " }), h("span", { class: "r-short", text: "Given " }),
    h("b", {}, `${p.given.units} units`, h("span", { class: "r-long", text: `, ${dose}` })), firstNode(p)];
}

function drawSince(app, parts, p) {
  const recorder = recorderOf(app.run.about.people, app.run.state.facts);
  const since = `Since ${app.at(p.started_ms)}`;
  if (app.readOnly) return say(parts.since, `${since}${recorder ? ` · Recorder ${shortName(recorder)}` : ""}`);
  redraw(parts.since, [since, recorder], () => [
    h("span", { text: since }),
    button("recorder", { class: "r-recorder", press: () => app.open("recorder") },
      h("span", { "aria-hidden": "true", text: " · " }), recorder ? `Recorder ${shortName(recorder)}` : "Name the recorder"),
  ]);
}

function cardsOf(app, p, now) {
  const cards = [doseCard(app, p, now), refillCard(app, p, now)];
  const { adrenaline } = p.branches;
  if (adrenaline) return [plainCard(app, "drug", `Adrenaline ${adrenaline.number}`, adrenaline, now, adrenaline.text), ...cards];
  const [more] = othersOf(p);
  return more ? [...cards, plainCard(app, more.icon, more.title, more, now, "")] : cards;
}

/** What else is timed in the open paths, what is due first; one of them has room beside dose and refill. */
export function othersOf(p) {
  const { eyes, loops = [] } = p.branches;
  const rows = [
    eyes && { icon: "eye", title: "Eye check", ...eyes }, ...loops.map((loop) => ({ icon: "clock", title: loop.text.replace(/[.?]$/, ""), ...loop })),
    p.lone && { icon: "tel", title: "Prescriber, or transfer", ...p.lone },
  ];
  const due = (row) => (NOW.has(row.status) ? 0 : 1);
  return rows.filter((row) => row && row.due_ms !== null && !p.ended).sort((one, other) => due(one) - due(other) || one.due_ms - other.due_ms);
}

function doseCard(app, p, now) {
  const { dose } = p;
  if (!p.ended && dose.due_ms === null && p.leave?.endpoint_ms) return leaveCard(app, p.leave);
  const words = p.ended ? null : timerWords(dose.due_ms, dose.status, now);
  const title = NOW.has(dose.status) ? `Dose ${dose.number}` : words ? (dose.number > 1 ? "Next dose in" : `Dose ${dose.number} in`) : "Dose";
  return { icon: "syr", title, status: dose.status, small: !words, words: words ?? dose.text, below: doseBelow(app, p),
    done: doneOf(app, p, dose, now) };
}

/** No dose is due because refill, colour and pain are normal: until when that must hold, and the earliest to leave. */
function leaveCard(app, leave) {
  const until = leave.held ? ["Held since ", { b: app.at(leave.endpoint_ms) }] : ["Must hold until ", { b: app.at(leave.held_until_ms) }];
  return { icon: "clock", title: "Leave not before", status: "none", small: false, words: app.at(leave.earliest_ms), below: until, done: null };
}

function doseBelow(app, p) {
  const { dose, first_dose: first } = p;
  if (p.ended) return [];
  if (dose.due_ms === null) return [dose.hint];
  if (first.took_ms === null && first.target_ms !== null) return ["Target ", { b: app.at(first.target_ms) }, first.status === "late" ? " passed" : ""];
  const at = ["At ", { b: app.at(dose.due_ms) }];
  const hint = dose.hint.replace(/\.$/, "");
  return [...at, hint.length > 28 ? "" : ` ${hint[0].toLowerCase()}${hint.slice(1)}`];
}

function doneOf(app, p, { due_ms: due, status }, now) {
  if (due === null || NOW.has(status)) return null;
  const doses = app.run.state.facts.filter((fact) => fact.type === "dose_given" && stands(fact));
  const from = Math.max(p.practice.made_real_ms ?? p.started_ms, ...doses.map((fact) => fact.at_ms));
  return due > from ? Math.min(1, Math.max(0, (now - from) / (due - from))) : null;
}

function refillCard(app, p, now) {
  const { refill } = p;
  const words = p.ended ? null : timerWords(refill.due_ms, refill.status, now);
  const below = refill.due_ms === null ? [] : ["Due at ", { b: app.at(refill.due_ms) }, `, every ${refill.every_min} minutes`];
  return { icon: "ref", title: NOW.has(refill.status) || !words ? "Refill check" : "Refill check in", status: refill.status,
    small: !words, words: words ?? "Stopped", below, done: null };
}

function plainCard(app, name, title, timer, now, text) {
  const words = timerWords(timer.due_ms, timer.status, now);
  return { icon: name, title, status: timer.status, small: !words, words: words ?? "Not due", below: text ? [text] : [], done: null };
}

function cardNode(card) {
  const below = card.below.map((part) => (part.b ? h("b", { text: part.b }) : part));
  return h("div", { class: `r-card ${NOW.has(card.status) ? "is-due" : ""} ${card.status === "late" ? "is-late" : ""}` },
    h("h2", {}, icon(card.icon), card.title),
    h("div", { class: `r-clk ${card.small ? "is-words" : ""}`, role: "timer", "aria-live": "off", "aria-label": card.title }),
    h("p", {}, below), card.done !== null && h("div", { class: "r-bar", "aria-hidden": "true" }, h("i")));
}

function tick(node, card) {
  const clock = node.querySelector(".r-clk");
  say(clock, card.words);
  clock.classList.toggle("is-long", card.words.length > 8);
  if (card.done !== null) node.querySelector(".r-bar")?.style.setProperty("--done", String(Math.round(card.done * 200) / 200));
}

const LEAST_NAME = 12;

/** A long patient line gives way in this order: smaller type, product, place, then the name, marked as cut. */
export function fitWho(top) {
  const who = top.querySelector(".r-who");
  const name = who?.querySelector("b");
  if (!name) return;
  name.textContent = name.dataset.full;
  for (let level = 0; level <= 3; level += 1) {
    who.dataset.fit = String(level);
    if (who.scrollHeight <= who.clientHeight + 1 && who.scrollWidth <= who.clientWidth + 1) return;
  }
  for (let kept = name.dataset.full.length - 2; kept >= LEAST_NAME && (who.scrollHeight > who.clientHeight + 1 || who.scrollWidth > who.clientWidth + 1); kept -= 2) {
    name.textContent = `${name.dataset.full.slice(0, kept).trimEnd()}…`;
  }
}
