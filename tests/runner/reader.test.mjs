// Reader mode: a local voice only, what is shown and nothing else, muted in one tap, its state as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dueWords, linesOf, Reader } from "../../safety/static/runner/reader.mjs";

const LOCAL = { lang: "en-GB", localService: true };
const CLOUD = { lang: "en-GB", localService: false };
const step = { text: "Stop injecting." };

/** A device with these voices; `said` is what it spoke aloud. */
function device(voices, { refuses = false, kept = {} } = {}) {
  const said = [];
  const speech = {
    getVoices: () => voices, cancel: () => said.push("(hush)"), resume() {},
    speak(utterance) {
      if (refuses) utterance.onerror({ error: "not-allowed" });
      else if (utterance.volume) said.push(utterance.text);
    },
  };
  const Utterance = function Utterance(text) { this.text = text; };
  const storage = { getItem: (name) => kept[name] ?? null, setItem: (name, value) => { kept[name] = value; } };
  return { said, kept, reader: new Reader({ speech, Utterance, storage, later: (act) => act() }) };
}

test("it works: one tap speaks the step, the next step once, and one tap mutes", () => {
  const { said, reader, kept } = device([CLOUD, LOCAL]);
  assert.equal(reader.state, "off");
  reader.toggle();
  assert.equal(reader.state, "on");
  for (let look = 0; look < 3; look += 1) reader.follow(["Stop injecting."]);
  reader.follow(["Call for help."]);
  assert.deepEqual(said.filter((line) => line !== "(hush)"), ["Stop injecting.", "Call for help."]);
  reader.toggle();
  assert.deepEqual([said.at(-1), reader.state, kept["reflow.reader"]], ["(hush)", "off", "off"]);
  reader.follow(["Check refill."]);
  assert.ok(!said.includes("Check refill."));
});

test("a voice from elsewhere, one of another language, or none: tones only, and it says so", () => {
  for (const voices of [[], [CLOUD], [{ lang: "fi-FI", localService: true }]]) {
    const { said, reader } = device(voices, { kept: { "reflow.reader": "on" } });
    reader.arm();
    assert.equal(reader.state, "none");
    reader.follow(["Stop injecting."]);
    assert.deepEqual(said, []);
  }
});

test("a browser that wants a tap first is shown as stopped, and a tap mends it", () => {
  const { reader } = device([LOCAL], { refuses: true, kept: { "reflow.reader": "on" } });
  reader.follow(["Stop injecting."]);
  assert.equal(reader.state, "stopped");
  const { reader: allowed, said } = device([LOCAL], { kept: { "reflow.reader": "on" } });
  allowed.refused = true;
  allowed.toggle();
  allowed.follow(["Stop injecting."]);
  assert.deepEqual([allowed.state, said.at(-1)], ["on", "Stop injecting."]);
});

test("what is due is said besides the step, again with each repeat of its tone, and never after the end", () => {
  const p = { ended: false, step, say: "Dose is due now. Stop injecting." };
  assert.equal(dueWords(p), "Dose is due now.");
  assert.deepEqual(linesOf(p), ["Stop injecting.", "Dose is due now."]);
  assert.deepEqual(linesOf({ ...p, say: undefined }), ["Stop injecting."]);
  assert.deepEqual(linesOf({ ...p, ended: true }), []);
  const { said, reader } = device([LOCAL], { kept: { "reflow.reader": "on" } });
  reader.follow(linesOf(p));
  reader.repeat(["Dose is due now."]);
  reader.follow(linesOf(p), true);
  assert.equal(said.filter((line) => line === "Dose is due now.").length, 2);
});

test("the path on screen is what is spoken, not the urgent one behind it", () => {
  assert.deepEqual(linesOf({ ended: false, step, say: step.text }, { text: "Check refill." }), ["Check refill."]);
});

test("storage that is refused costs the choice, not the voice", () => {
  const speech = { getVoices: () => [LOCAL], cancel() {}, speak() {} };
  const storage = { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("denied"); } };
  const reader = new Reader({ speech, Utterance: function Utterance() {}, storage });
  reader.toggle();
  assert.equal(reader.state, "on");
});
