// The dark band: mode, patient, truthful chips, and the timers. Always on top, never covered.
import { left, timeOfDay, timerWords } from "./clock.mjs";
import { button, h, icon, redraw, say } from "./dom.mjs";
import { patientWords, recorderOf, shortName } from "./logwords.mjs";

const NOW = new Set(["due", "late"]);

/** The band's nodes, made once; `draw` fills them. */
export function band() {
  const top = h("div", { class: "r-top" });
  const clock = h("div", { class: "r-clk", role: "timer", "aria-live": "off", "aria-label": "Time since the start" });
  const since = h("div", { class: "r-since" });
  const given = h("p", { class: "r-given" });
  const cards = h("div", { class: "r-cards" });
  const elapsed = h("div", { class: "r-elapsed" }, since, clock, given);
  const times = h("section", { class: "r-times", "aria-label": "Timers" }, elapsed, cards);
  return { top, clock, since, given, cards, times };
}

export function drawTop(app, node) {
  const { run } = app;
  const who = patientWords(run.protocol, run.state.facts, { ...run.state.context, patient_name: run.about.patient_name });
  const chips = chipsOf(app);
  return redraw(node, [run.about.drill, run.state.drill, who, chips], () => [mode(run), whoLine(run, who), chipRow(app, chips)]);
}

const isDrill = (run) => run.about.drill || run.state.drill;

function mode(run) {
  const title = run.protocol.title.split(" after ")[0];
  const words = isDrill(run) ? `DRILL: ${title.toLowerCase()}` : title;
  return h("p", { class: isDrill(run) ? "r-mode r-stripes" : "r-mode" }, icon(isDrill(run) ? "drill" : "tri"), words);
}

function whoLine(run, who) {
  const name = isDrill(run) ? "Practice patient" : who.name || "Patient not named";
  const born = !isDrill(run) && who.born ? `, born ${who.born}` : "";
  const rest = [who.where, who.product].filter(Boolean).join(" · ");
  return h("p", { class: "r-who" }, h("span", {}, h("b", { text: name }), born), rest && h("span", { class: "r-rest", text: rest }));
}

/** What is true of screen, sound and record: each {key, ok, text, icon}; a tap mends it. */
export function chipsOf(app) {
  return [screenChip(app.wake), soundChip(app), savedChip(app.run.saved())].filter(Boolean);
}

function screenChip(wake) {
  if (wake.state === "on") return { key: "screen", ok: true, text: "Screen on" };
  return { key: "screen", ok: false, text: wake.state === "none" ? "Screen may sleep" : "Screen may sleep" };
}

function soundChip({ sound, run }) {
  const now = run.clock.readMono();
  const state = sound.state(now);
  if (state === "quiet") return { key: "sound", ok: false, text: `Quiet ${left(sound.quietUntil, now)}` };
  return state === "on" ? { key: "sound", ok: true, text: "Sound on" } : { key: "sound", ok: false, text: "Sound off" };
}

/** Saved only when the server has everything; else how many wait here, and why. */
export function savedChip({ unsent, unsaved, rejected = 0, photos = 0, durable, trouble }) {
  const chip = (ok, text) => ({ key: "saved", ok, text });
  if (!durable && unsent) return chip(false, `Not saved: ${unsent} on this page only`);
  if (trouble === "sign_in" && unsent) return chip(false, `Not sent, ${unsent} here: sign in`);
  if (trouble === "elsewhere" && unsent) return chip(false, `Not sent, ${unsent} here: other clinic`);
  if (unsaved) return chip(false, "Saving");
  if (unsent) return chip(false, `Saved on this tablet, ${unsent} waiting`);
  if (rejected) return chip(false, `Not accepted: ${rejected} kept here`);
  if (photos) return chip(false, `Saved on this tablet, ${photos} ${photos === 1 ? "photo" : "photos"} waiting`);
  if (trouble === "offline") return chip(false, "Saved. No server now");
  return chip(true, "Saved");
}

function chipRow(app, chips) {
  return h("div", { class: "r-chips" }, chips.map((chip) =>
    button(`chip-${chip.key}`, { class: `r-chip ${chip.ok ? "is-ok" : "is-off"} is-${chip.key}`, press: () => app.mend(chip.key) },
      icon(chip.ok ? "ck" : "half"), h("span", { text: chip.text }))));
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
  redraw(parts.given, [p.given, p.first_dose.took_ms, run.state.status], () => givenWords(p, dose));
  return drawn;
}

function givenWords(p, dose) {
  if (!p.given.doses) return ["Given so far: ", h("b", { text: "0 units" })];
  return [h("span", { class: "r-long", text: "Given so far: " }), h("span", { class: "r-short", text: "Given " }),
    h("b", {}, `${p.given.units} units`, h("span", { class: "r-long", text: `, ${dose}` }))];
}

function drawSince(app, parts, p) {
  const recorder = recorderOf(app.run.about.people, app.run.state.facts);
  const since = `Since ${app.at(p.started_ms)}`;
  redraw(parts.since, [since, recorder], () => [
    h("span", { text: since }),
    button("recorder", { class: "r-recorder", press: () => app.open("recorder") },
      h("span", { "aria-hidden": "true", text: " · " }), recorder ? `Recorder ${shortName(recorder)}` : "Name the recorder"),
  ]);
}

function cardsOf(app, p, now) {
  const cards = [doseCard(app, p, now), refillCard(app, p, now)];
  const { adrenaline, eyes } = p.branches;
  if (adrenaline) cards.unshift(plainCard(app, "drug", `Adrenaline ${adrenaline.number}`, adrenaline, now, adrenaline.text));
  else if (eyes) cards.push(plainCard(app, "eye", "Eye check", eyes, now, ""));
  return cards;
}

function doseCard(app, p, now) {
  const { dose } = p;
  const words = p.ended ? null : timerWords(dose.due_ms, dose.status, now);
  const title = NOW.has(dose.status) ? `Dose ${dose.number}` : words ? (dose.number > 1 ? "Next dose in" : `Dose ${dose.number} in`) : "Dose";
  return { icon: "syr", title, status: dose.status, small: !words, words: words ?? dose.text, below: doseBelow(app, p),
    done: doneOf(app, p, dose, now) };
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
  const doses = app.run.state.facts.filter((fact) => fact.type === "dose_given" && !fact.struck);
  const from = Math.max(p.started_ms, ...doses.map((fact) => fact.at_ms));
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
