// A run in frames: lost, repeated, shuffled, foreign, damaged or too many frames never make a wrong run.
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import decodeQR from "../../safety/static/vendor/qr/decode.js";
import encodeQR from "../../safety/static/vendor/qr/index.js";
import { base45, cut, Damaged, frame, Gathering, pack, TooLong, unbase45, unpack } from "../../safety/static/runner/frames.mjs";

globalThis.crypto ??= webcrypto; // Node 18, which Debian 12 has, keeps it off the global object, and cannot deflate-raw
const DEFLATES = Number(process.versions.node.split(".")[0]) >= 20;
const RUN = "0b9e7a34-8a1c-4f6e-9c80-0d2f6a1b7c11";
const OTHER = "ffffffff-8a1c-4f6e-9c80-0d2f6a1b7c11";
const NOW = 1_790_000_000_000;

/** A story that does not compress away: `entries` events with random ids. */
const story = (entries) => ({ run: RUN, entries: Array.from({ length: entries }, (_, seq) => ({ id: crypto.randomUUID(), seq, at_ms: NOW + seq, data: { text: `entry ${seq}, “näh”` } })) });

async function shown(value, run = RUN) {
  const frames = cut(run, await pack(value));
  return Array.from({ length: frames.count }, (_, at) => frames.text(at, NOW + at * 500));
}

function read(texts, gathering = new Gathering()) {
  let last = null;
  texts.forEach((text, at) => { last = gathering.take(text, at * 500) ?? last; });
  return { gathering, last };
}

test("it works: what was cut is put together again", async () => {
  const value = story(60);
  const texts = await shown(value);
  assert.ok(texts.length > 3);
  const { gathering, last } = read(texts);
  assert.equal(last.done, true);
  assert.deepEqual(await unpack(gathering.bytes(last)), value);
});

test("one frame is enough for a short run", async () => {
  const value = { run: RUN, entries: [] };
  const texts = await shown(value);
  assert.equal(texts.length, 1);
  const { gathering, last } = read(texts);
  assert.deepEqual(await unpack(gathering.bytes(last)), value);
});

test("order and repeats do not matter, a lost frame is waited for", async () => {
  const value = story(60);
  const texts = await shown(value);
  const shuffled = [...texts, ...texts].sort(() => Math.random() - 1 / 2).filter((text) => text !== texts[3]);
  const { gathering, last } = read(shuffled);
  assert.deepEqual([last.done, last.have, last.count], [false, texts.length - 1, texts.length]);
  const whole = gathering.take(texts[3], 0);
  assert.equal(whole.done, true);
  assert.deepEqual(await unpack(gathering.bytes(whole)), value);
});

test("frames of another run or of a row begun anew do not mix", async () => {
  const [mine, theirs, newer] = [story(40), story(40), story(41)];
  const [first, foreign, again] = [await shown(mine), await shown(theirs, OTHER), await shown(newer)];
  const { gathering } = read([first[0], foreign[1], again[0], ...foreign.slice(2), ...first.slice(2)]);
  const whole = read(again.slice(1), gathering).last;
  assert.equal(whole.done, true);
  assert.deepEqual(await unpack(gathering.bytes(whole)), newer);
});

test("any flipped letter makes a frame no frame", async () => {
  const [text] = await shown(story(9));
  for (let at = 0; at < text.length; at += 1) {
    const broken = text.slice(0, at) + (text[at] === "7" ? "8" : "7") + text.slice(at + 1);
    assert.equal(frame(broken), null, `letter ${at}`);
  }
  assert.notEqual(frame(text), null);
});

test("codes of other things are not frames", () => {
  for (const text of ["", "RF1", "https://clinic.example/", "RF2/1/2", "RF1/////////", `RF1/00000000/${"0".repeat(32)}/${"0".repeat(16)}/1/1/0/`]) {
    assert.equal(new Gathering().take(text, 0), null, text);
  }
});

