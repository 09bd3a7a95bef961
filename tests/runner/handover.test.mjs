// What one tablet hands to another: every entry once, the same clock, the pinned protocol, and nothing made up.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Clock } from "../../safety/static/runner/clock.mjs";
import { cut, Gathering, pack, unpack } from "../../safety/static/runner/frames.mjs";
import { apart, baseFromFile, bundle, opened, summary } from "../../safety/static/runner/handover.mjs";
import { Run } from "../../safety/static/runner/run.mjs";
import { Sync } from "../../safety/static/runner/sync.mjs";

globalThis.crypto ??= webcrypto;
const HOME = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = process.env.PYTHON ?? (existsSync(HOME + ".venv/bin/python") ? HOME + ".venv/bin/python" : "python3");
const SCRIPTS = JSON.parse(execFileSync(PYTHON, ["-m", "safety.emergency.scenarios"], { cwd: HOME, maxBuffer: 2 ** 28 }));
const protocol = { ...SCRIPTS[0].protocol, digest: "d".repeat(64) };
const KIT = { protocol };

/** A tablet with a disk in memory; its wall and monotonic clocks move together with `time.ms`. */
function tablet(device, time, { wall = 0, mono = 0, about = {}, fetch = dead } = {}) {
  const disk = new Map();
  const numbers = new Map();
  const store = {
    durable: true, keepRun: async () => {}, keep: async () => {}, photos: async () => [], events: async () => [...disk.values()],
    add: async (run, event) => {
      const seq = (numbers.get(event.device) ?? -1) + 1;
      numbers.set(event.device, seq);
      return seq;
    },
    mark: async (run, entries) => { for (const entry of entries) disk.set(entry.id, { ...entry }); },
  };
  const clock = new Clock({ wall: () => time.ms + wall, mono: () => time.ms - mono });
  const full = { id: "0b9e7a34-8a1c-4f6e-9c80-0d2f6a1b7c11", protocol, people: [], clinic: null, me: null, drill: false, skew: null, contacts: [], ...about };
  const run = new Run({ about: full, device, clock, store, fetch });
  run.sync.start = run.sync.now = () => {};
  return { run, clock, disk };
}

const dead = async () => { throw new TypeError("nobody there"); };

async function giver(time) {
  const { run } = tablet("giver", time, { wall: 420_000 }); // its clock is seven minutes fast and it never met a server
  run.record("emergency_started", { context: null, drill: false, protocol_digest: null });
  time.ms += 60_000;
  run.record("dose_given", { units: 750 });
  run.record("pain_scored", { score: 1 / 2 }); // does not count; it travels all the same
  await run.writing;
  return run;
}

/** Over the codes: each read a quarter of a second after it was drawn, the last one sooner. */
async function byCodes(run, time, to) {
  const frames = cut(run.id, await pack(bundle(run, time.ms, false)));
  const gathering = new Gathering();
  let found;
  for (let index = 0; index < frames.count; index += 1) {
    const text = frames.text(index, run.clock.now());
    const late = index === frames.count - 1 ? 60 : 250;
    time.ms += late;
    found = gathering.take(text, to.clock.readMono());
    time.ms += 500 - late;
  }
  return { value: await unpack(gathering.bytes(found)), base: found.row.base };
}

test("it works: the other tablet goes on at the same second with every entry", async () => {
  const time = { ms: 1_790_000_000_000 };
  const from = await giver(time);
  const to = tablet("taker", time, { wall: -90_000, mono: 1_789_000_000_000 });
  const { value, base } = await byCodes(from, time, to);
  const taken = opened(value, KIT);
  to.clock.follow(base);
  await to.run.takeUp(taken.entries);
  assert.ok(Math.abs(to.run.prompts().elapsed_ms - from.prompts().elapsed_ms) <= 300);
  assert.ok(Math.abs(to.run.prompts().dose.due_ms - from.prompts().dose.due_ms) <= 0);
  assert.equal(to.run.refused().length, 1);
  assert.equal(to.disk.size, 3);
  assert.deepEqual(to.run.outbox.unsent().map(({ event }) => [event.device, event.seq]), [["giver", 0], ["giver", 1], ["giver", 2]]);
});

