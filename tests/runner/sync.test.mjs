// Sending: a server that is away, wrong, slow or strict never costs an entry.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../safety/static/runner/outbox.mjs";
import { Sync, onTheWire } from "../../safety/static/runner/sync.mjs";
import { dumps, sha256 } from "../../safety/static/runner/canonical.mjs";

const event = (id, seq) => ({ id, device: "tablet-1", seq, type: "note_written", at_ms: 1, mono_ms: 1, data: {} });

/** The hash a server gives of an event it stored. */
const hashed = (each, device = "tablet-1") => sha256(dumps({ ...onTheWire(each), device }));
const hashes = (events) => Object.fromEntries(events.map((each) => [each.id, hashed(each)]));

function reply(status, body, headers = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html" : "application/json";
  return new Response(text, { status, headers: { "Content-Type": type, ...headers } });
}

/** A tablet with `events` waiting, and a server that answers with `answer(url, options)`. */
function tablet(answer, events = [event("a", 0), event("b", 1)]) {
  const outbox = new Outbox("tablet-1");
  for (const each of events) outbox.add(each);
  const calls = [];
  const kept = [];
  const fetch = async (url, options) => {
    calls.push({ url, options, body: options.body && JSON.parse(options.body) });
    return answer(url, options);
  };
  const sync = new Sync({
    run: "r", outbox, fetch, mono: () => 0, keep: async (entries) => { kept.push(...entries); },
    digest: async () => null, heard: () => {}, tell: () => {},
  });
  return { outbox, sync, calls, kept };
}

const stored = (url, options) => {
  const { events } = JSON.parse(options.body);
  return reply(200, {
    results: Object.fromEntries(events.map((each) => [each.id, "stored"])), hashes: hashes(events), cursor: 9, server_ms: 5,
    events: events.map((each, at) => ({ ...each, device: "tablet-1", cursor: at + 1, refused: null })),
  });
};

test("it works: a batch goes out in order with the contract's fields alone", async () => {
  const { outbox, sync, calls, kept } = tablet(stored);
  await sync.round();
  assert.equal(calls[0].url, "/emergencies/r/events");
  assert.deepEqual(calls[0].body.events.map((each) => each.seq), [0, 1]);
  assert.deepEqual(Object.keys(calls[0].body.events[0]), ["id", "seq", "type", "at_ms", "mono_ms", "data"]);
  assert.deepEqual(Object.keys(calls[0].body), ["device", "after", "digest", "events"]);
  assert.equal(outbox.unsent().length, 0);
  assert.equal(kept.length, 2);
  assert.equal(sync.trouble, null);
});

test("entries taken over from another tablet are sent in that tablet's name", async () => {
  const { outbox, sync, calls } = tablet(stored, []);
  outbox.merge([{ id: "g", seq: 4, state: "unsent", cursor: null, event: { ...event("g", 4), device: "giver", at_ms: 0 } }]);
  outbox.add(event("a", 0));
  await sync.round();
  await sync.round();
  assert.deepEqual(calls.map(({ body }) => [body.device, body.events.map((each) => each.seq)]), [["giver", [4]], ["tablet-1", [0]]]);
});

for (const [what, answer] of [
  ["a dead server", () => { throw new TypeError("failed to fetch"); }],
  ["a portal that answers 200 with a page", () => reply(200, "<h1>Welcome to the hotel</h1>")],
  ["a portal that answers 200 with other JSON", () => reply(200, { login: "please" })],
  ["a full disk", () => reply(507, { error: "no room" }, { "Retry-After": "5" })],
  ["a locked database", () => reply(503, { error: "busy" }, { "Retry-After": "2" })],
  ["an overloaded server", () => reply(429, { error: "slow down" })],
  ["an answer cut in half", () => new Response('{"results": {', { status: 200, headers: { "Content-Type": "application/json" } })],
]) {
  test(`${what} leaves everything unsent and is called offline`, async () => {
    const { outbox, sync } = tablet(answer);
    await sync.round();
    assert.equal(outbox.unsent().length, 2);
    assert.equal(sync.trouble, "offline");
  });
}

test("an unknown tablet keeps recording and says so", async () => {
  const { outbox, sync } = tablet(() => reply(401, { error: "who" }));
  await sync.round();
  assert.equal(outbox.unsent().length, 2);
  assert.equal(sync.trouble, "sign_in");
});

test("another clinic's run stays here, visibly", async () => {
  const { outbox, sync } = tablet(() => reply(404, { error: "none" }));
  await sync.round();
  assert.equal(outbox.unsent().length, 2);
  assert.equal(sync.trouble, "elsewhere");
});

test("one poison event is set aside; the others go through", async () => {
  const strict = (url, options) => (options.body.includes('"poison"') ? reply(400, { error: "unreadable" }) : stored(url, options));
  const { outbox, sync } = tablet(strict, [event("a", 0), event("poison", 1), event("c", 2)]);
  for (let round = 0; round < 6; round += 1) await sync.round();
  assert.equal(outbox.unsent().length, 0);
  assert.deepEqual(outbox.refused().map((entry) => [entry.id, entry.state]), [["poison", "refused:http_400"]]);
});

