// The tablet's list of what happened: nothing lost, nothing doubled, whatever the network does.
import { webcrypto } from "node:crypto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { dumps, sha256 } from "../../safety/static/runner/canonical.mjs";
import { Once, Outbox, newId, onTheWire } from "../../safety/static/runner/outbox.mjs";

globalThis.crypto ??= webcrypto; // Node 18, which Debian 12 has, keeps it off the global object

const event = (id, seq, more = {}) => ({ id, device: "tablet-1", seq, type: "note_written", at_ms: 1, mono_ms: 1, data: {}, ...more });
const hashes = (...known) => Object.fromEntries(known.map((each) => [each.id, sha256(dumps({ ...onTheWire(each), device: each.device }))]));
const wire = (id, cursor, more = {}) => ({ ...event(id, 0), cursor, refused: null, received_ms: 9, actor: null, ...more });
const ids = (entries) => entries.map((entry) => entry.id);

test("it works: own events count at once and wait until the server has them", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", 0));
  outbox.add(event("b", 1));
  assert.deepEqual(ids(outbox.ordered()), ["a", "b"]);
  assert.deepEqual(ids(outbox.batch()), ["a", "b"]);
  const changed = outbox.take({ results: { a: "stored", b: "known" }, hashes: hashes(event("a", 0), event("b", 1)), events: [wire("a", 1), wire("b", 2, { seq: 1 })], cursor: 2 });
  assert.deepEqual(ids(changed).sort(), ["a", "b"]);
  assert.deepEqual(outbox.unsent(), []);
  assert.equal(outbox.cursor, 2);
});

test("the order is the server's, with our own unsent ones last", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("mine", 0));
  outbox.take({ events: [wire("second", 2), wire("first", 1)], cursor: 2 });
  assert.deepEqual(ids(outbox.ordered()), ["first", "second", "mine"]);
});

test("an answer that says nothing about an event leaves it unsent", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", 0));
  outbox.take({ results: {}, events: [], cursor: 0 });
  outbox.take({ results: { a: "lovely" }, events: [] });
  assert.deepEqual(ids(outbox.unsent()), ["a"]);
});

test("a run taken over: the giver's unsent entries go out first, as the giver's, and ours after", () => {
  const outbox = new Outbox("tablet-2");
  const entry = (id, seq, at, device) => ({ id, seq, state: "unsent", cursor: null, event: event(id, seq, { at_ms: at, device }) });
  const given = [entry("y", 1, 20, "tablet-1"), entry("z", 0, 10, "tablet-1")]; // a disk gives them by id
  assert.deepEqual(ids(outbox.merge(given)), ["y", "z"]);
  assert.deepEqual(outbox.merge(given), []);
  outbox.add(event("a", 0, { at_ms: 30, device: "tablet-2" }));
  assert.deepEqual(ids(outbox.ordered()), ["z", "y", "a"]);
  assert.deepEqual(ids(outbox.batch()), ["z", "y"]);
  outbox.take({ results: { z: "stored", y: "stored" }, events: [wire("z", 1), wire("y", 2)], cursor: 2 });
  assert.deepEqual(ids(outbox.batch()), ["a"]);
});

test("taken over and back: nothing known is overwritten, each device keeps its order", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("start", 0, { at_ms: 1 }));
  outbox.add(event("late", 1, { at_ms: 50 }));
  const other = (id, seq, at) => ({ id, seq, state: "unsent", cursor: null, event: event(id, seq, { at_ms: at, device: "tablet-2" }) });
  outbox.take({ results: { start: "stored" }, events: [wire("start", 1)], cursor: 1 });
  outbox.merge([{ ...other("start", 0, 1), event: event("start", 0, { at_ms: 999 }) }, other("one", 0, 40), other("two", 1, 30)]);
  assert.equal(outbox.entries.get("start").cursor, 1);
  assert.deepEqual(ids(outbox.ordered()), ["start", "one", "two", "late"]); // two was told late: it stays after one
});

test("an event without its number yet does not go out, and does not stop those that have one", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", null));
  outbox.add(event("b", 4));
  assert.deepEqual(ids(outbox.batch()), ["b"]);
});

