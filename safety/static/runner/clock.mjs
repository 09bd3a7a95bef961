// Time that a changed tablet clock cannot move. Nothing counts ticks: every reading is an anchor plus monotonic time.
export const SECOND = 1e3;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
const JUMP = 2 * SECOND;

const two = (n) => String(n).padStart(2, "0");

/** HH:MM:SS of a duration in ms; never negative. */
export function hms(ms) {
  const s = Math.max(0, Math.floor(ms / SECOND));
  return `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** MM:SS left until `due`, rounded up so that 00:00 is never shown before it is due. */
export function left(due, now) {
  const s = Math.max(0, Math.ceil((due - now) / SECOND));
  return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
}

/** MM:SS gone by, however many minutes: 04:54, 75:10. */
export function minutes(ms) {
  const s = Math.max(0, Math.floor(ms / SECOND));
  return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
}

/** What a timer says: time left, "Due now", then "Late 3 min". `status` is the reducer's word. */
export function timerWords(due, status, now) {
  if (due === null || status === "none") return null;
  if (status === "late") return `Late ${span(now - due)}`;
  return status === "due" || now >= due ? "Due now" : left(due, now);
}

/** A lateness in whole minutes, at least one: "3 min", "1 h 5 min". */
export function span(ms) {
  const minutes = Math.max(1, Math.floor(ms / MINUTE));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const formats = new Map();

/** 14:09, or with seconds 14:09:25, in the clinic's time zone (the tablet's when none is known). */
export function timeOfDay(ms, zone, seconds = false) {
  const key = `${zone}${seconds}`;
  if (!formats.has(key)) formats.set(key, format(zone, seconds));
  return formats.get(key).format(ms);
}

function format(zone, seconds) {
  const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(seconds && { second: "2-digit" }) };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone || undefined });
  } catch {
    return new Intl.DateTimeFormat("en-GB", parts); // a zone this browser does not know
  }
}

/** 26 Nov 2026 of an instant, in the clinic's time zone. */
export function dateOf(ms, zone) {
  const parts = { day: "numeric", month: "short", year: "numeric" };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone || undefined }).format(ms).replace("Sept", "Sep");
  } catch {
    return new Intl.DateTimeFormat("en-GB", parts).format(ms).replace("Sept", "Sep");
  }
}

/** 12 Mar 1991 from 1991-03-12; the text as it came when it is no date. */
export function day(iso) {
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(iso || "");
  return found ? `${Number(found[3])} ${months[Number(found[2]) - 1]} ${found[1]}` : iso || "";
}

/** The clock of this tablet. `wall` and `mono` are read only here: Date.now and performance.now, in ms. */
export class Clock {
  constructor({ wall, mono, saved = null }) {
    this.readWall = wall;
    this.readMono = mono;
    const now = wall();
    const away = saved ? Math.max(0, now - saved.wall_ms) : 0;
    // what was known of the difference to true time outlives the page; so does monotonic time, by the wall between
    this.base = now + (saved ? saved.offset_ms : 0) - mono();
    this.monoBase = saved ? saved.mono_ms + away : 0;
    this.gap = now - mono();
    this.knowsServer = Boolean(saved && saved.knows_server);
    this.doubt = saved?.doubt_ms ?? Infinity;
  }

  /** Epoch ms as this run counts it. */
  now() { return Math.round(this.base + this.readMono()); }

  /** Ms of monotonic time since this tablet first had the app open; goes on over reloads. */
  mono() { return Math.round(this.monoBase + this.readMono()); }

  /**
   * Follow the server: it said `serverMs` between our monotonic `sent` and `got`. A slow answer that agrees with what
   * is known, within its own doubt, changes nothing. Returns how far we were off, ms.
   */
  adopt(serverMs, sent, got) {
    const doubt = (got - sent) / 2;
    const base = serverMs - (sent + got) / 2;
    const off = Math.round(base - this.base);
    if (this.knowsServer && doubt >= this.doubt && Math.abs(off) <= doubt + this.doubt) return 0;
    this.base = base;
    this.doubt = doubt;
    this.knowsServer = true;
    return off;
  }

  /** Follow another tablet's clock, `base` being what it says less our monotonic time. Returns how far we were off, ms. */
  follow(base) {
    const off = Math.round(base - this.base);
    this.base = base;
    this.doubt = Infinity; // the next answer of the server counts again
    return off;
  }

  /** By how many ms the wall clock moved against monotonic time since last asked; 0 when it did not. */
  jumped() {
    const gap = this.readWall() - this.readMono();
    const moved = Math.round(gap - this.gap);
    if (Math.abs(moved) < JUMP) return 0;
    this.gap = gap;
    return moved;
  }

  /** The tablet slept: monotonic time stood still, the wall went on. */
  slept(ms) {
    this.base += ms;
    this.monoBase += ms;
  }

  /** What to keep so that a reload goes on with the same seconds. */
  save() {
    const wall = this.readWall();
    return { wall_ms: wall, offset_ms: this.now() - wall, mono_ms: this.mono(), knows_server: this.knowsServer, doubt_ms: Number.isFinite(this.doubt) ? this.doubt : null };
  }
}
