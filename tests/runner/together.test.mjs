// Two tablets in one run, one of them without a network for a while: both end with the same list, the same state and
// the same questions, and nothing of either is overwritten.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { makeClock, Run } from "../../safety/static/runner/run.mjs";
import { noticesOf } from "../../safety/static/runner/screen_notices.mjs";
import { openStore } from "../../safety/static/runner/store.mjs";
import { clinical } from "./clinical.mjs";
import { PaperDisk } from "./paper_disk.mjs";
import { PaperServer } from "./paper_server.mjs";

globalThis.crypto ??= webcrypto; // Node 18, which Debian 12 has, keeps it off the global object
globalThis.IDBKeyRange = { bound: () => ({}) };
const protocol = clinical("v2");

/** A tablet whose network can be taken away; `line.up` says whether it has one. */
function tablet(server, device) {
  const about = { id: "0b6ef1a2-0000-4000-8000-000000000001", protocol, people: [], contacts: [], clinic: null, me: null, drill: false, skew: 0 };
  const line = { up: true };
  const fetch = async (...asked) => {
    if (!line.up) throw new TypeError("no network");
    return server.fetch(...asked);
  };
  const store = openStore({ factory: () => new PaperDisk(), crypto: webcrypto });
  return { line, run: new Run({ about, device, clock: makeClock(null), store, fetch }) };
}

async function settled(...tablets) {
  for (let round = 0; round < 8; round += 1) {
    for (const { run } of tablets) {
      await run.writing;
      await run.sync.now();
    }
  }
}

async function together(server) {
  const [one, two] = [tablet(server, "tablet-1"), tablet(server, "tablet-2")];
  one.run.record("emergency_started", { context: null, drill: false });
  await settled(one);
  two.run.outbox.take(server.answer({ device: "tablet-2" }));
  two.run.refresh();
  return [one, two];
}

test("a hundred entries each, one tablet a minute without a network: the same for both", async () => {
  const server = new PaperServer();
  const [one, two] = await together(server);
  for (let at = 0; at < 100; at += 1) {
    two.line.up = at < 20 || at > 80; // one entry a second: away for sixty
    for (const { run } of [one, two]) run.record("note_written", { text: `entry ${at}` }, 60_000);
    if (at % 10 === 0) await settled(one, two);
  }
  two.line.up = true;
  await settled(one, two);
  assert.equal(server.stored.size, 201);
  const lists = [one, two].map(({ run }) => run.state.facts.map((fact) => fact.id));
  assert.deepEqual(lists[0], lists[1]);
  assert.equal(await one.run.digest(), await two.run.digest());
  for (const device of ["tablet-1", "tablet-2"]) {
    const seqs = [...server.stored.values()].map(({ event }) => event).filter((event) => event.device === device).map((event) => event.seq);
    assert.deepEqual(seqs, [...seqs].sort((a, b) => a - b), `${device} in its own order`);
  }
});

test("one field put right on two tablets apart: both kept, both ask, a person settles it for all", async () => {
  const server = new PaperServer();
  const [one, two] = await together(server);
  const note = one.run.record("note_written", { text: "told once" });
  await settled(one, two);
  two.line.up = false;
  for (const [{ run }, minutes] of [[one, 1], [two, 5]]) {
    assert.equal(run.refused().length, 0);
    run.record("time_changed", { event: note.id, at_ms: note.at_ms - minutes * 60_000, reason: "happened earlier" });
  }
  two.line.up = true;
  await settled(one, two);
  const asked = [one, two].map(({ run }) => run.prompts().questions.filter((question) => question.kind === "conflict"));
  assert.deepEqual(asked.map((questions) => questions.length), [1, 1]);
  assert.deepEqual(asked[0], asked[1]);
  const taps = [];
  const app = { run: two.run, sound: { state: () => "on" }, others: () => [], at: (ms) => `at ${ms - note.at_ms}`, tap: (key, type, data) => taps.push(two.run.record(type, data)) };
  const notice = noticesOf(app, two.run.prompts()).find((each) => each.acts?.length === 2);
  assert.deepEqual(notice.acts.map((act) => act.label), ["Keep at -60000", "Keep at -300000"]);
  notice.acts[0].press();
  await settled(one, two);
  for (const { run } of [one, two]) {
    assert.deepEqual(run.prompts().questions, []);
    assert.equal(run.state.facts.find((fact) => fact.id === note.id).at_ms, note.at_ms - 60_000);
  }
});

test("a correction by somebody who saw the one before is no conflict", async () => {
  const server = new PaperServer();
  const [one, two] = await together(server);
  const note = one.run.record("note_written", { text: "told once" });
  await settled(one, two);
  for (const [{ run }, minutes] of [[one, 1], [two, 5]]) {
    assert.equal(run.refused().length, 0);
    run.record("time_changed", { event: note.id, at_ms: note.at_ms - minutes * 60_000, reason: "happened earlier" });
    await settled(one, two);
  }
  assert.equal(two.run.state.changes.length, 2);
  assert.deepEqual(two.run.prompts().questions, []);
});
