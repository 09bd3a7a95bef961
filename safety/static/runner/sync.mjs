// Sends what is unsent and fetches what others recorded. Asks nobody to sign in, never believes navigator.onLine,
// and calls something stored only when the server's own words say so.
import { SECOND } from "./clock.mjs";
import { onTheWire } from "./outbox.mjs";

export { onTheWire };

const SEND_EVERY = 3 * SECOND;
const POLL_EVERY = SECOND; // another tablet's entry is here within two
const POLL_BEHIND = 5 * SECOND; // when nobody looks
const REST = 60 * SECOND; // for an entry the server stumbles over
const STUMBLES = 3;
const PATIENCE = 8 * SECOND;
const LONGEST_WAIT = 15 * SECOND;

export class Sync {
  /**
   * `run`: id; `outbox`; `keep(entries)` writes to disk; `digest()` of the state at the cursor or null;
   * `heard(answer, sent, got)` for the clock; `tell()` redraws; `aside(entry)` when the server would not take one;
   * `fetch` and `mono` are handed in for the tests.
   */
  constructor({ run, outbox, keep, digest, heard, tell, fetch, mono, aside = () => {}, timer = globalThis }) {
    Object.assign(this, { run, outbox, keep, digest, heard, tell, fetch, mono, aside, timer });
    this.trouble = null;
    this.lastHeard = null;
    this.single = false;
    this.stumbles = 0;
    this.watched = true; // somebody looks at this run
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
      if (this.outbox.batch(1, this.mono()).length) this.polling?.abort(); // an entry does not wait for a question
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
    const shown = this.watched && !globalThis.document?.hidden;
    const every = this.outbox.batch(1, this.mono()).length ? SEND_EVERY : shown ? POLL_EVERY : POLL_BEHIND;
    this.waiting = this.timer.setTimeout(() => this.now(), Math.max(every, this.retryAfter || 0));
  }

  async round() {
    if (this.cut?.()) return this.silent(); // a drill's surprise: no server for this tablet
    const sent = this.mono();
    const batch = this.outbox.batch(this.single ? 1 : 50, sent);
    if (!batch.length && !this.outbox.cursor) return; // nothing of this run is anywhere but here yet
    const before = this.trouble;
    this.news = batch.length > 0;
    try {
      const reply = await this.ask(batch);
      await this.read(reply, batch, sent);
    } catch {
      if (!this.hurried) this.fail("offline");
    }
    this.hurried = false;
    this.tell(this.news || before !== this.trouble);
  }

  silent() {
    const before = this.trouble;
    this.fail("offline");
    this.tell(before !== this.trouble);
  }

  async ask(batch) {
    const stop = new AbortController();
    const alarm = this.timer.setTimeout(() => stop.abort(), PATIENCE);
    const rest = { signal: stop.signal, credentials: "same-origin", cache: "no-store", redirect: "error" };
    try {
      return await answered(await (batch.length ? this.post(batch, rest) : this.poll(stop, rest)));
    } finally {
      this.polling = null;
      this.timer.clearTimeout(alarm);
    }
  }

  poll(stop, rest) {
    this.polling = { abort: () => { this.hurried = true; stop.abort(); } };
    return this.fetch(`${this.url}?after=${this.outbox.cursor}`, { ...rest, headers: JSON_ONLY });
  }

  async post(batch, rest) {
    const body = JSON.stringify({
      device: batch[0].event.device, after: this.outbox.cursor, digest: await this.digest(),
      events: batch.map((entry) => onTheWire(entry.event)),
    });
    return this.fetch(this.url, { ...rest, method: "POST", body, headers: JSON_BODY });
  }

  async read({ status, answer, retryAfter }, batch, sent) {
    if (status === 200 || status === 409) return this.accept(answer, batch, sent);
    if (status === 401 || status === 403) return this.fail(answer?.revoked ? "revoked" : "sign_in");
    if (status === 404 && !batch.length) return this.fail(null); // not there yet: nothing of ours has arrived
    if (status === 404) return this.fail("elsewhere");
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) return this.poison(batch, status);
    if (status === 500 && batch.length && ++this.stumbles >= STUMBLES) return this.stumble(batch, sent);
    this.fail("offline");
    this.retryAfter = Math.min(retryAfter, LONGEST_WAIT);
  }

  /** A whole batch was called unreadable: send one by one, and set aside only the one that is. */
  async poison(batch, status) {
    if (batch.length > 1) return this.oneByOne();
    const [entry] = batch;
    if (!entry) return this.fail("offline");
    entry.state = `refused:http_${status}`;
    await this.keep([entry]);
    this.aside(entry);
    this.single = false;
    this.again = true;
  }

  /** The server breaks over something in this batch: find it one by one, and let it stand back for a while. */
  stumble(batch, now) {
    if (batch.length > 1) return this.oneByOne();
    batch[0].rests = now + REST;
    this.single = false;
    this.stumbles = 0;
    this.again = true;
    this.trouble = null;
  }

  oneByOne() {
    this.single = true;
    this.again = true;
    this.trouble = null;
  }

  async accept(answer, batch, sent) {
    if (!answer || !Array.isArray(answer.events)) return this.fail("offline"); // a portal's page, not our server
    this.lastHeard = this.mono();
    this.heard(answer, sent, this.lastHeard);
    const changed = this.outbox.take(answer, batch);
    if (changed.length) await this.keep(changed);
    this.news ||= changed.length > 0;
    this.trouble = answer.revoked ? "revoked" : null;
    this.stumbles = 0;
    this.retryAfter = 0;
    this.differs = answer.digest_differs === true;
    const more = this.outbox.batch(1, this.mono()).length > 0;
    if (batch.length && changed.length && more) this.again = true;
    if (!more) this.single = false;
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
