// A run as a row of pictures: bytes cut into frames that fit one QR code each, and put together again in any order.
// Pure: no camera, no screen, no clock. Each frame also tells the giver's time, so that the reader takes its clock too.
import { dumps, sha256Bytes } from "./canonical.mjs";

const FORMAT = "RF1";
const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"; // what a QR code's alphanumeric mode holds: RFC 9285
const CHUNK = 420; // bytes a frame: 630 letters and the head make a code of 77 modules, read from a screen at arm's length
const MOST_FRAMES = 240;
const MOST_OPENED = 2 ** 22; // bytes after inflating: far more than the longest run, far less than a bomb
const PLAIN = 0;
const DEFLATED = 1;

/** More than frames can carry. */
export class TooLong extends Error {}

/** What was read is not what was shown. */
export class Damaged extends Error {}

/** Canonical JSON of `value`, compressed where this browser can. */
export async function pack(value) {
  const text = new TextEncoder().encode(asText(value));
  const stream = deflater();
  return stream ? joined([Uint8Array.of(DEFLATED), await through(stream, text, Infinity)]) : joined([Uint8Array.of(PLAIN), text]);
}

/** An entry that has no canonical form does not count anywhere, but a run must travel with it. */
function asText(value) {
  try {
    return dumps(value);
  } catch {
    return JSON.stringify(value);
  }
}

function deflater() {
  try {
    return new CompressionStream("deflate-raw");
  } catch {
    return null; // an older browser: more frames, the same run
  }
}

/** The value packed in `bytes`. Throws Damaged. */
export async function unpack(bytes) {
  if (bytes[0] !== PLAIN && bytes[0] !== DEFLATED) throw new Damaged("unknown packing");
  try {
    const body = bytes.subarray(1);
    const text = bytes[0] === PLAIN ? body : await through(new DecompressionStream("deflate-raw"), body, MOST_OPENED);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw new Damaged("cannot be unpacked");
  }
}

async function through(stream, bytes, most) {
  const parts = [];
  let size = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    size += step.value.length;
    if (size > most) throw new Damaged("too large");
    parts.push(step.value);
  }
  return joined(parts);
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Frames of `bytes` of a run: {count, text(index, nowMs)}. Throws TooLong. */
export function cut(run, bytes) {
  const count = Math.max(1, Math.ceil(bytes.length / CHUNK));
  if (count > MOST_FRAMES) throw new TooLong(`${count} frames`);
  const head = [compact(run), setOf(bytes)];
  return {
    count,
    text: (index, nowMs) => {
      const data = base45(bytes.subarray(index * CHUNK, (index + 1) * CHUNK));
      const fields = [...head, index + 1, count, Math.round(nowMs).toString(36).toUpperCase(), data];
      return [FORMAT, checksum(fields.join("/")), ...fields].join("/");
    },
  };
}

const compact = (run) => run.replaceAll("-", "").toUpperCase();
const setOf = (bytes) => sha256Bytes(bytes).slice(0, 16).toUpperCase();

/** What a code says, or null when it is no whole frame of ours. */
export function frame(text) {
  const found = /^RF1\/([0-9A-F]{8})\/(([0-9A-F]{32})\/([0-9A-F]{16})\/(\d{1,3})\/(\d{1,3})\/([0-9A-Z]{1,9})\/([^]*))$/.exec(text);
  if (!found || checksum(found[2]) !== found[1]) return null;
  const [index, count] = [Number(found[5]), Number(found[6])];
  const data = unbase45(found[8]);
  if (!data || index < 1 || index > count || count > MOST_FRAMES || data.length > CHUNK) return null;
  return { run: found[3], set: found[4], index, count, now: parseInt(found[7], 36), data };
}

/** Gathers frames as the camera meets them: lost, repeated, shuffled, of another run or of a row begun anew. */
export class Gathering {
  constructor() {
    this.rows = new Map();
    this.base = null;
  }

  /** A code was read at monotonic `mono` ms. Returns the row {have, count, done} it belongs to, or null. */
  take(text, mono) {
    const read = frame(text);
    if (!read) return null;
    const key = `${read.run}/${read.set}/${read.count}`;
    if (!this.rows.has(key)) this.rows.set(key, { key, run: read.run, set: read.set, count: read.count, parts: new Map(), base: -Infinity });
    const row = this.rows.get(key);
    row.parts.set(read.index, read.data);
    // a frame is always read after it was drawn, never before: the least delay is nearest to the giver's clock
    row.base = Math.max(row.base, read.now - mono);
    return { row, have: row.parts.size, count: row.count, done: row.parts.size === row.count };
  }

  /** The bytes of a row that is done. Throws Damaged when they are not what the giver cut; the row begins anew. */
  bytes({ row }) {
    const whole = joined(Array.from({ length: row.count }, (_, at) => row.parts.get(at + 1)));
    if (setOf(whole) === row.set) return whole;
    this.rows.delete(row.key);
    throw new Damaged("checksum");
  }
}

/** Bytes as letters of a QR code's alphanumeric mode: three for two bytes. */
export function base45(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const pair = at + 1 < bytes.length;
    let value = pair ? bytes[at] * 256 + bytes[at + 1] : bytes[at];
    for (let left = pair ? 3 : 2; left > 0; left -= 1) {
      text += LETTERS[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/** The bytes of `text`, or null when it is none of ours. */
export function unbase45(text) {
  if (text.length % 3 === 1) return null;
  const bytes = [];
  for (let at = 0; at < text.length; at += 3) {
    const digits = [...text.slice(at, at + 3)].map((letter) => LETTERS.indexOf(letter));
    const value = digits.reduceRight((sum, digit) => sum * 45 + digit, 0);
    if (digits.includes(-1) || value >= 256 ** (digits.length - 1)) return null;
    if (digits.length === 3) bytes.push(value >> 8);
    bytes.push(value & 255);
  }
  return Uint8Array.from(bytes);
}

/** CRC-32 of ASCII text, eight hex digits. */
function checksum(text) {
  let crc = -1;
  for (let at = 0; at < text.length; at += 1) {
    crc ^= text.charCodeAt(at);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (~crc >>> 0).toString(16).toUpperCase().padStart(8, "0");
}
