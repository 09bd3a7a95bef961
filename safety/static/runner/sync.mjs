// Sends what is unsent and fetches what others recorded. Asks nobody to sign in, never believes navigator.onLine,
// and calls something stored only when the server's own words say so.
import { SECOND } from "./clock.mjs";

const SEND_EVERY = 3 * SECOND;
const POLL_EVERY = 2 * SECOND;
const PATIENCE = 8 * SECOND;
const LONGEST_WAIT = 15 * SECOND;

export class Sync {
  /**
   * `run`: id; `outbox`; `keep(entries)` writes to disk; `digest()` of the state at the cursor or null;
   * `heard(answer, sent, got)` for the clock; `tell()` redraws; `fetch` and `mono` are handed in for the tests.
   */
  constructor({ run, outbox, keep, digest, heard, tell, fetch, mono, timer = globalThis }) {
    Object.assign(this, { run, outbox, keep, digest, heard, tell, fetch, mono, timer });
    this.trouble = null;
    this.lastHeard = null;
    this.single = false;
  }

  /** Where this run's events live. */
  get url() { return `/emergencies/${this.run}/events`; }

  start() {
    if (this.going) return;
    this.going = true;
    this.now();
  }

  stop() {
    this.going = false;
    this.timer.clearTimeout(this.waiting);
  }

  /** Try at once: after a tap, when the page shows again, when the network says it is back. */
  now() {
    this.timer.clearTimeout(this.waiting);
    if (this.busy) {
      this.again = true;
      return this.busy;
    }
    this.busy = this.round().finally(() => this.rest());
    return this.busy;
  }

  rest() {
    this.busy = null;
    if (!this.going) return;
    if (this.again && !this.trouble) {
      this.again = false;
      this.now();
      return;
    }
    this.again = false;
    const every = this.outbox.batch().length ? SEND_EVERY : POLL_EVERY;
    this.waiting = this.timer.setTimeout(() => this.now(), Math.max(every, this.retryAfter || 0));
  }

  async round() {
    const batch = this.outbox.batch(this.single ? 1 : 50);
    if (!batch.length && !this.outbox.cursor) return this.tell(); // nothing of this run is anywhere but here yet
    const sent = this.mono();
    try {
      const reply = await this.ask(batch);
      await this.read(reply, batch, sent);
    } catch {
      this.fail("offline");
    }
    this.tell();
  }

  async ask(batch) {
    const stop = new AbortController();
    const alarm = this.timer.setTimeout(() => stop.abort(), PATIENCE);
    const rest = { signal: stop.signal, credentials: "same-origin", cache: "no-store", redirect: "error" };
    try {
      if (!batch.length) return await answered(await this.fetch(`${this.url}?after=${this.outbox.cursor}`, { ...rest, headers: JSON_ONLY }));
      const body = JSON.stringify({
        device: batch[0].event.device, after: this.outbox.cursor, digest: await this.digest(),
        events: batch.map((entry) => onTheWire(entry.event)),
      });
      return await answered(await this.fetch(this.url, { ...rest, method: "POST", body, headers: JSON_BODY }));
    } finally {
      this.timer.clearTimeout(alarm);
    }
  }

  async read({ status, answer, retryAfter }, batch, sent) {
    if (status === 200 || status === 409) return this.accept(answer, batch, sent);
    if (status === 401 || status === 403) return this.fail("sign_in");
    if (status === 404 && !batch.length) return this.fail(null); // not there yet: nothing of ours has arrived
    if (status === 404) return this.fail("elsewhere");
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) return this.poison(batch, status);
    this.fail("offline");
    this.retryAfter = Math.min(retryAfter, LONGEST_WAIT);
  }

  /** A whole batch was called unreadable: send one by one, and set aside only the one that is. */
  async poison(batch, status) {
    if (batch.length > 1) {
      this.single = true;
      this.again = true;
      return;
    }
    const [entry] = batch;
    if (entry) {
      entry.state = `refused:http_${status}`;
      await this.keep([entry]);
    }
    this.single = false;
    this.again = true;
  }

  async accept(answer, batch, sent) {
    if (!answer || !Array.isArray(answer.events)) return this.fail("offline"); // a portal's page, not our server
    this.lastHeard = this.mono();
    this.heard(answer, sent, this.lastHeard);
    const changed = this.outbox.take(answer);
    if (changed.length) await this.keep(changed);
    this.trouble = null;
    this.retryAfter = 0;
    this.differs = answer.digest_differs === true;
    if (batch.length && this.outbox.batch().length) this.again = true;
  }

  fail(trouble) {
    this.trouble = trouble;
    this.again = false;
  }
}

const JSON_ONLY = { Accept: "application/json" };
const JSON_BODY = { ...JSON_ONLY, "Content-Type": "application/json" };

async function answered(response) {
  const retryAfter = Number(response.headers.get("Retry-After") || 0) * SECOND || 0;
  let answer = null;
  if ((response.headers.get("Content-Type") || "").includes("json")) answer = await response.json().catch(() => null);
  return { status: response.status, answer, retryAfter };
}

/** An event as the contract has it; what the server added to it stays here. */
export function onTheWire({ id, seq, type, at_ms, mono_ms, data }) {
  return { id, seq, type, at_ms, mono_ms, data };
}
