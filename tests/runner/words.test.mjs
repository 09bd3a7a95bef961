// What keys mean, and what the log says about a fact.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { keyRows, meaning } from "../../safety/static/runner/keys.mjs";
import { brief, eventWords, factWords, millilitres, patientWords, recorderOf, seconds, shortName, whoDid } from "../../safety/static/runner/logwords.mjs";
import { STEPS, apply, startState } from "../../safety/static/runner/reducer.mjs";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const MAKE = `
import json, pathlib
from safety.protocols import load, rules
p = load.load(pathlib.Path("protocols/vascular_occlusion/v1/protocol.yaml"))
print(json.dumps(rules.resolve(p.body, rules.effective(p.body, {}))))`;
const protocol = JSON.parse(execFileSync(PYTHON, ["-c", MAKE], { cwd: HOME, maxBuffer: 2 ** 28 }));
const people = [{ id: "m1", name: "Riya Shah" }, { id: "m2", name: "Dr Okafor" }];

let count = 0;
function fold(...events) {
  let state = startState(protocol);
  for (const [type, data] of [["emergency_started", { context: null, drill: false }], ...events]) {
    count += 1;
    state = apply(protocol, state, { id: `e${count}`, device: "t", seq: count, type, at_ms: 1e12 + count, mono_ms: 0, data, actor: null });
  }
  return state;
}
const say = (...events) => {
  const { facts } = fold(...events);
  return factWords({ protocol, people, facts }, facts.at(-1));
};

test("it works: a dose is counted, named in units, and its lot is said", () => {
  const dose = { units: 1500, lot_code: "H0118L", volume_ul: 500 };
  assert.equal(say(["dose_given", dose]), "Dose 1 given, 1500 units, lot H0118L, 0.5 millilitres");
  assert.match(say(["dose_given", dose], ["dose_given", dose]), /^Dose 2 given/);
});

test("a struck dose and the one given instead carry the same number", () => {
  const state = fold(["dose_given", { units: 500 }], ["dose_given", { units: 500 }]);
  const struck = apply(protocol, state, { id: "s", device: "t", seq: 99, type: "entry_struck", at_ms: 2e12, mono_ms: 0, actor: null, data: { event: state.facts[2].id, reason: "mis-tap" } });
  const again = apply(protocol, struck, { id: "d", device: "t", seq: 100, type: "dose_given", at_ms: 2e12, mono_ms: 0, actor: null, data: { units: 500 } });
  const words = again.facts.map((fact) => factWords({ protocol, people, facts: again.facts }, fact));
  assert.deepEqual(words.slice(1), ["Dose 1 given, 500 units", "Dose 2 given, 500 units", "Dose 2 given, 500 units"]);
});

test("refill, signs, areas and calls in the protocol's words", () => {
  assert.equal(say(["refill_checked", { point: "upper_lip", side: "left", result: "slow", refill_ds: 35 }]), "Refill slow, upper lip, left, 3.5 seconds");
  assert.equal(say(["sign_seen", { sign: "S4" }]), "Seen: livedo or mottling");
  assert.equal(say(["areas_counted", { areas: ["upper_lip", "nose"], count: 2 }]), "2 areas affected, upper lip, nose");
  assert.equal(say(["call_made", { to: "prescriber", outcome: "no_answer" }]), "Call: prescriber, no answer");
  assert.equal(say(["step_done", { step: "V02", answer: "alone" }]), "Call for help. I am alone");
  assert.equal(say(["step_done", { step: "V01" }]), "Done: stop injecting.");
});

test("every event type of the reducer has words, and anything refused is still readable", () => {
  const facts = new Set(Object.keys(STEPS).filter((type) => !["entry_struck", "strike_undone", "time_changed", "details_added", "duplicate_resolved", "conflict_resolved"].includes(type)));
  const c = { protocol, people, facts: [] };
  for (const type of facts) assert.equal(typeof eventWords(c, { type, data: {} }), "string");
  assert.equal(eventWords(c, { type: "never_heard_of", data: null }), "never heard of");
  assert.equal(eventWords(c, { data: 4 }), "unreadable entry");
});

test("figures: no trailing zero, always a leading one, unit spelled", () => {
  assert.equal(seconds(20), "2 seconds");
  assert.equal(seconds(15), "1.5 seconds");
  assert.equal(seconds(10), "1 second");
  assert.equal(millilitres(330), "0.33 millilitres");
  assert.equal(millilitres(10000), "10 millilitres");
});

test("people: short names, the recorder, and the tablet when nobody is known", () => {
  assert.equal(shortName("Riya Shah"), "R. Shah");
  assert.equal(shortName("Dr Okafor"), "Dr Okafor");
  assert.equal(whoDid({ people, recorder: null }, "m1"), "R. Shah");
  assert.equal(whoDid({ people, recorder: "Ann Lee" }, null), "A. Lee");
  assert.equal(whoDid({ people, recorder: null }, null), "this tablet");
  assert.equal(recorderOf(people, fold(["recorder_named", { member: "m2" }]).facts), "Dr Okafor");
  assert.equal(patientWords(protocol, fold(["patient_named", { text: "Ann, born 1990" }]).facts, { areas: ["nose"] }).name, "Ann, born 1990");
  assert.equal(brief("Decide. Not normal: inject {units} units again."), "Decide.");
});

const press = (key, more = {}, typing = false, onControl = false, panel = false) => meaning({ key, ...more }, typing, onControl, panel);

test("keys 1 to 9 log, Enter answers, Z strikes, Escape closes", () => {
  assert.deepEqual(press("1"), { press: "dose" });
  assert.deepEqual(press("9"), { press: "anaphylaxis" });
  assert.deepEqual(press("Enter"), { answer: true });
  assert.deepEqual(press("0"), { press: "collapse" });
  assert.deepEqual([press("L"), press("v")], [{ large: true }, { voice: true }]);
  assert.deepEqual(press("Z"), { strike: true });
  assert.deepEqual(press("Escape", {}, false, false, true), { close: true });
});

test("the list of keys names each key that means something, and 0 only where the protocol knows a collapse", () => {
  const keys = (branches) => keyRows({ branches }).map(([key]) => key);
  assert.deepEqual(keys({ collapse: {} }), ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "Enter", "Z", "L", "V", "Esc"]);
  assert.ok(!keys({}).includes("0"));
  for (const key of keys({ collapse: {} }).filter((name) => name !== "Esc")) assert.ok(press(key), key);
});

test("keys mean nothing while typing, with a modifier, when held, in a panel; Enter on a button is the button's", () => {
  assert.equal(press("1", {}, true), null);
  assert.equal(press("1", { ctrlKey: true }), null);
  assert.equal(press("1", { repeat: true }), null);
  assert.equal(press("1", {}, false, false, true), null);
  assert.equal(press("Enter", {}, false, true), null);
  assert.equal(press("q"), null);
});