test("an entry the server breaks over stands back; the others go through, and it is tried again later", async () => {
  let broken = true;
  const stumbling = (url, options) => (broken && options.body?.includes('"odd"') ? reply(500, { error: "failure" }) : stored(url, options));
  const { outbox, sync } = tablet(stumbling, [event("a", 0), event("odd", 1), event("c", 2)]);
  let now = 0;
  sync.mono = () => now;
  for (let round = 0; round < 8; round += 1) await sync.round();
  assert.deepEqual(outbox.unsent().map((entry) => entry.id), ["odd"]);
  [broken, now] = [false, 61_000];
  await sync.round();
  assert.equal(outbox.unsent().length, 0);
});

test("an answer without hashes stores nothing, and is not asked for in a tight circle", async () => {
  const bare = async (url, options) => {
    const { results, cursor } = await stored(url, options).json();
    return reply(200, { results, cursor, events: [], server_ms: 5 });
  };
  const { outbox, sync } = tablet(bare);
  await sync.round();
  assert.equal(outbox.unsent().length, 2);
  assert.notEqual(sync.again, true);
});

test("an entry does not wait for a question that hangs", async () => {
  const { outbox, sync, calls } = tablet((url, options) => (options.body ? stored(url, options) : new Promise((_, fail) => {
    options.signal.addEventListener("abort", () => fail(new Error("aborted")));
  })), []);
  outbox.cursor = 1;
  sync.timer = { setTimeout: () => 0, clearTimeout: () => {} };
  sync.going = true;
  const asking = sync.now();
  await new Promise(setImmediate);
  outbox.add(event("a", 0));
  sync.now();
  await asking;
  await sync.busy;
  assert.equal(calls.length, 2);
  assert.equal(outbox.unsent().length, 0);
  assert.equal(sync.trouble, null);
});

test("409 stores the rest and names the conflict", async () => {
  const { outbox, sync } = tablet(() => reply(409, { error: "conflict", conflicts: ["a"], results: { b: "stored" }, hashes: hashes([event("b", 1)]), events: [], cursor: 1 }));
  await sync.round();
  assert.deepEqual(outbox.refused().map((entry) => entry.state), ["conflict"]);
  assert.equal(outbox.unsent().length, 0);
});

test("nothing to send asks for news after the cursor; before anything was stored it asks nothing", async () => {
  const { outbox, sync, calls } = tablet(() => reply(200, { events: [], cursor: 7, server_ms: 1 }), []);
  await sync.round();
  assert.equal(calls.length, 0);
  outbox.cursor = 7;
  await sync.round();
  assert.equal(calls[0].url, "/emergencies/r/events?after=7");
});

test("more than one batch goes out in batches of 50, none twice", async () => {
  const many = Array.from({ length: 120 }, (_, seq) => event(`e${seq}`, seq));
  const { outbox, sync, calls } = tablet(stored, many);
  for (let round = 0; round < 3; round += 1) await sync.round();
  assert.deepEqual(calls.map((call) => call.body.events.length), [50, 50, 20]);
  assert.equal(outbox.unsent().length, 0);
});

test("what the server added to an event never goes back to it", () => {
  const back = { ...event("a", 0), actor: "m1", cursor: 3, refused: null, received_ms: 8 };
  assert.deepEqual(onTheWire(back), { id: "a", seq: 0, type: "note_written", at_ms: 1, mono_ms: 1, data: {} });
});

test("random loss, repeats and cuts end with everything stored once", async () => {
  let seed = 7;
  const chance = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const server = new Map();
  const flaky = (url, options) => {
    if (chance() < 0.3) throw new TypeError("cut before");
    const { events = [], after = 0 } = options.body ? JSON.parse(options.body) : {};
    const results = {};
    for (const each of events) {
      results[each.id] = server.has(each.id) ? "known" : "stored";
      if (!server.has(each.id)) server.set(each.id, { ...each, device: "tablet-1", cursor: server.size + 1, refused: null });
    }
    if (chance() < 0.3) throw new TypeError("cut after");
    return reply(200, { results, hashes: hashes(events), events: [...server.values()].filter((each) => each.cursor > after), cursor: server.size, server_ms: 1 });
  };
  const { outbox, sync } = tablet(flaky, []);
  for (let at = 0; at < 100; at += 1) {
    outbox.add(event(`e${at}`, at));
    await sync.round();
  }
  while (outbox.unsent().length) await sync.round();
  assert.equal(server.size, 100);
  assert.deepEqual([...server.values()].map((each) => each.seq), Array.from({ length: 100 }, (_, at) => at));
});

test("a tablet that was revoked goes on sending, and says so", async () => {
  const words = [];
  const { outbox, sync } = tablet((url, options) => {
    if (!options.body) return reply(401, { error: "this tablet was revoked", revoked: true });
    const { events } = JSON.parse(options.body);
    const hashes = Object.fromEntries(events.map(({ id }) => [id, "0"]));
    const results = Object.fromEntries(events.map(({ id }) => [id, "stored"]));
    return reply(200, { results, hashes, events: [], cursor: 0, digest: null, server_ms: 5, revoked: true });
  });
  await sync.round();
  words.push(sync.trouble, outbox.unsent().length);
  outbox.cursor = 4; // what it heard before it was revoked
  await sync.round();
  words.push(sync.trouble);
  outbox.add(event("c", 2));
  await sync.round();
  words.push(sync.trouble, outbox.unsent().length, outbox.cursor);
  assert.deepEqual(words, ["revoked", 0, "revoked", "revoked", 0, 4]);
});
