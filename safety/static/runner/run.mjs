// One emergency on this tablet: its events, its clock, its place on disk and on the server. Draws nothing.
import { Clock, SECOND } from "./clock.mjs";
import { virtual } from "./drills.mjs";
import { newId, Outbox } from "./outbox.mjs";
import { hashOf, Photos } from "./photos.mjs";
import * as reducer from "./reducer.mjs";
import { FIELDS } from "./shapes.mjs";
import { openStore } from "./store.mjs";
import { Sync } from "./sync.mjs";

const DISK_PATIENCE = 3 * SECOND;
const IMPATIENT = SECOND / 4; // with a disk that just failed
const OPEN_AGAIN = 10 * SECOND;
const CORRECTIONS = new Set(["details_added", "time_changed"]);
const DIFFERS = 2 * SECOND;

export class Run {
  /** `about`: {id, protocol, people, contacts, zone, me, drill, skew}; `store` may still be opening (a promise). */
  constructor({ about, device, clock, store, fetch, reopen = openStore, patience = DISK_PATIENCE }) {
    this.about = about;
    this.id = about.id;
    this.protocol = about.protocol;
    this.clock = clock;
    this.store = Promise.resolve(store);
    Object.assign(this, { reopen, patience });
    this.folds = { entries: [], state: reducer.startState(this.protocol), digest: null };
    this.outbox = new Outbox(device);
    this.writing = Promise.resolve();
    this.durable = true;
    this.store.then((opened) => {
      this.durable = opened.durable;
      opened.renewals?.add(() => this.writeAll().catch(() => {}));
    });
    this.listeners = new Set();
    this.sync = new Sync({
      run: this.id, outbox: this.outbox, fetch, mono: () => clock.readMono(), keep: (entries) => this.mark(entries),
      digest: () => this.digest(), heard: (...news) => this.heard(...news), tell: (news) => this.told(news),
      aside: (entry) => this.turnedDown(entry),
    });
    this.photos = new Photos({
      run: this.id, store: this.store, fetch, mono: () => clock.readMono(), tell: () => this.refresh(),
      arrived: (photo) => this.outbox.arrived(photo),
    });
    this.state = reducer.startState(this.protocol);
  }

  /** Call `listener` after every change. */
  watch(listener) { this.listeners.add(listener); }

  /**
   * Put one fact on the record, `ago` ms after it happened. It counts at once; disk and server follow, in that
   * order. Returns the event.
   */
  record(type, data, ago = 0) {
    const event = { id: newId(), device: this.outbox.device, type, at_ms: this.clock.now() - ago, mono_ms: this.clock.mono() - ago, data: this.marked(type, this.knowing(type, data)) };
    const entry = this.outbox.add(event);
    this.refresh();
    this.writing = this.writing.then(() => this.write(entry));
    return event;
  }

  /** A correction says which one of that entry came before it, so that two made apart are seen to be two. */
  knowing(type, data) {
    if (!CORRECTIONS.has(type) || !("was" in FIELDS[type]) || "was" in data) return data;
    const before = this.state.changes.filter((change) => CORRECTIONS.has(change.type) && change.data.event === data.event);
    return { ...data, was: before.at(-1)?.id ?? null };
  }

  /** What is recorded while this tablet shows a drill says so: it may be real by then, and we not know yet. */
  marked(type, data) {
    return this.state.drill && type !== "made_real" ? { ...data, drill: true } : data;
  }

  /** The run's own time: true time, or that of a drill that runs faster. */
  now() { return virtual(this.state, this.clock.now()); }

  async write(entry) {
    const adding = this.store.then((store) => store.add(this.id, entry.event, this.nextSeq()));
    try {
      this.number(entry, await this.soon(adding));
      const { durable } = await this.store;
      entry.saved = durable;
      if (durable && !this.durable) this.catchUp().catch(() => {});
    } catch (fault) {
      this.number(entry, this.nextSeq()); // the disk refused: this page holds it, the screen says so, the server may still take it
      this.notSaved(fault);
      adding.then(() => this.catchUp()).catch(() => {}); // a slow disk that wrote after all, under a number of its own
    }
    this.wrote?.();
    this.refresh();
    this.sync.now();
  }

  number(entry, seq) {
    entry.seq = seq;
    entry.event.seq = seq;
  }

