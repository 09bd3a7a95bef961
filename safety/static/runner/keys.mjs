// A washable keyboard: 1 to 9 log, Enter gives the first answer, Z strikes. Can be switched off (WCAG 2.1.4).
const KEYS = ["dose", "refill", "photo", "symptom", "call", "note", "drug", "vision", "anaphylaxis"];
const NAME = "reflow.keys";
const WORDS = { dose: "Dose given", refill: "Refill", photo: "Photo", symptom: "Symptom", call: "Call made", note: "Note", drug: "Other drug", vision: "Vision change", anaphylaxis: "Anaphylaxis" };

/** The list of the keys: [key, what it does]. */
export function keyRows(protocol) {
  const rest = [["Enter", "First answer of the step"], ["Z", "Strike the newest entry"], ["L", "Large digits and back"], ["V", "Voice or mute"], ["Esc", "Close a panel"]];
  const collapse = protocol.branches.collapse ? [["0", "Collapse or faint"]] : [];
  return [...KEYS.map((name, at) => [String(at + 1), WORDS[name]]), ...collapse, ...rest];
}

export function keysOn(storage = globalThis.localStorage) {
  try {
    return storage.getItem(NAME) !== "off";
  } catch {
    return true; // storage refused: the keys work
  }
}

export function setKeys(on, storage = globalThis.localStorage) {
  try {
    storage.setItem(NAME, on ? "on" : "off");
  } catch {
    // the choice lasts for this page at most
  }
}

/** What a key asks for: {press}, {answer}, {strike}, {close} or null. Pure. */
export function meaning({ key, ctrlKey, metaKey, altKey, repeat }, typing, onControl, panelOpen) {
  if (key === "Escape") return panelOpen ? { close: true } : null;
  if (typing || ctrlKey || metaKey || altKey || repeat || panelOpen) return null;
  if (/^[1-9]$/.test(key)) return { press: KEYS[Number(key) - 1] };
  if (key === "0") return { press: "collapse" };
  if (key === "Enter" && !onControl) return { answer: true };
  return { z: { strike: true }, l: { large: true }, v: { voice: true } }[key.toLowerCase()] ?? null;
}

export function keyPressed(app, event) {
  if (!app.showing) return;
  const typing = Boolean(event.target.closest?.("input, textarea, select"));
  const onControl = Boolean(event.target.closest?.("button, a"));
  const wanted = meaning(event, typing, onControl, Boolean(app.panels.name));
  if (!wanted || (!wanted.close && !keysOn())) return;
  event.preventDefault();
  if (wanted.close) app.panels.close();
  if (wanted.press) app.press(wanted.press);
  if (wanted.answer && !app.prompts?.ended && app.track?.step.answers.length) app.answer(app.track.step.answers[0]);
  if (wanted.strike) strikeNewest(app);
  if (wanted.large) app.setLarge(!app.large);
  if (wanted.voice) app.mend("reader");
}

function strikeNewest(app) {
  const row = app.log.querySelector("[data-key=strike]");
  row?.click();
}