test("both tablets come back: the server has the union, once each, whoever is first", async () => {
  for (const order of [[0, 1], [1, 0]]) {
    const time = { ms: 1_790_000_000_000 };
    const stored = new Map();
    const server = async (url, options) => {
      const body = options.body ? JSON.parse(options.body) : { events: [] };
      const results = {};
      for (const event of body.events) {
        const whole = JSON.stringify({ ...event, device: body.device });
        const before = stored.get(event.id);
        assert.ok(!before || before.whole === whole, "the same id with other content");
        results[event.id] = before ? "known" : "stored";
        if (!before) stored.set(event.id, { whole, cursor: stored.size + 1, event: { ...event, device: body.device } });
      }
      const events = [...stored.values()].map(({ event, cursor }) => ({ ...event, cursor, refused: null }));
      return new Response(JSON.stringify({ results, events, cursor: stored.size, server_ms: time.ms }), { status: 200, headers: { "Content-Type": "application/json" } });
    };
    const from = await giver(time);
    const to = tablet("taker", time, { fetch: server });
    const { value, base } = await byCodes(from, time, to);
    to.clock.follow(base);
    await to.run.takeUp(opened(value, KIT).entries);
    to.run.record("note_written", { text: "on the new tablet" });
    from.record("note_written", { text: "on the old tablet" });
    await Promise.all([to.run.writing, from.writing]);
    from.sync.fetch = server;
    const both = [from, to.run];
    for (let round = 0; round < 3; round += 1) for (const at of order) await Sync.prototype.round.call(both[at].sync);
    const kept = [...stored.values()].map(({ event }) => `${event.device} ${event.seq} ${event.type}`);
    assert.deepEqual(kept.slice(0, 3), ["giver 0 emergency_started", "giver 1 dose_given", "giver 2 pain_scored"]);
    assert.deepEqual(kept.slice(3).sort(), ["giver 3 note_written", "taker 0 note_written"]);
    assert.deepEqual(both.map((run) => run.outbox.unsent().length), [0, 0]);
  }
});

test("the protocol travels only when asked, and our own of the same digest is preferred", async () => {
  const run = await giver({ ms: 1_790_000_000_000 });
  const without = bundle(run, 0, false);
  assert.equal(without.protocol, null);
  assert.deepEqual(opened(without, { protocol: { ...protocol, digest: "another" } }), { problem: "protocol" });
  assert.deepEqual(opened(without, null), { problem: "protocol" });
  assert.equal(opened(without, KIT).protocol, protocol);
  const withIt = JSON.parse(JSON.stringify(bundle(run, 0, true)));
  assert.deepEqual(opened(withIt, null).protocol, protocol);
  assert.equal(opened(withIt, KIT).protocol, protocol);
});

test("a run and its protocol fit into codes", async () => {
  const run = await giver({ ms: 1_790_000_000_000 });
  assert.ok(cut(run.id, await pack(bundle(run, 0, true))).count < 120);
});

test("what is no run of ours is not taken up", async () => {
  const good = bundle(await giver({ ms: 1_790_000_000_000 }), 0, true);
  const harmed = [
    null, [], "x", {}, { ...good, format: "reflow-run-9" }, { ...good, run: "../../x" }, { ...good, entries: {} }, { ...good, now_ms: "soon" },
    { ...good, entries: [{ ...good.entries[0], state: "sent by magic" }] }, { ...good, entries: [{ ...good.entries[0], cursor: "1" }] },
    { ...good, entries: [{ ...good.entries[0], event: null }] }, { ...good, entries: [{ ...good.entries[0], event: { ...good.entries[0].event, id: 1 } }] },
    { ...good, entries: [{ ...good.entries[0], event: { ...good.entries[0].event, seq: -1.5 } }] },
  ];
  for (const value of harmed) assert.deepEqual(opened(value, KIT), { problem: "format" });
  assert.equal(opened(good, KIT).problem, undefined);
});

test("the summary says what was handed over before anything counts here", async () => {
  const run = await giver({ ms: 1_790_000_000_000 });
  const told = summary(opened(bundle(run, 0, false), KIT), run.clock.now());
  assert.deepEqual([told.doses, told.units, told.entries, told.unsent, told.elapsed_ms], [1, 750, 3, 3, 60_000]);
  assert.equal(summary({ protocol, entries: [] }, 0), null);
});

test("a record file goes on by the clocks of both tablets, and never backwards", () => {
  const clock = new Clock({ wall: () => 5000, mono: () => 100 });
  assert.equal(baseFromFile({ now_ms: 900, wall_ms: 4000 }, clock) + 100, 1900);
  assert.equal(baseFromFile({ now_ms: 900, wall_ms: 9000 }, clock) + 100, 900);
  assert.deepEqual([0, 900, -61_000].map(apart), ["less than 1 second", "1 second", "61 seconds"]);
});