  /** The disk does not take what we record: say so, and try a fresh door to it when this one is shut for good. */
  notSaved(fault) {
    this.durable = false;
    const now = this.clock.readMono();
    const shut = fault?.name === "InvalidStateError" || fault?.name === "NotFoundError";
    if (!shut || now - (this.openedAgain ?? -OPEN_AGAIN) < OPEN_AGAIN) return;
    this.openedAgain = now;
    this.store = Promise.resolve(this.reopen());
    this.store.then((store) => store.durable && this.writeAll()).catch(() => {});
  }

  /** The database may be a fresh one: everything this page knows goes there once more. */
  async writeAll() {
    for (const entry of this.outbox.entries.values()) entry.saved = false;
    await this.catchUp();
  }

  /** Write what the disk lacks, once it takes entries again. */
  async catchUp() {
    const store = await this.store;
    const lacking = [...this.outbox.entries.values()].filter((entry) => !entry.saved && entry.seq !== null);
    await store.mark(this.id, lacking);
    await store.keepRun(this.about);
    for (const entry of lacking) entry.saved = store.durable;
    this.durable = store.durable;
    this.refresh();
  }

  nextSeq() {
    const ours = [...this.outbox.entries.values()].filter((entry) => entry.event.device === this.outbox.device);
    return 1 + Math.max(-1, ...ours.map((entry) => entry.seq ?? -1));
  }

  /** Write what became of entries. A disk that stalls holds up no sending. */
  async mark(entries) {
    const marking = this.store.then((store) => store.mark(this.id, entries));
    try {
      await this.soon(marking);
      const { durable } = await this.store;
      if (durable && !this.durable) this.catchUp().catch(() => {});
    } catch (fault) {
      for (const entry of entries) entry.saved = false;
      this.notSaved(fault);
      marking.then(() => this.catchUp()).catch(() => {});
    }
  }

  soon(promise) { return inTime(promise, this.durable ? this.patience : IMPATIENT); }

  /** The server would not take an entry: it stays here, readable, and the record says so. */
  turnedDown(entry) {
    if (entry.told) return;
    entry.told = true;
    const why = entry.state.replace("refused:http_", "answer ");
    this.record("note_written", { text: `An entry (${entry.event.type.replaceAll("_", " ")}) was not accepted by the server: ${why}. It is kept on this tablet.` });
  }

  /** Send once more an entry that was turned down; the record keeps that somebody did. */
  async sendAgain(id) {
    const entry = this.outbox.again(id);
    if (!entry) return;
    this.record("note_written", { text: `An entry (${entry.event.type.replaceAll("_", " ")}) that the server had not accepted was sent again by hand.` });
    await this.mark([entry]);
    this.refresh();
    this.sync.now();
  }

  /** Tell again, as an entry of its own, what the server holds otherwise under that id. The first stays to be seen. */
  tellAgain(id) {
    const entry = this.outbox.entries.get(id);
    if (!entry || entry.state !== "conflict" || entry.retold) return null;
    entry.retold = true;
    this.record("note_written", { text: `An entry (${entry.event.type.replaceAll("_", " ")}) that differed from the server's was told again by hand.` });
    return this.record(entry.event.type, entry.event.data, this.clock.now() - entry.event.at_ms);
  }

  /**
   * Keep the bytes of a photo and only then put it on the record, `data` saying what it shows. Throws when the disk
   * refuses the bytes: then nothing was recorded.
   */
  async takePhoto(data, bytes) {
    const taken = this.clock.readMono();
    const photo = newId();
    const sha256 = await hashOf(bytes);
    await this.photos.keep(photo, sha256, bytes);
    return this.record("photo_taken", { ...data, photo, sha256 }, Math.round(this.clock.readMono() - taken));
  }

  /** A round of sending is over: photos follow their entries. */
  told(news) {
    if (news) this.refresh();
    this.photos.now();
  }

  /** Keep what this run is, so that a reload finds it. */
  async keep() {
    try {
      const store = await this.store;
      await store.keepRun(this.about);
      await store.keep("clock", this.clock.save());
    } catch {
      this.durable = false;
      this.refresh();
    }
  }

  /** Take up the run as the disk has it; also after another window of this tablet wrote to it. */
  async load() {
    const known = await (await this.store).events(this.id);
    const held = this.outbox.entries;
    await this.photos.load();
    this.outbox.load(known.filter(({ id, cursor }) => !held.has(id) || (cursor !== null && held.get(id).cursor === null)));
    this.refresh();
    return known.length;
  }

