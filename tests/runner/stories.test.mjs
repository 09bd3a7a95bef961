// The comparison the tablet check makes on the tablet, and the file of unsent entries.
import assert from "node:assert/strict";
import test from "node:test";
import { playAll, reach } from "../../safety/static/runner/stories.mjs";
import { asFile, counted, unsentOf } from "../../safety/static/runner/unsent.mjs";

test("a path reaches into lists by id, by place and by length", () => {
  const seen = { step: { id: "V01" }, banners: [{ key: "dose", text: "now" }, { id: "a.b", n: 2 }], empty: [] };
  assert.equal(reach(seen, ["step", "id"]), "V01");
  assert.equal(reach(seen, ["banners", "dose", "text"]), "now");
  assert.equal(reach(seen, ["banners", "a", "b", "n"]), 2, "an id may hold points");
  assert.equal(reach(seen, ["banners", "1", "n"]), 2);
  assert.equal(reach(seen, ["banners", "length"]), 2);
  assert.equal(reach(seen, ["banners", "9", "n"]), null);
  assert.equal(reach(seen, ["nothing", "there"]), null);
  assert.equal(reach(null, ["step"]), null);
});

test("a story that does not hold is counted against the tablet, with the first difference in words", async () => {
  const story = { title: "Started twice", protocol: 0, events: [], codes: [], looks: [], expected: [], finally: { status: "idle" } };
  const protocols = [{ id: "p", version: 1 }];
  assert.deepEqual(await playAll({ protocols, scenarios: [story] }), { agreed: 1, told: 1, first: null });
  const wrong = { ...story, finally: { status: "running" } };
  const unplayable = { ...story, protocol: 7, title: "No such protocol" };
  const found = await playAll({ protocols, scenarios: [story, wrong, unplayable] });
  assert.deepEqual([found.agreed, found.told], [1, 3]);
  assert.equal(found.first, 'Started twice: status is "idle", not "running"');
});

test("unsent entries of every run, in their order, as the bodies their addresses take", async () => {
  const event = (id, device, seq) => ({ id, device, seq, type: "note_written", at_ms: 1000 + seq, mono_ms: seq, data: { text: id }, refusal: null });
  const entry = (state, one) => ({ id: one.id, seq: one.seq, state, event: one });
  const held = { r1: [entry("unsent", event("b", "t", 2)), entry("stored", event("x", "t", 0)), entry("unsent", event("a", "t", 1)), entry("unsent", event("c", "u", 0))], r2: [] };
  const store = { runs: async () => Object.keys(held), events: async (run) => held[run] };
  const unsent = await unsentOf(store);
  assert.deepEqual(counted(unsent), { count: 3, oldest_ms: 1000 });
  const { runs, written_ms: at } = JSON.parse(asFile(unsent, 5));
  assert.equal(at, 5);
  assert.deepEqual(runs.map(({ post_to: to, body }) => [to, body.device, body.events.map(({ id }) => id)]), [["/emergencies/r1/events", "u", ["c"]], ["/emergencies/r1/events", "t", ["a", "b"]]]);
  assert.deepEqual(Object.keys(runs[0].body.events[0]), ["id", "seq", "type", "at_ms", "mono_ms", "data"], "nothing the server would not take");
  assert.deepEqual(counted([]), { count: 0, oldest_ms: null });
});
