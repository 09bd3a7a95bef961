// One emergency on this tablet: its events, its clock, its place on disk and on the server. Draws nothing.
import { Clock, SECOND } from "./clock.mjs";
import { newId, Outbox } from "./outbox.mjs";
import { hashOf, Photos } from "./photos.mjs";
import * as reducer from "./reducer.mjs";
import { Sync } from "./sync.mjs";

const DISK_PATIENCE = 3 * SECOND;
const DIFFERS = 2 * SECOND;

export class Run {
  /** `about`: {id, protocol, people, contacts, zone, me, drill, skew}; `store` may still be opening (a promise). */
  constructor({ about, device, clock, store, fetch }) {
    this.about = about;
    this.id = about.id;
    this.protocol = about.protocol;
    this.clock = clock;
    this.store = Promise.resolve(store);
    this.outbox = new Outbox(device);
    this.writing = this.store.then((opened) => { this.durable = opened.durable; });
    this.durable = true;
    this.listeners = new Set();
    this.sync = new Sync({
      run: this.id, outbox: this.outbox, fetch, mono: () => clock.readMono(), keep: (entries) => this.mark(entries),
      digest: () => this.digest(), heard: (...news) => this.heard(...news), tell: () => this.told(),
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
    const event = { id: newId(), device: this.outbox.device, type, at_ms: this.clock.now() - ago, mono_ms: this.clock.mono() - ago, data };
    const entry = this.outbox.add(event);
    this.refresh();
    this.writing = this.writing.then(() => this.write(entry));
    return event;
  }

  async write(entry) {
    try {
      const store = await this.store;
      entry.seq = await inTime(store.add(this.id, entry.event), DISK_PATIENCE);
      entry.saved = store.durable;
    } catch {
      entry.seq = this.nextSeq(); // the disk refused: this page holds it, the screen says so, the server may still take it
      entry.saved = false;
      this.durable = false;
    }
    entry.event.seq = entry.seq;
    this.wrote?.();
    this.refresh();
    this.sync.now();
  }

  nextSeq() {
    const ours = [...this.outbox.entries.values()].filter((entry) => entry.event.device === this.outbox.device);
    return 1 + Math.max(-1, ...ours.map((entry) => entry.seq ?? -1));
  }

  async mark(entries) {
    try {
      await (await this.store).mark(this.id, entries);
    } catch {
      this.durable = false;
    }
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
  told() {
    this.refresh();
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

  /** Fold everything known, in order, and tell the screen. */
  refresh() {
    this.state = this.folded(this.outbox.ordered());
    for (const listener of this.listeners) listener();
  }

  folded(entries) {
    let state = reducer.startState(this.protocol);
    for (const entry of entries) {
      entry.refusal = null;
      try {
        state = reducer.apply(this.protocol, state, { actor: this.about.me ?? null, ...entry.event });
      } catch (refusal) {
        entry.refusal = refusal.code || "bad_data"; // kept and shown; the server will say the same
      }
    }
    return state;
  }

  /** SHA-256 of the state at the server's cursor, so that server and tablet notice when they fold differently. */
  async digest() {
    const known = this.outbox.ordered().filter((entry) => entry.cursor !== null);
    if (!known.length) return null;
    try {
      return await reducer.digest(this.folded(known));
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

  /** How safe the record is: {unsent, unsaved, photos, durable, trouble}. */
  saved() {
    const unsent = this.outbox.unsent();
    const unsaved = unsent.filter((entry) => !entry.saved).length;
    const photos = this.photos.waiting().length;
    return { unsent: unsent.length, unsaved, photos, durable: this.durable, trouble: this.sync.trouble };
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
