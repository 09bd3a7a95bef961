// Photos on the tablet: kept before they count, sent after their entries, each alone, and never lost by a bad one.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { hashOf, Photos } from "../../safety/static/runner/photos.mjs";

globalThis.crypto ??= webcrypto;

const reply = (status, body) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const kept = (id) => reply(200, { result: "stored", photo: id, sent: `hash of ${id}`, stored: "other" });
const idOf = (url) => url.split("/").at(-1);

/** A tablet with photos `ids` kept, and a server that answers with `answer(id, options)`. */
async function tablet(answer, ids = ["a", "b", "c"]) {
  const disk = new Map();
  const asked = [];
  const clock = { now: 0 };
  const store = {
    addPhoto: async (run, photo) => { disk.set(photo.id, { ...photo, state: "waiting" }); },
    photos: async () => [...disk.values()].map(({ id, sha256, state }) => ({ id, sha256, state })),
    photoBytes: async (run, id) => disk.get(id).bytes,
    markPhoto: async (run, id, state) => { disk.set(id, { ...disk.get(id), state, bytes: state === "sent" ? null : disk.get(id).bytes }); },
  };
  const photos = new Photos({
    run: "r", store: Promise.resolve(store), arrived: (id) => !id.startsWith("early"), mono: () => clock.now, tell: () => {},
    fetch: async (url, options) => { asked.push(idOf(url)); return answer(idOf(url), options); },
  });
  for (const id of ids) await photos.keep(id, `hash of ${id}`, Uint8Array.of(1, 2));
  return { photos, asked, disk, clock, store };
}

test("it works: each photo goes out once, and its bytes leave the tablet only then", async () => {
  const { photos, asked, disk } = await tablet((id) => kept(id));
  await photos.now();
  await photos.now();
  assert.deepEqual(asked, ["a", "b", "c"]);
  assert.deepEqual(photos.waiting(), []);
  assert.deepEqual([...disk.values()].map((row) => [row.state, row.bytes]), Array(3).fill(["sent", null]));
});

test("a photo waits for its entry", async () => {
  const { photos, asked } = await tablet((id) => kept(id), ["early", "b"]);
  await photos.now();
  assert.deepEqual(asked, ["b"]);
  assert.equal(photos.waiting().length, 1);
});

for (const [what, status, why] of [["other bytes", 422, "other_bytes"], ["no photo", 422, "not_a_photo"], ["a conflict", 409, "conflict"], ["too large", 413, undefined]]) {
  test(`${what}: refused, kept, shown, and the next goes out`, async () => {
    const { photos, asked, disk } = await tablet((id) => (id === "a" ? reply(status, { error: "no", why }) : kept(id)));
    await photos.now();
    assert.deepEqual(asked, ["a", "b", "c"]);
    assert.deepEqual(photos.refused().map((row) => row.state), [`refused:${why ?? "http_413"}`]);
    assert.equal(disk.get("a").bytes.length, 2);
    await photos.now();
    assert.equal(asked.length, 3); // not again and again
  });
}

for (const [what, answer] of [
  ["a full disk", () => reply(507, { error: "no room" })], ["too early", () => reply(425, { error: "first the entry" })],
  ["a busy server", () => reply(503, { error: "busy" })],
]) {
  test(`${what} for one photo does not stop the next, and it is tried again later`, async () => {
    let bad = true;
    const { photos, asked, clock } = await tablet((id) => (id === "a" && bad ? answer() : kept(id)));
    await photos.now();
    assert.deepEqual(photos.waiting().map((row) => row.id), ["a"]);
    await photos.now();
    assert.deepEqual(asked, ["a", "b", "c"]); // rests first
    bad = false;
    clock.now += 6000;
    await photos.now();
    assert.deepEqual(photos.waiting(), []);
  });
}

for (const [what, answer] of [
  ["a dead server", () => { throw new TypeError("failed to fetch"); }],
  ["a portal's page", () => new Response("<h1>Welcome</h1>", { status: 200, headers: { "Content-Type": "text/html" } })],
  ["a portal's JSON", () => reply(200, { ok: true })],
  ["an answer about another photo", () => kept("other")],
  ["a server that does not know this tablet", () => reply(401, { error: "who" })],
  ["a proxy's 400", () => new Response("bad", { status: 400 })],
]) {
  test(`${what} leaves every photo waiting`, async () => {
    const { photos, disk } = await tablet(answer);
    await photos.now();
    assert.equal(photos.waiting().length, 3);
    assert.ok([...disk.values()].every((row) => row.bytes));
  });
}

test("what the disk refuses is not kept, and the caller hears of it", async () => {
  const { photos, store } = await tablet((id) => kept(id), []);
  store.addPhoto = async () => { throw new Error("QuotaExceededError"); };
  await assert.rejects(photos.keep("x", "h", Uint8Array.of(1)));
  assert.deepEqual(photos.waiting(), []);
});

test("after a reload the disk says what waits", async () => {
  const { photos, store } = await tablet((id) => kept(id));
  await photos.now();
  await photos.keep("d", "hash of d", Uint8Array.of(9));
  const again = new Photos({ run: "r", store: Promise.resolve(store), arrived: () => true, mono: () => 0, tell: () => {}, fetch: async (url) => kept(idOf(url)) });
  await again.load();
  assert.deepEqual(again.waiting().map((row) => row.id), ["d"]);
  await again.now();
  assert.deepEqual(again.waiting(), []);
});

test("the hash is SHA-256, with and without the browser's own", async () => {
  const bytes = new TextEncoder().encode("abc");
  const wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(await hashOf(bytes), wanted);
  assert.equal(await hashOf(bytes, {}), wanted);
});
