// Canonical JSON and its SHA-256, byte for byte as safety/audit/canonical.py and hashlib give them.
// The digest is our own few lines because folding is synchronous and the browser's digest is not.

const LIMIT = 2 ** 53;

export class NotCanonical extends Error {}

const refuse = (why) => { throw new NotCanonical(why); };

export function dumps(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return "[" + value.map(dumps).join(",") + "]";
  if (typeof value === "object") return object(value);
  return refuse(typeof value + " has no canonical form");
}

function text(value) {
  if (/[\uD800-\uDFFF]/u.test(value)) refuse("text holds half of a character pair");
  return JSON.stringify(value);
}

function number(value) {
  if (!Number.isInteger(value)) refuse("a float has no canonical form");
  if (Math.abs(value) > LIMIT) refuse("an integer beyond 2**53 differs between languages");
  return String(value === 0 ? 0 : value);
}

function object(value) {
  const keys = Object.keys(value).sort();
  if (keys.some((key) => /[^\x00-\x7f]/.test(key))) refuse("keys are ASCII text");
  return "{" + keys.map((key) => JSON.stringify(key) + ":" + dumps(value[key])).join(",") + "}";
}

// FIPS 180-4: the first 32 bits of the fractional parts of square and cube roots of the first primes.
const PRIMES = primes(64);
const START = PRIMES.slice(0, 8).map((prime) => fraction(prime ** (1 / 2)));
const ROUND = PRIMES.map((prime) => fraction(prime ** (1 / 3)));

function primes(count) {
  const found = [];
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
}

function fraction(root) {
  return Math.floor((root - Math.floor(root)) * 2 ** 32) | 0;
}

export function sha256(words) { return sha256Bytes(new TextEncoder().encode(words)); }

/** SHA-256 of bytes, hex. */
export function sha256Bytes(bytes) {
  const blocks = padded(bytes);
  let hash = START;
  for (let at = 0; at < blocks.length; at += 16) hash = compress(hash, blocks.subarray(at, at + 16));
  return hash.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function padded(bytes) {
  const length = (((bytes.length + 8) >> 6) + 1) * 16;
  const words = new Int32Array(length);
  bytes.forEach((byte, index) => { words[index >> 2] |= byte << (24 - (index % 4) * 8); });
  words[bytes.length >> 2] |= 0x80 << (24 - (bytes.length % 4) * 8);
  words[length - 2] = Math.floor(bytes.length / 2 ** 29);
  words[length - 1] = bytes.length << 3;
  return words;
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function schedule(block) {
  const words = Array.from(block);
  for (let at = 16; at < 64; at++) {
    const [early, late] = [words[at - 15], words[at - 2]];
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const large = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words.push((words[at - 16] + small + words[at - 7] + large) | 0);
  }
  return words;
}

function compress(hash, block) {
  let [a, b, c, d, e, f, g, h] = hash;
  schedule(block).forEach((word, at) => {
    const large = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + large + ((e & f) ^ (~e & g)) + ROUND[at] + word) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  });
  return [a, b, c, d, e, f, g, h].map((word, at) => (word + hash[at]) | 0);
}
