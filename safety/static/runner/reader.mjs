// Reader mode: a voice that lives on this device says what the screen shows, word for word. A voice from elsewhere is
// never used: it would need the network and carry the words out of the clinic. No such voice here: tones only.
const NAME = "reflow.reader";
const AFTER_TONE = 1e3; // the notes first, then the words

/** The lines to be said at this moment, each as the screen shows it: the step, then what is due. No name is among them. */
export function linesOf(p, step = p.step) {
  return p.ended ? [] : [step.text, dueWords(p)].filter(Boolean);
}

/** What fell due besides the step on screen: the reducer's `say` without the step's own words. */
export function dueWords(p) {
  const said = p.say ?? "";
  return said.endsWith(p.step.text) ? said.slice(0, said.length - p.step.text.length).trim() : "";
}

export class Reader {
  constructor({ speech = globalThis.speechSynthesis ?? null, Utterance = globalThis.SpeechSynthesisUtterance, storage = storageOf(), later = (act, ms) => setTimeout(act, ms) } = {}) {
    Object.assign(this, { speech, Utterance, storage, later });
    this.wanted = read(storage);
    this.before = [];
  }

  /** A voice of this device for the language of the texts, or null. */
  get voice() {
    const here = (this.speech?.getVoices() ?? []).filter((voice) => voice.localService === true);
    return here.find((voice) => /^en[-_]GB/i.test(voice.lang)) ?? here.find((voice) => /^en\b/i.test(voice.lang)) ?? null;
  }

  /** none (no voice here), off, stopped (the browser wants a tap first) or on, as it truly is. */
  get state() {
    if (!this.voice) return "none";
    if (!this.wanted) return "off";
    return this.refused ? "stopped" : "on";
  }

  /** Call inside a tap: some browsers let a page speak only after it spoke in a tap once. */
  arm() {
    if (!this.wanted || !this.voice || (this.armed && !this.refused)) return;
    this.armed = true;
    this.refused = false;
    this.utter(" ", 0);
  }

  /** One tap: mute at once, or speak from now on, beginning with what the screen says. */
  toggle() {
    if (this.wanted && this.refused) return this.again();
    this.wanted = !this.wanted;
    keep(this.storage, this.wanted);
    if (this.wanted) return this.again();
    this.refused = false;
    return this.hush();
  }

  again() {
    this.arm();
    this.before = [];
  }

  /** Say those of these lines that were not there the last time. `tone`: notes sound first. Returns what is said. */
  follow(lines, tone = false) {
    const fresh = lines.filter((line) => !this.before.includes(line));
    if (this.state !== "on") return [];
    if (fresh.length && fresh[0] === lines[0]) this.hush(); // a new step: what was being said is over
    this.before = lines;
    for (const line of fresh) this.speak(line, tone);
    return fresh;
  }

  /** Say a line again, with the tone that repeats. */
  repeat(lines) {
    this.before = this.before.filter((line) => !lines.includes(line));
  }

  speak(line, tone) {
    const still = () => { if (this.state === "on" && this.before.includes(line)) this.utter(line, 1); };
    return tone ? this.later(still, AFTER_TONE) : still();
  }

  utter(text, volume) {
    const utterance = new this.Utterance(text);
    Object.assign(utterance, { voice: this.voice, lang: this.voice.lang, volume });
    utterance.onerror = ({ error }) => { if (error === "not-allowed") this.refused = true; };
    this.speech.speak(utterance);
  }

  hush() { this.speech?.cancel(); }
}

function storageOf() {
  try {
    return globalThis.localStorage;
  } catch {
    return null; // storage refused: the choice lasts for this page
  }
}

function read(storage) {
  try {
    return storage?.getItem(NAME) === "on";
  } catch {
    return false;
  }
}

function keep(storage, on) {
  try {
    storage?.setItem(NAME, on ? "on" : "off");
  } catch {
    // the choice lasts for this page
  }
}
