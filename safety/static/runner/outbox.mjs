// The events of one run as this tablet knows them. Pure bookkeeping: order, what is unsent, what the server said.
//
// An entry: {id, seq, state, cursor, event, saved}. state: unsent | stored | refused:<code> | conflict.
// Order for folding is the server's (cursor), what it has not seen last, in the order it was made. A run taken over
// from another tablet brings that one's unsent entries: they keep their device and number, and go out as that device's.

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

  /** At most `most` events that may go out together: of one device, with the numbers it gave them. */
  batch(most = 50) {
    const ready = this.unsent().filter((entry) => entry.seq !== null);
    const end = ready.findIndex((entry) => entry.event.device !== ready[0].event.device);
    return ready.slice(0, Math.min(most, end < 0 ? most : end));
  }

  /** Take up entries from another tablet; what is known here stands. Returns the new ones, for the disk. */
  merge(entries) {
    const fresh = entries.filter(({ id }) => !this.entries.has(id));
    for (const entry of fresh) this.entries.set(entry.id, { ...entry, saved: true });
    return fresh;
  }

  /** Does the server have the entry that names this photo? One that does not count names it too. */
  arrived(photo) {
    return [...this.entries.values()].some((entry) => entry.event.data?.photo === photo && entry.state !== "unsent");
  }

  /** What the server or the reducer would not take: kept, shown, with the code. */
  refused() { return [...this.entries.values()].filter((entry) => entry.state !== "stored" && entry.state !== "unsent"); }

  /** Take in an answer of the server. Returns the entries that changed, for the disk. */
  take({ results = {}, events = [], cursor = null, conflicts = [] }) {
    const changed = new Set();
    for (const [id, word] of Object.entries(results)) if (this.settle(id, word)) changed.add(id);
    for (const id of conflicts) if (this.settle(id, "conflict")) changed.add(id);
    for (const event of events) if (this.meet(event)) changed.add(event.id);
    if (cursor !== null && cursor > this.cursor) this.cursor = cursor;
    return [...changed].map((id) => this.entries.get(id));
  }

  settle(id, word) {
    const entry = this.entries.get(id);
    const state = word === "stored" || word === "known" ? "stored" : word;
    if (!entry || entry.state === state || !/^(stored|conflict|refused:)/.test(state)) return false;
    entry.state = state;
    return true;
  }

  meet(sent) {
    const { cursor, refused = null, received_ms: received = null, ...event } = sent;
    const before = this.entries.get(event.id);
    const state = refused ? `refused:${refused}` : before?.state === "conflict" ? "conflict" : "stored";
    if (before && before.cursor === cursor && before.state === state) return false;
    this.entries.set(event.id, { id: event.id, seq: event.seq ?? null, state, cursor, event, received, saved: before?.saved ?? true });
    return true;
  }
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
