// A server of a few lines with the contract's behaviour: same id once, the hash of what is stored, a cursor.
import { dumps, sha256 } from "../../safety/static/runner/canonical.mjs";
import { onTheWire } from "../../safety/static/runner/outbox.mjs";

const bytes = (event, device) => dumps({ ...onTheWire(event), device });

export class PaperServer {
  constructor(now = () => Date.now()) {
    this.now = now;
    this.stored = new Map();
  }

  /** Take in a batch as POST does, or answer a question as GET does. */
  answer({ device, after = 0, events = [] }) {
    const [results, hashes, conflicts] = [{}, {}, []];
    for (const event of events) {
      const known = this.stored.get(event.id);
      if (known && known.bytes !== bytes(event, device)) conflicts.push(event.id);
      else [results[event.id], hashes[event.id]] = [known ? "known" : "stored", sha256(bytes(event, device))];
      if (!known) this.stored.set(event.id, { bytes: bytes(event, device), event: { ...event, device, cursor: this.stored.size + 1, refused: null, actor: null } });
    }
    const news = [...this.stored.values()].map(({ event }) => event).filter((event) => event.cursor > after);
    return { results, hashes, ...(conflicts.length ? { conflicts } : {}), events: news, cursor: this.stored.size, server_ms: this.now() };
  }

  /** Does it hold this event, byte for byte? */
  holds(event) { return this.stored.get(event.id)?.bytes === bytes(event, event.device); }

  /** A fetch that reaches it. */
  fetch = async (url, options = {}) => {
    const after = Number(/after=(\d+)/.exec(url)?.[1] || 0);
    return reply(200, this.answer(options.body ? JSON.parse(options.body) : { after }));
  };
}

export function reply(status, body) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

/** Chance that repeats: the same seed, the same story. */
export function dice(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
