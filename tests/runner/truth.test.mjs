// The badge tells the truth: "Saved" means that the server holds every entry, byte for byte. And the queue ends as
// the clean run would, whatever is cut, doubled or shuffled on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../safety/static/runner/outbox.mjs";
import { savedChip } from "../../safety/static/runner/screen_band.mjs";
import { Sync } from "../../safety/static/runner/sync.mjs";
import { PaperServer, dice, reply } from "./paper_server.mjs";

const TRIALS = 10_000;
const STALE = { results: { x: "stored" }, hashes: {}, events: [], cursor: 1, server_ms: 1 };

/** What goes wrong on the way there and back. Each gets the request's body and the honest server. */
const WAYS = [
  ["nothing", (server, body) => reply(200, server.answer(body))],
  ["nothing", (server, body) => reply(200, server.answer(body))],
  ["request lost", () => { throw new TypeError("cut before"); }],
  ["answer lost", (server, body) => { server.answer(body); throw new TypeError("cut after"); }],
  ["twice", (server, body) => { server.answer(body); return reply(200, server.answer(body)); }],
  ["half a batch", (server, body) => { server.answer({ ...body, events: body.events.slice(0, 1) }); throw new TypeError("cut"); }],
  ["portal", () => new Response("<h1>Welcome</h1>", { status: 200, headers: { "Content-Type": "text/html" } })],
  ["portal in JSON", () => reply(200, { events: [], results: {}, cursor: 0 })],
  ["an old answer again", () => reply(200, STALE)],
  ["a yes to everything", (_, body) => reply(200, { results: Object.fromEntries(body.events.map(({ id }) => [id, "stored"])), events: [], cursor: 3, server_ms: 1 })],
  ["changed on the way", (server, body) => reply(200, server.answer({ ...body, events: body.events.map((event) => ({ ...event, at_ms: event.at_ms + 1 })) }))],
  ["no room", () => reply(507, { error: "full" })],
  ["not known", () => reply(403, { error: "who" })],
  ["too large", () => reply(413, { error: "large" })],
  ["broken", () => reply(500, { error: "failure" })],
];

function tablet(server, chance, ways) {
  const outbox = new Outbox("tablet-1");
  let now = 0;
  const fetch = async (url, { body }) => {
    const asked = body ? JSON.parse(body) : { after: Number(/after=(\d+)/.exec(url)[1]), events: [] };
    return ways[Math.floor(chance() * ways.length)][1](server, asked);
  };
  const sync = new Sync({
    run: "r", outbox, fetch, mono: () => (now += 1000), keep: async () => {}, digest: async () => null, heard: () => {}, tell: () => {},
  });
  return { outbox, sync };
}

const badge = (outbox) => savedChip({
  unsent: outbox.unsent().length, unsaved: 0, rejected: outbox.rejected().length, durable: true, trouble: null,
}).text;

test(`the badge never lies in ${TRIALS} trials`, async () => {
  const chance = dice(20261125);
  let saved = 0;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const server = new PaperServer();
    const { outbox, sync } = tablet(server, chance, WAYS);
    const count = 1 + Math.floor(chance() * 3);
    for (let seq = 0; seq < count; seq += 1) {
      outbox.add({ id: `${trial}-${seq}`, device: "tablet-1", seq, type: "note_written", at_ms: 5, mono_ms: 1, data: {} });
      await sync.round();
      const ours = [...outbox.entries.values()].filter((entry) => entry.id.startsWith(`${trial}-`)).map(({ event }) => event);
      if (badge(outbox) !== "Saved") continue;
      saved += 1;
      assert.ok(ours.every((event) => server.holds(event)), `trial ${trial} said Saved`);
    }
  }
  assert.ok(saved > TRIALS / 10, "the badge does say Saved when all is well");
});

test("duplicate, reorder and cut every request: the end is that of the clean run", async () => {
  const harmless = WAYS.filter(([name]) => !/changed|too large|old answer/.test(name));
  for (let seed = 1; seed <= 40; seed += 1) {
    const chance = dice(seed);
    const [server, late] = [new PaperServer(), []];
    const held = ["later", (_, body) => { late.push(body); throw new TypeError("held back"); }];
    const { outbox, sync } = tablet(server, chance, [...harmless, held]);
    for (let seq = 0; seq < 30; seq += 1) {
      outbox.add({ id: `e${seq}`, device: "tablet-1", seq, type: "note_written", at_ms: seq, mono_ms: seq, data: {} });
      if (chance() < 0.7) await sync.round();
      if (chance() < 0.2 && late.length) server.answer(late.splice(Math.floor(chance() * late.length), 1)[0]); // arrives out of order
    }
    for (let round = 0; outbox.unsent().length && round < 2000; round += 1) await sync.round();
    assert.deepEqual(outbox.unsent(), [], `seed ${seed}`);
    for (const body of late) server.answer(body);
    assert.equal(server.stored.size, 30, `seed ${seed}`);
    const rested = [...outbox.entries.values()].some((entry) => entry.rests);
    const order = [...server.stored.keys()];
    if (!rested) assert.deepEqual(order, Array.from({ length: 30 }, (_, seq) => `e${seq}`), `seed ${seed}`);
  }
});
