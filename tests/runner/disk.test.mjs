// A disk that refuses, fills up, stalls or is taken away: loud, never a lost tap, and written as soon as it can be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { webcrypto } from "node:crypto";
import { Run, makeClock } from "../../safety/static/runner/run.mjs";
import { noticesOf } from "../../safety/static/runner/screen_notices.mjs";
import { openStore } from "../../safety/static/runner/store.mjs";
import { protocol } from "./clinical.mjs";
import { PaperDisk } from "./paper_disk.mjs";
import { PaperServer } from "./paper_server.mjs";

globalThis.crypto ??= webcrypto; // Node 18, which Debian 12 has, keeps it off the global object
globalThis.IDBKeyRange = { bound: () => ({}) };
const id = "0b6ef1a2-0000-4000-8000-000000000001";
const opened = (disk) => openStore({ factory: () => disk, crypto: webcrypto });

async function tablet(disk, { server = new PaperServer(() => Date.now()), device = "tablet-1", reopen = () => opened(disk), patience } = {}) {
  const about = { id, protocol, people: [], contacts: [], clinic: null, me: null, drill: false, skew: 0 };
  const run = new Run({ about, device, clock: makeClock(null), store: opened(disk), fetch: server.fetch, reopen, patience });
  return { run, server };
}

/** Everything written and sent that can be. */
async function settled(run) {
  await run.writing;
  for (let round = 0; round < 3; round += 1) await run.sync.now();
  await new Promise((done) => setTimeout(done, 20));
}

const started = (run) => run.record("emergency_started", { context: null, drill: false });
const note = (run, text) => run.record("note_written", { text });
const rows = (disk) => [...disk.tables.get("events").rows.values()];

test("it works: on disk first, then sent, then marked as stored", async () => {
  const disk = new PaperDisk();
  const { run, server } = await tablet(disk);
  started(run);
  note(run, "one");
  await settled(run);
  assert.deepEqual(run.saved(), { unsent: 0, unsaved: 0, rejected: 0, photos: 0, durable: true, trouble: null });
  assert.equal(server.stored.size, 2);
  assert.deepEqual(rows(disk).map((row) => [row.seq, row.state, row.cursor]), [[0, "stored", 1], [1, "stored", 2]]);
});

for (const fault of ["QuotaExceededError", "AbortError", "UnknownError"]) {
  test(`${fault}: said aloud, still sent, and on disk once it takes entries again`, async () => {
    const disk = new PaperDisk();
    const { run, server } = await tablet(disk);
    started(run);
    await settled(run);
    disk.fault = fault;
    note(run, "while the disk refuses");
    note(run, "and another");
    await settled(run);
    assert.equal(run.saved().durable, false);
    assert.equal(server.stored.size, 3, "every tap reached the server");
    assert.equal(rows(disk).length, 1);
    disk.fault = null;
    note(run, "the disk is back");
    await settled(run);
    assert.equal(run.saved().durable, true);
    assert.deepEqual(rows(disk).map((row) => row.seq).sort(), [0, 1, 2, 3], "all are on disk, each number used once");
    assert.deepEqual([...server.stored.values()].map(({ event }) => event.seq), [0, 1, 2, 3]);
    assert.equal(run.refused().length, 0);
  });
}

test("a full disk and no server: the entries stay on this page and say so", async () => {
  const disk = new PaperDisk();
  const { run } = await tablet(disk, { server: { fetch: () => Promise.reject(new TypeError("gone")) } });
  disk.fault = "QuotaExceededError";
  started(run);
  note(run, "only here");
  await settled(run);
  assert.deepEqual(run.saved(), { unsent: 2, unsaved: 2, rejected: 0, photos: 0, durable: false, trouble: "offline" });
  const app = { run, sound: { state: () => "on" }, others: () => [] };
  const [first] = noticesOf(app, { questions: [], banners: [] });
  assert.match(first.text, /cannot save.*write on paper too/i);
  assert.equal(first.kind, "stop");
  assert.ok(first.acts.some((act) => act.href === "/paper/vo.pdf"), "leads to the paper card");
});

test("the database is deleted under us: a fresh one holds everything again", async () => {
  const disk = new PaperDisk();
  const { run } = await tablet(disk);
  started(run);
  note(run, "before");
  await settled(run);
  disk.delete();
  note(run, "after");
  await settled(run);
  await settled(run);
  assert.equal(run.saved().durable, true);
  assert.equal(rows(disk).length, 3);
  const after = await opened(disk);
  assert.equal((await after.run(id)).id, id, "a reload finds the run");
  assert.deepEqual((await after.events(id)).map(({ event }) => event.data.text).filter(Boolean).sort(), ["after", "before"]);
});

for (const [what, shut, durable] of [["goes on with it", false, true], ["and lets nobody in: said aloud, and still sent", true, false]]) {
  test(`a newer page changes the database ${what}`, async () => {
    const disk = new PaperDisk();
    const { run, server } = await tablet(disk);
    started(run);
    await settled(run);
    disk.shut = shut;
    disk.upgrade(99);
    note(run, "after");
    await settled(run);
    assert.equal(run.saved().durable, durable);
    assert.equal(server.stored.size, 2);
  });
}

test("a disk that stalls is not waited for; what it wrote late is put right", async () => {
  const disk = new PaperDisk();
  const { run, server } = await tablet(disk, { patience: 20 });
  started(run);
  await settled(run);
  disk.fault = "slow";
  note(run, "slow");
  await settled(run);
  assert.equal(server.stored.size, 2, "sent although the disk has not answered");
  assert.equal(run.saved().durable, false);
  disk.fault = null;
  for (let turn = 0; turn < 60 && !run.saved().durable; turn += 1) await new Promise((done) => setTimeout(done, 50));
  assert.equal(run.saved().durable, true);
  const sent = [...server.stored.values()].map(({ event }) => [event.id, event.seq]);
  assert.deepEqual(rows(disk).map((row) => [row.id, row.seq]).sort(), sent.sort());
});

test("no storage at all: numbers go on, everything is sent", async () => {
  const server = new PaperServer();
  const { run } = await tablet({ open() { throw new Error("denied"); } }, { server });
  started(run);
  note(run, "one");
  await settled(run);
  assert.equal(run.saved().durable, false);
  assert.deepEqual([...server.stored.values()].map(({ event }) => event.seq), [0, 1]);
});
