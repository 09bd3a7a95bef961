// What the script of a drill says: the practice patient, when surprises come, when this tablet is cut off.
import assert from "node:assert/strict";
import { test } from "node:test";
import { comeNow, dataOf, isCut, lastShown, lookNow, lookWords } from "../../safety/static/runner/practice.mjs";
import { plannedDrill } from "../../safety/static/runner/drill_card.mjs";
import { Run } from "../../safety/static/runner/run.mjs";
import { Clock } from "../../safety/static/runner/clock.mjs";
import { Sync } from "../../safety/static/runner/sync.mjs";

const MINUTE = 60_000;
const SCRIPT = {
  looks: [
    { after_doses: 0, result: "none", refill_ds: 80, mirror_ds: 20, areas: 1, pain: 7, text: "White." },
    { after_doses: 2, result: "slow", refill_ds: 45, mirror_ds: 20, areas: 2, pain: 4, text: "Grey." },
    { after_doses: 3, result: "normal", refill_ds: 20, mirror_ds: 20, areas: 0, pain: 0, text: "Pink." },
  ],
  surprises: [
    { id: "server_dies", title: "The server dies", text: "Gone.", after_doses: 0, at_min: 2, offline_min: 5 },
    { id: "growing_area", title: "It grows", text: "Wider.", after_doses: 1, at_min: 5, more_areas: 1 },
    { id: "stock_runs_out", title: "Empty", text: "None left.", after_doses: 1, at_min: 7, empties_stock: true },
  ],
};

const fact = (type, at, data, device = "one") => ({ id: `${type}-${at}`, type, at_ms: at * MINUTE, device, data, flags: [], struck: null });
const state = (...facts) => ({ drill: true, status: "running", started_ms: 0, facts });
const dose = (at) => fact("dose_given", at, { units: 500 });
const shown = (surprise, at, device) => fact("surprise_shown", at, { surprise }, device);
const ids = (rows) => rows.map((row) => row.id);

test("a surprise comes at its minute after the start or after its dose, once", () => {
  assert.deepEqual(ids(comeNow(SCRIPT, state(), 2 * MINUTE - 1)), []);
  assert.deepEqual(ids(comeNow(SCRIPT, state(), 2 * MINUTE)), ["server_dies"]);
  assert.deepEqual(ids(comeNow(SCRIPT, state(shown("server_dies", 2)), 60 * MINUTE)), [], "no dose, nothing that follows one");
  assert.deepEqual(ids(comeNow(SCRIPT, state(shown("server_dies", 2), dose(10)), 15 * MINUTE)), ["growing_area"]);
  assert.deepEqual(ids(comeNow(SCRIPT, state(shown("server_dies", 2), dose(10)), 17 * MINUTE)), ["growing_area", "stock_runs_out"]);
});

test("nothing comes once the drill has ended or is real", () => {
  assert.deepEqual(comeNow(SCRIPT, { ...state(), status: "ended" }, 60 * MINUTE), []);
  assert.deepEqual(comeNow(SCRIPT, { ...state(), drill: false }, 60 * MINUTE), []);
});

test("an empty shelf travels in the event", () => {
  assert.deepEqual(dataOf(SCRIPT.surprises[2]), { surprise: "stock_runs_out", stock: [] });
  assert.deepEqual(dataOf(SCRIPT.surprises[1]), { surprise: "growing_area", stock: null });
});

test("the patient answers to the doses given, and to what has come", () => {
  assert.equal(lookNow(SCRIPT, state()).result, "none");
  assert.equal(lookNow(SCRIPT, state(dose(1))).result, "none", "one dose, and no look of its own");
  assert.equal(lookNow(SCRIPT, state(dose(1), dose(61))).areas, 2);
  assert.equal(lookNow(SCRIPT, state(dose(1), dose(61), shown("growing_area", 70))).areas, 3);
  assert.equal(lookNow(SCRIPT, state(dose(1), dose(61), dose(121), shown("growing_area", 70))).areas, 0);
  const struck = { ...dose(61), struck: { event: "x" } };
  assert.equal(lookNow(SCRIPT, state(dose(1), struck)).result, "none");
});

test("the card says it in words with units", () => {
  assert.equal(lookWords(SCRIPT.looks[0]), "White. No colour comes back, other side 2 seconds. 1 area affected. Pain 7 of 10.");
  assert.equal(lookWords(SCRIPT.looks[1]), "Grey. Colour comes back after 4.5 seconds, other side 2 seconds. 2 areas affected. Pain 4 of 10.");
});

test("the surprise shown last is the one to read", () => {
  assert.equal(lastShown(SCRIPT, state()), null);
  const told = lastShown(SCRIPT, state(shown("server_dies", 2), shown("growing_area", 6)));
  assert.deepEqual(told, { fact: "surprise_shown-6", title: "It grows", text: "Wider." });
});

test("only the tablet that showed it is cut off, for its minutes of drill time", () => {
  const dead = state(shown("server_dies", 2, "one"));
  assert.equal(isCut(SCRIPT, dead, "one", 7 * MINUTE - 1), true);
  assert.equal(isCut(SCRIPT, dead, "one", 7 * MINUTE), false);
  assert.equal(isCut(SCRIPT, dead, "two", 3 * MINUTE), false);
  assert.equal(isCut(SCRIPT, { ...dead, drill: false }, "one", 3 * MINUTE), false, "made real it is connected at once");
});

test("a cut sync asks nobody and says so", async () => {
  let asked = 0;
  const outbox = { batch: () => [{}], cursor: 1, ordered: () => [] };
  const sync = new Sync({ run: "x", outbox, keep: () => {}, digest: () => null, heard: () => {}, tell: () => {}, mono: () => 0, fetch: () => { asked += 1; } });
  sync.cut = () => true;
  await sync.round();
  assert.deepEqual([asked, sync.trouble], [0, "offline"]);
});

test("only a start button of a drill holds one", () => {
  assert.equal(plannedDrill({ dataset: {} }), null);
  assert.equal(plannedDrill(null), null);
  assert.equal(plannedDrill({ dataset: { drill: "{" } }), null);
  assert.deepEqual(plannedDrill({ dataset: { drill: '{"id":"x"}' } }), { id: "x" });
});

test("what a tablet records while it shows a drill says so, and its clock runs faster", async () => {
  let mono = 0;
  const clock = new Clock({ wall: () => 1790000000000 + mono, mono: () => mono });
  const store = { durable: true, add: async () => 0, mark: async () => {}, keepRun: async () => {}, keep: async () => {} };
  const { protocol } = await import("./occlusion.mjs");
  const run = new Run({ about: { id: "r", protocol, people: [] }, device: "one", clock, store, fetch: async () => { throw new Error("no server"); } });
  run.record("emergency_started", { drill: true, speed: 10, context: null });
  mono = 6000;
  assert.equal(run.now() - 1790000000000, 60_000);
  assert.equal(run.record("kit_fetched", {}).data.drill, true);
  assert.equal(run.record("made_real", { context: null }).data.drill, undefined);
  assert.equal(run.now() - 1790000000000, 6000);
  assert.equal(run.record("kit_fetched", {}).data.drill, undefined);
  await run.writing;
  run.sync.stop();
});