  /** Take up what another tablet handed over: it counts at once, and is on this disk when this is done. */
  async takeUp(entries) {
    const fresh = this.outbox.merge(entries);
    this.refresh();
    await this.keep();
    if (fresh.length) await this.mark(fresh);
  }

  /** Fold everything known, in order, and tell the screen. */
  refresh() {
    const all = this.outbox.ordered();
    const known = this.known(all.filter((entry) => entry.cursor !== null));
    this.state = this.folded(all.filter((entry) => entry.cursor === null), known.state);
    for (const listener of this.listeners) listener();
  }

  /** What the server has in its order stays as it is: folded once, then only onwards. */
  known(entries) {
    const { entries: before, state } = this.folds;
    const onward = before.every((entry, at) => entries[at] === entry);
    if (onward && before.length === entries.length) return this.folds;
    const next = onward ? this.folded(entries.slice(before.length), state) : this.folded(entries);
    this.folds = { entries, state: next, digest: null };
    return this.folds;
  }

  folded(entries, from = reducer.startState(this.protocol)) {
    const events = entries.map((entry) => ({ actor: this.about.me ?? null, ...entry.event }));
    const [state, codes] = reducer.fold(this.protocol, from, events);
    entries.forEach((entry, at) => {
      entry.refusal = codes[at] === "ok" ? null : codes[at]; // kept and shown; the server will say the same
    });
    return state;
  }

  /** SHA-256 of the state at the server's cursor, so that server and tablet notice when they fold differently. */
  async digest() {
    const known = this.known(this.outbox.ordered().filter((entry) => entry.cursor !== null));
    if (!known.entries.length) return null;
    try {
      known.digest ??= await reducer.digest(known.state);
      return known.digest;
    } catch {
      return null;
    }
  }

  /** A reply of the server also tells its time. A run begun here before any contact keeps its own scale. */
  heard(answer, sent, got) {
    if (!Number.isInteger(answer.server_ms)) return;
    if (this.about.skew === null) {
      this.about.skew = Math.round(this.clock.base + (sent + got) / 2 - answer.server_ms);
      this.keep();
    }
    const off = this.clock.adopt(answer.server_ms + (this.about.skew || 0), sent, got);
    if (Math.abs(off) > DIFFERS) this.keep();
  }

  /** Look at the clocks, about once a second. `shown`: the page was on screen all the while. */
  checkClock(shown) {
    const moved = this.clock.jumped();
    if (!moved) return;
    if (shown) this.clockChanged(moved);
    else this.clock.slept(moved);
    this.keep();
    this.sync.now();
  }

  clockChanged(moved) {
    this.clockMoved = (this.clockMoved || 0) + moved;
    const minutes = Math.round(moved / (6 * SECOND)) / 10;
    const text = `The clock of this tablet was changed by ${minutes} minutes. Times here go on from the start.`;
    this.record("note_written", { text });
  }

  /** What the screen asks for at this moment; null until the start is known. */
  prompts() {
    return this.state.status === "idle" ? null : reducer.prompts(this.protocol, this.state, this.clock.now());
  }

  /** Events that count for nothing because someone would not take them: shown with the code. */
  refused() {
    const ours = [...this.outbox.entries.values()].filter((entry) => entry.refusal);
    return [...new Set([...this.outbox.refused(), ...ours])];
  }

  /** Is there anything of this run that the server does not have, and could? */
  owes() { return this.outbox.unsent().length + this.photos.waiting().length > 0; }

  /** How safe the record is: {unsent, unsaved, rejected, photos, durable, trouble}. */
  saved() {
    const unsent = this.outbox.unsent();
    const unsaved = unsent.filter((entry) => !entry.saved).length;
    const photos = this.photos.waiting().length;
    const rejected = this.outbox.rejected().length;
    return { unsent: unsent.length, unsaved, rejected, photos, durable: this.durable, trouble: this.sync.trouble };
  }
}

function inTime(promise, ms) {
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(new Error("slow disk")), ms))]);
}

/** What a new run is, from the kit this tablet holds. */
export function aboutNew(kit, clock) {
  return {
    id: newId(), protocol: kit.protocol, people: kit.people || [], clinic: kit.clinic || null, me: kit.me ?? null,
    drill: kit.drill === true, skew: clock.knowsServer ? 0 : null,
    contacts: kit.context?.contacts || [],
  };
}

/** The tablet's clock, going on from what the disk kept. */
export function makeClock(saved) {
  return new Clock({ wall: () => Date.now(), mono: () => performance.now(), saved });
}
