// The events of one run as this tablet knows them. Pure bookkeeping: order, what is unsent, what the server said.
//
// An entry: {id, seq, state, cursor, event, saved}. state: unsent | stored | refused:<code> | conflict.
// Order for folding is the server's (cursor), what it has not seen last, in the order it was made. A run taken over
// from another tablet brings that one's unsent entries: they keep their device and number, and go out as that device's.
// Stored is what the server named with the hash of our own bytes, or sent back word for word; nothing else.
import { dumps, sha256 } from "./canonical.mjs";

/** Where our own version stays when the server holds another one under its id. */
const OURS = "~ours";

export class Outbox {
  constructor(device) {
    this.device = device;
    this.entries = new Map();
    this.cursor = 0;
  }

  /** Take up what the disk holds. */
  load(entries) {
    for (const entry of entries) this.entries.set(entry.id, { ...entry, saved: true });
    this.cursor = Math.max(this.cursor, ...entries.map((entry) => entry.cursor ?? 0));
  }

  /** Our own new event; it counts at once, `saved` turns true when the disk has it. */
  add(event) {
    const entry = { id: event.id, seq: event.seq ?? null, state: "unsent", cursor: null, event, saved: false };
    this.entries.set(event.id, entry);
    return entry;
  }

  /** Events in the order they are folded. Refused ones stand apart: see `refused`. */
  ordered() {
    const all = [...this.entries.values()].filter((entry) => entry.state === "stored" || entry.state === "unsent");
    const known = all.filter((entry) => entry.cursor !== null).sort((a, b) => a.cursor - b.cursor);
    return [...known, ...asMade(all.filter((entry) => entry.cursor === null))];
  }

  /** What the server has not acknowledged, in the order it was made. */
  unsent() { return asMade([...this.entries.values()].filter((entry) => entry.state === "unsent")); }

  /**
   * At most `most` events that may go out together: of one device, with the numbers it gave them. One that the server
   * stumbled over stands back until its time, so that it never keeps the others waiting.
   */
  batch(most = 50, now = 0) {
    const ready = this.unsent().filter((entry) => entry.seq !== null && (entry.rests ?? 0) <= now);
    const end = ready.findIndex((entry) => entry.event.device !== ready[0].event.device);
    return ready.slice(0, Math.min(most, end < 0 ? most : end));
  }

  /** Take up entries from another tablet; what is known here stands. Returns the new ones, for the disk. */
  merge(entries) {
    const fresh = entries.filter(({ id }) => !this.entries.has(id));
    for (const entry of fresh) this.entries.set(entry.id, { ...entry, saved: true });
    this.cursor = Math.max(this.cursor, ...entries.map((entry) => entry.cursor ?? 0));
    return fresh;
  }

  /** Does the server have the entry that names this photo? One that does not count names it too. */
  arrived(photo) {
    return [...this.entries.values()].some((entry) => entry.event.data?.photo === photo && entry.state !== "unsent");
  }

  /** What the server or the reducer would not take: kept, shown, with the code. */
  refused() { return [...this.entries.values()].filter((entry) => entry.state !== "stored" && entry.state !== "unsent"); }

  /** Entries of ours that the server does not hold and that are not sent again by themselves. */
  rejected() { return this.refused().filter((entry) => entry.cursor === null); }

  /** Take in an answer of the server to a batch. Returns the entries that changed, for the disk. */
  take({ results = {}, hashes = {}, events = [], cursor = null, conflicts = [] }, batch = []) {
    const changed = new Set();
    for (const [id, word] of Object.entries(results)) if (this.settle(id, word, hashes[id])) changed.add(id);
    for (const id of conflicts) if (this.set(id, "conflict")) changed.add(id);
    for (const { id, event } of batch) if (!(id in results) && bytesOf(event) === null && this.set(id, "refused:bad_data")) changed.add(id);
    for (const event of events) for (const id of this.meet(event)) changed.add(id);
    if (cursor !== null && cursor > this.cursor) this.cursor = cursor;
    return [...changed].map((id) => this.entries.get(id));
  }

  /** The server's word for an event counts with the hash of the bytes it stored; of other bytes, it is a conflict. */
  settle(id, word, hash) {
    const entry = this.entries.get(id);
    if (!entry || typeof hash !== "string" || !/^(stored|known)$|^refused:/.test(word)) return false;
    const same = hash === hashOf(entry.event);
    return this.set(id, same ? (word.startsWith("refused:") ? word : "stored") : "conflict");
  }

  set(id, state) {
    const entry = this.entries.get(id);
    if (!entry || entry.state === state) return false;
    entry.state = state;
    return true;
  }

  /** Try once more what was turned down. */
  again(id) {
    const entry = this.entries.get(id);
    if (!entry || entry.cursor !== null) return null;
    Object.assign(entry, { state: "unsent", rests: 0 });
    return entry;
  }

  /** An event as the server holds it. Returns the ids of what changed. */
  meet(sent) {
    const { cursor, refused = null, received_ms: received = null, ...event } = sent;
    const before = this.entries.get(event.id);
    const state = refused ? `refused:${refused}` : "stored";
    if (before && before.cursor === cursor && before.state === state) return [];
    const aside = before && before.cursor === null && bytesOf(before.event) !== bytesOf(event) ? this.putAside(before) : [];
    this.entries.set(event.id, { id: event.id, seq: event.seq ?? null, state, cursor, event, received, saved: before?.saved ?? true });
    return [event.id, ...aside];
  }

  /** The server holds something else under this id: its version counts, ours stays readable beside it. */
  putAside(entry) {
    const id = entry.id + OURS;
    this.entries.set(id, { ...entry, id, state: "conflict" });
    return [id];
  }
}

/** An event as the contract has it; what the server added to it stays here. */
export function onTheWire({ id, seq, type, at_ms, mono_ms, data }) {
  return { id, seq, type, at_ms, mono_ms, data };
}

/** The bytes the server hashes: the event with its device, canonical. Null when it has no canonical form. */
function bytesOf(event) {
  try {
    return dumps({ ...onTheWire(event), device: event.device });
  } catch {
    return null;
  }
}

function hashOf(event) {
  const bytes = bytesOf(event);
  return bytes === null ? null : sha256(bytes);
}

/** Each device's entries in the order of its numbers, the devices' rows merged by time. */
function asMade(entries) {
  const rows = new Map();
  for (const entry of entries) rows.set(entry.event.device, [...(rows.get(entry.event.device) ?? []), entry]);
  for (const row of rows.values()) row.sort((a, b) => (a.seq ?? Infinity) - (b.seq ?? Infinity));
  const merged = [];
  for (let heads = [...rows.values()]; heads.length; heads = heads.filter((row) => row.length)) {
    merged.push(heads.reduce((first, row) => (row[0].event.at_ms < first[0].event.at_ms ? row : first)).shift());
  }
  return merged;
}

/** A random id in UUID form; works on plain http too, where crypto.randomUUID is missing. */
export function newId(crypto = globalThis.crypto) {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Counts a second tap of the same button within `within` ms as the same tap. */
export class Once {
  constructor(within) {
    this.within = within;
    this.taps = new Map();
  }

  /** May this tap count? `now` is monotonic ms. */
  first(key, now) {
    const before = this.taps.get(key);
    if (before !== undefined && now - before < this.within) return false;
    this.taps.set(key, now);
    return true;
  }
}
