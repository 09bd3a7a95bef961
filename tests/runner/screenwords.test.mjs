// Words the screen makes of what the reducer says: refill readings, the first dose, open paths, and calls that wait.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { dueWords, telOf } from "../../safety/static/runner/panels_call.mjs";
import { apply, prompts, startState } from "../../safety/static/runner/reducer.mjs";
import { byPlace, drawing, measured } from "../../safety/static/runner/refillwords.mjs";
import { firstDoseWords, firstOf, othersOf } from "../../safety/static/runner/screen_band.mjs";
import { dueOn, markWords, titleOf, trackOf, trackShown } from "../../safety/static/runner/screen_tracks.mjs";

const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const MAKE = `
import json, pathlib
from safety.protocols import load, rules
p = load.load(pathlib.Path("protocols/vascular_occlusion/v2/protocol.yaml"))
print(json.dumps(rules.resolve(p.body, rules.effective(p.body, {}))))`;
const protocol = JSON.parse(execFileSync(PYTHON, ["-c", MAKE], { cwd: HOME, maxBuffer: 2 ** 28 }));
const MIN = 60_000;
const T0 = 1.8e12;

let count = 0;
function story(...events) {
  let state = startState(protocol);
  for (const [type, at, data] of [["emergency_started", 0, { context: { born_on: "1991-03-12", product_class: "ha_filler" }, drill: false }], ...events]) {
    count += 1;
    state = apply(protocol, state, { id: `e${count}`, device: "t", seq: count, type, at_ms: T0 + at * MIN, mono_ms: 0, data, actor: null });
  }
  return state;
}
const reading = (more) => ({ point: "nose", side: "left", result: "normal", refill_ds: null, mirror_ds: null, baseline_ds: null, ...more });

test("it works: 1.5 seconds slower than the other side is said with its figure, and is only a proposal", () => {
  const told = measured(protocol, story(), reading({ refill_ds: 25, mirror_ds: 10 }));
  assert.equal(told.result, "slow");
  assert.equal(told.text, "Slow by the figures. 1.5 seconds slower than the other side. Tap to confirm.");
});

test("each reason of the rule in words: the cut-off for the age, the other side, before treatment", () => {
  const state = story();
  assert.match(measured(protocol, state, reading({ refill_ds: 30 })).text, /3 seconds: abnormal from 3 seconds at this age/);
  assert.match(measured(protocol, state, reading({ refill_ds: 20, baseline_ds: 10 })).text, /1 second slower than before treatment/);
  assert.equal(measured(protocol, state, reading({ refill_ds: 20, mirror_ds: 15 })).result, "normal");
  assert.equal(measured(protocol, state, reading({})), null);
});

test("readings are drawn point by point: slower is higher, untimed has no height", () => {
  const state = story(["refill_checked", 2, reading({ result: "slow", refill_ds: 40, mirror_ds: 10 })], ["dose_given", 5, { units: 1 }],
    ["refill_checked", 10, reading({ refill_ds: 15, mirror_ds: 10 })], ["refill_checked", 12, reading({ point: "forehead", result: "none" })]);
  const [nose, forehead] = byPlace(protocol, prompts(protocol, state, T0 + 13 * MIN).refills);
  assert.deepEqual([nose.place, forehead.place], ["Nose, left", "Forehead, left"]);
  assert.deepEqual(nose.rows.map((row) => [row.cycle, row.abnormal]), [[0, true], [1, false]]);
  const { marks, limit } = drawing(nose.rows, 3, { width: 300, height: 100, pad: 10 });
  assert.ok(marks[0].y < limit && limit < marks[1].y && marks[0].x < marks[1].x);
  assert.equal(drawing(forehead.rows, 3, { width: 300, height: 100, pad: 10 }).marks[0].y, null);
});

test("time to the first dose: shape and words at each limit, correct to the second", () => {
  const at = (minutes, ...events) => firstDoseWords(firstOf(prompts(protocol, story(...events), T0 + minutes * MIN)));
  const target = protocol.parameters["vo.first_dose_target_min"];
  const amber = protocol.parameters["vo.conservative_only_max_min"];
  assert.deepEqual([at(1).look, at(1).text], ["is-waiting", `No dose yet, target ${target} min`]);
  assert.equal(at(amber).look, "is-check");
  assert.deepEqual([at(target).look, at(target).icon], ["is-stop", "x"]);
  assert.match(at(target).text, /passed$/);
  assert.equal(at(20, ["dose_given", 4.9, { units: 1 }]).text, "First dose at 04:54, target met");
  assert.equal(at(40, ["dose_given", target + 1 / 60, { units: 1 }]).text, `First dose at ${target}:01, target missed`);
});

test("two paths open: the urgent one is shown until the other is chosen, each with its own step", () => {
  const state = story(["vision_changed", 3, {}], ["anaphylaxis_suspected", 4, {}]);
  const p = prompts(protocol, state, T0 + 5 * MIN);
  assert.deepEqual(p.tracks.map((track) => track.id).sort(), ["anaphylaxis", "main", "vision"]);
  assert.equal(trackShown(p, null).id, p.branches.current);
  assert.equal(trackShown(p, "main").step.text, p.tracks.find((track) => track.id === "main").step.text);
  assert.equal(trackShown(p, "gone").id, p.branches.current);
  assert.equal(dueOn(p, "anaphylaxis"), "Adrenaline due");
  assert.equal(titleOf({ id: "main", title: protocol.title }, true), "Occlusion");
  assert.equal(trackShown({ ...p, tracks: undefined }, null).step, p.step);
});

test("entries are marked by the path they belong to", () => {
  const of = (type, data) => trackOf(protocol, { type, data });
  assert.equal(of("step_done", { step: "E01" }), "vision");
  assert.equal(of("step_done", { step: "A02" }), "anaphylaxis");
  assert.equal(of("drug_given", { drug: "adrenaline" }), "anaphylaxis");
  assert.equal(of("drug_given", { drug: "aspirin" }), null);
  assert.equal(of("dose_given", { units: 1 }), null);
  assert.equal(of("collapse_noticed", {}), "collapse");
  assert.equal(markWords(protocol, { type: "step_done", data: { step: "A02" } }), protocol.branches.anaphylaxis.title);
  assert.equal(markWords(protocol, { type: "anaphylaxis_suspected", data: {} }), null);
});

test("a call nobody answered counts down to the next; numbers dial without their spaces", () => {
  assert.equal(dueWords({ due_ms: 90e3 }, 30e3), "in 01:00");
  assert.equal(dueWords({ due_ms: 90e3 }, 90e3), "now");
  assert.equal(telOf("+44 (0)20 7946-0011"), "tel:+4402079460011");
});

test("beside dose and refill there is room for one timer more: what is due before what is near", () => {
  const timer = (status, due_ms) => ({ status, due_ms });
  const p = { ended: false, lone: timer("waiting", 50), branches: { eyes: timer("waiting", 90), loops: [{ text: "Better lying flat?", ...timer("due", 100) }, { text: "Off", ...timer("none", null) }] } };
  assert.deepEqual(othersOf(p).map((row) => row.title), ["Better lying flat", "Prescriber, or transfer", "Eye check"]);
  assert.deepEqual(othersOf({ ...p, ended: true }), []);
  assert.deepEqual(othersOf({ ended: false, branches: { eyes: null } }), []);
});
