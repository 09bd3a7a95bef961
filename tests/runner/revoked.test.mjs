// A tablet that was revoked: what it recorded comes first, then it forgets everything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetAll, mustStay } from "../../safety/static/runner/revoked.mjs";

const HOUR = 3_600_000;
const NOW = 1_790_000_000_000;
const entry = (type, ago, state = "stored") => ({ state, event: { type, at_ms: NOW - ago } });

/** A disk that holds these runs: {id: {events, photos}}. */
function disk(runs) {
  return { runs: async () => Object.keys(runs), events: async (id) => runs[id].events, photos: async (id) => runs[id].photos ?? [] };
}

const stays = (runs) => mustStay(disk(runs), NOW);

test("it works: with nothing on the disk nothing holds it", async () => {
  assert.equal(await stays({}), false);
});

test("an entry or a photo not yet sent is never erased, however old", async () => {
  const ended = [entry("emergency_started", 900 * HOUR), entry("emergency_ended", 899 * HOUR)];
  assert.equal(await stays({ a: { events: ended } }), false);
  assert.equal(await stays({ a: { events: ended }, b: { events: [entry("emergency_started", 900 * HOUR, "unsent")] } }), true);
  assert.equal(await stays({ a: { events: ended, photos: [{ state: "waiting" }] } }), true);
  assert.equal(await stays({ a: { events: ended, photos: [{ state: "sent" }] } }), false);
});

test("a run that is open is gone on with", async () => {
  assert.equal(await stays({ a: { events: [entry("emergency_started", HOUR)] } }), true);
  const reopened = [entry("emergency_started", 3 * HOUR), entry("emergency_ended", 2 * HOUR), entry("emergency_reopened", HOUR)];
  assert.equal(await stays({ a: { events: reopened } }), true);
  assert.equal(await stays({ a: { events: [reopened[1], reopened[0]] } }), false);
});

test("a run nobody touched for twelve hours is over: its end was recorded elsewhere", async () => {
  assert.equal(await stays({ a: { events: [entry("emergency_started", 13 * HOUR)] } }), false);
  assert.equal(await stays({ a: { events: [entry("emergency_started", 13 * HOUR), entry("pain_scored", 11 * HOUR)] } }), true);
});

test("the key goes first, then rows, copies and notes", async () => {
  const cleared = [];
  const transaction = { objectStore: (name) => ({ clear: () => cleared.push(name) }) };
  const database = { objectStoreNames: ["events", "kept", "keys", "photos", "runs"], transaction: () => transaction };
  const copies = { keys: async () => ["reflow-1", "reflow-2"], delete: async (name) => cleared.push(name) };
  const box = { clear: () => cleared.push("notes") };
  setTimeout(() => transaction.oncomplete(), 0);
  await forgetAll({ database }, { copies, boxes: [box] });
  assert.equal(cleared[0], "keys");
  assert.deepEqual(cleared.slice(1).sort(), ["events", "kept", "notes", "photos", "reflow-1", "reflow-2", "runs"]);
});

test("a disk that will not erase is no success", async () => {
  const transaction = { objectStore: () => ({ clear: () => {} }), error: new Error("disk") };
  setTimeout(() => transaction.onabort(), 0);
  await assert.rejects(forgetAll({ database: { objectStoreNames: ["keys"], transaction: () => transaction } }), /disk/);
});