test("a row whose frames are sound but not of one cut is damaged, and can be read again", async () => {
  const bytes = await pack(story(40));
  const real = cut(RUN, bytes);
  const forged = Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
  const gathering = new Gathering();
  // same name of the row, other content of its last frame: as if two cuts shared a checksum
  const rows = Array.from({ length: real.count }, (_, at) => real.text(at, NOW));
  const { last } = read(rows, gathering);
  last.row.parts.set(real.count, forged.subarray((real.count - 1) * 420));
  assert.throws(() => gathering.bytes(last), Damaged);
  const again = read(rows, gathering).last;
  assert.deepEqual(gathering.bytes(again), bytes);
});

test("what is too long says so before it is shown", () => {
  assert.throws(() => cut(RUN, new Uint8Array(200_000)), TooLong);
});

test("a bomb, rubbish and unknown packing are damaged, never a run", { skip: !DEFLATES && "this Node cannot inflate" }, async () => {
  const zeros = new Blob([new Uint8Array(2 ** 24)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bomb = new Uint8Array(await new Response(zeros).arrayBuffer());
  for (const bytes of [Uint8Array.of(1, ...bomb), Uint8Array.of(1, 255, 255, 255), Uint8Array.of(0, 123), Uint8Array.of(0, 255), Uint8Array.of(9), new Uint8Array()]) {
    await assert.rejects(unpack(bytes), Damaged);
  }
});

test("a browser without compression hands over all the same", async () => {
  const had = globalThis.CompressionStream;
  delete globalThis.CompressionStream;
  const plain = await pack({ a: 1 });
  globalThis.CompressionStream = had;
  assert.equal(plain[0], 0);
  assert.deepEqual(await unpack(plain), { a: 1 });
});

test("the giver's clock is taken from the frame read soonest after it was drawn", async () => {
  const frames = cut(RUN, await pack(story(40)));
  const gathering = new Gathering();
  // drawn at giver's NOW + 500 i, read by a tablet whose monotonic clock says 7000 then, some time later
  const delays = [400, 180, 90, 350, 300, 410];
  let last;
  delays.forEach((late, at) => { last = gathering.take(frames.text(at % frames.count, NOW + at * 500), 7000 + at * 500 + late); });
  assert.equal(last.row.base, NOW - 7000 - 90);
});

test("base45 is RFC 9285's, and refuses what it cannot have written", () => {
  const text = (bytes) => new TextDecoder().decode(bytes);
  assert.equal(base45(new TextEncoder().encode("Hello!!")), "%69 VD92EX0");
  assert.equal(base45(new TextEncoder().encode("base-45")), "UJCLQE7W581");
  assert.equal(text(unbase45("QED8WEX0")), "ietf!");
  for (const bad of ["GGW", "A", "::", "a00", ":::"]) assert.equal(unbase45(bad), null, bad);
  for (let size = 0; size < 40; size += 1) {
    const bytes = crypto.getRandomValues(new Uint8Array(size));
    assert.deepEqual(unbase45(base45(bytes)), bytes);
  }
});

/** The code as a camera of 640 by 480 sees it: grey, turned a little, noisy. */
function photographed(rows) {
  const [width, height] = [640, 480];
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  const scale = (height * 0.85) / rows.length;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [dx, dy] = [x - width / 2, y - height / 2];
      const [u, v] = [(dx * 0.995 + dy * 0.0998) / scale + rows.length / 2, (dy * 0.995 - dx * 0.0998) / scale + rows.length / 2];
      const dark = rows[Math.floor(v)]?.[Math.floor(u)];
      const grey = (dark === undefined ? 90 : dark ? 40 : 210) + (Math.random() - 1 / 2) * 40;
      data.set([grey, grey, grey], (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

test("the vendored reader reads what the vendored writer drew, as a camera sees it", async () => {
  const [text] = await shown(story(60));
  const rows = encodeQR(text, "raw", { ecc: "low", encoding: "alphanumeric", border: 4 });
  assert.ok(rows.length <= 77 + 8, `${rows.length} modules`);
  const picture = photographed(rows);
  const before = performance.now();
  assert.equal(decodeQR(picture), text);
  assert.ok(performance.now() - before < 2000);
});