test("what was refused is kept apart, with its code, and no longer sent", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", 0));
  outbox.take({ results: { a: "refused:bad_data" }, events: [wire("a", 1, { refused: "bad_data" })], cursor: 1 });
  assert.deepEqual(outbox.ordered(), []);
  assert.deepEqual(outbox.refused().map((entry) => entry.state), ["refused:bad_data"]);
  assert.deepEqual(outbox.unsent(), []);
});

test("same id with other content is a conflict that stays visible", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", 0));
  outbox.take({ results: {}, conflicts: ["a"], events: [wire("a", 1, { at_ms: 7 })], cursor: 1 });
  assert.deepEqual(outbox.refused().map((entry) => [entry.state, entry.event.at_ms]), [["conflict", 1]]);
  assert.deepEqual(outbox.ordered().map((entry) => entry.event.at_ms), [7], "the server's version counts, ours is kept beside it");
  assert.equal(outbox.rejected().length, 1);
});

test("stored is only what the server names with the hash of our bytes, or sends back word for word", () => {
  const outbox = new Outbox("tablet-1");
  for (const id of ["a", "b", "c", "d"]) outbox.add(event(id, 0));
  outbox.take({ results: { a: "stored", b: "stored", c: "stored" }, hashes: { b: "0".repeat(64), ...hashes(event("c", 0)) }, events: [wire("d", 1)] });
  const states = Object.fromEntries([...outbox.entries.values()].map((entry) => [entry.id, entry.state]));
  assert.deepEqual(states, { a: "unsent", b: "conflict", c: "stored", d: "stored" });
});

test("an entry no server can hash is not waited for for ever", () => {
  const outbox = new Outbox("tablet-1");
  const odd = outbox.add(event("a", 0, { data: { text: "\ud800" } }));
  outbox.take({ results: { other: "refused:bad_data" }, events: [], cursor: 1 }, [odd]);
  assert.deepEqual(outbox.rejected().map((entry) => entry.state), ["refused:bad_data"]);
});

test("events of another device go out in a batch of their own, under its name", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", 3));
  outbox.add(event("b", 1, { device: "tablet-2" }));
  outbox.add(event("c", 4));
  assert.deepEqual(ids(outbox.batch()), ["a", "c"]);
  outbox.take({ events: [wire("a", 1, { seq: 3 }), wire("c", 2, { seq: 4 })], cursor: 2 });
  assert.deepEqual(ids(outbox.batch()), ["b"]);
});

test("what was turned down goes out again only when somebody asks", () => {
  const outbox = new Outbox("tablet-1");
  outbox.add(event("a", 0)).state = "refused:http_413";
  assert.deepEqual(outbox.batch(), []);
  assert.equal(outbox.again("a").state, "unsent");
  outbox.take({ results: { a: "stored" }, hashes: hashes(event("a", 0)), events: [wire("a", 1)], cursor: 1 });
  assert.equal(outbox.again("a"), null, "what the server has is not sent again");
});

test("the same answer twice, and an older one late, change nothing", () => {
  const outbox = new Outbox("tablet-1");
  const answer = { results: {}, events: [wire("x", 1), wire("y", 2)], cursor: 2 };
  assert.equal(outbox.take(answer).length, 2);
  assert.equal(outbox.take(answer).length, 0);
  assert.equal(outbox.take({ events: [wire("x", 1)], cursor: 1 }).length, 0);
  assert.equal(outbox.cursor, 2);
});

test("a second window's disk is taken up: entries and cursor", () => {
  const outbox = new Outbox("tablet-1");
  outbox.load([{ id: "a", seq: 0, state: "stored", cursor: 3, event: event("a", 0) }, { id: "b", seq: 1, state: "unsent", cursor: null, event: event("b", 1) }]);
  assert.equal(outbox.cursor, 3);
  assert.deepEqual(ids(outbox.ordered()), ["a", "b"]);
  assert.ok(outbox.unsent()[0].saved);
});

test("ids are UUIDs, also where crypto.randomUUID is missing", () => {
  const bare = { getRandomValues: (bytes) => crypto.getRandomValues(bytes) };
  for (const id of [newId(), newId(bare)]) assert.match(id, /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  assert.notEqual(newId(bare), newId(bare));
});

test("two taps of one button within 1.5 seconds count once; of two buttons, twice", () => {
  const taps = new Once(1500);
  assert.ok(taps.first("dose", 0));
  assert.ok(!taps.first("dose", 1499));
  assert.ok(taps.first("photo", 1499));
  assert.ok(taps.first("dose", 1500));
});
