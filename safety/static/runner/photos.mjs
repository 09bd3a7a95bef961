// Photos of one run on this tablet: kept on disk before they are on the record, sent after the events, each alone.
// What is sent is what was kept; the event has its SHA-256, and sending changes nothing in it. Draws nothing.
import { sha256Bytes } from "./canonical.mjs";
import { SECOND } from "./clock.mjs";

const PATIENCE = 60 * SECOND; // a large photo over poor Wi-Fi
const REST = 5 * SECOND; // before the same photo is tried again
const LATER = new Set([404, 408, 425, 429]); // and whatever a server says of itself
const SIZES = [[2048, 0.86], [1600, 0.8], [1200, 0.7]]; // longest side in pixels, quality: the first that is small enough
const MOST_BYTES = 3 * 2 ** 20;

/** This browser cannot read the file as a picture. */
export class Unreadable extends Error {}

/** The picture in `file` drawn anew, as JPEG bytes: smaller, upright, and without anything but its pixels. */
export async function encoded(file) {
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Unreadable();
  }
  for (const [side, quality] of SIZES) {
    const blob = await drawn(picture, side, quality);
    if (blob && blob.size <= MOST_BYTES) return new Uint8Array(await blob.arrayBuffer());
  }
  throw new Unreadable();
}

function drawn(picture, side, quality) {
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });
}

/** SHA-256 of bytes, hex; without the browser's own where plain http takes it away. */
export async function hashOf(bytes, crypto = globalThis.crypto) {
  if (!crypto?.subtle) return sha256Bytes(bytes);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What waits to be sent. A row: {id, sha256, state}. state: waiting | sent | refused:<why>. */
export class Photos {
  /** `store` is a promise; `arrived(id)`: does the server have the entry of this photo? */
  constructor({ run, store, arrived, fetch, mono, tell, timer = globalThis }) {
    Object.assign(this, { run, store, arrived, fetch, mono, tell, timer });
    this.rows = new Map();
  }

  /** Take up what the disk holds. */
  async load() {
    for (const row of await (await this.store).photos(this.run)) this.rows.set(row.id, { ...this.rows.get(row.id), ...row });
  }

  /** Have the bytes on disk; throws when the disk refuses, and then nothing is kept. */
  async keep(id, sha256, bytes) {
    await (await this.store).addPhoto(this.run, { id, sha256, bytes });
    this.rows.set(id, { id, sha256, state: "waiting" });
  }

  waiting() { return [...this.rows.values()].filter((row) => row.state === "waiting"); }

  /** What the server would not take: kept here, and shown. */
  refused() { return [...this.rows.values()].filter((row) => row.state.startsWith("refused")); }

  /** Send what may go out now; one round at a time. */
  now() {
    this.busy ??= this.round().finally(() => { this.busy = null; });
    return this.busy;
  }

  async round() {
    const due = this.waiting().filter((row) => this.arrived(row.id) && !(row.after > this.mono()));
    for (const row of due) {
      const goOn = await this.send(row);
      if (row.state !== "waiting") this.tell();
      if (!goOn) return; // nobody answers: the next round tries again, and with another one first
    }
  }

  /** Send one. Returns whether the next may be tried at once. */
  async send(row) {
    row.after = this.mono() + REST;
    const stop = new AbortController();
    const alarm = this.timer.setTimeout(() => stop.abort(), PATIENCE);
    try {
      const body = await (await this.store).photoBytes(this.run, row.id);
      if (!body) return await this.settle(row, "refused:lost");
      return await this.read(row, await this.put(row, body, stop.signal));
    } catch {
      return stop.signal.aborted; // too slow for this one is not too slow for the next
    } finally {
      this.timer.clearTimeout(alarm);
    }
  }

  put(row, body, signal) {
    return this.fetch(`/emergencies/${this.run}/photos/${row.id}`, {
      method: "PUT", body, signal, credentials: "same-origin", cache: "no-store", redirect: "error",
      headers: { "Content-Type": "image/jpeg", Accept: "application/json" },
    });
  }

  async read(row, response) {
    const json = (response.headers.get("Content-Type") || "").includes("json");
    const answer = json ? await response.json().catch(() => null) : null;
    const { status } = response;
    if (status === 200) {
      const ours = answer && answer.photo === row.id && answer.sent === row.sha256; // a portal's 200 is none
      return ours ? this.settle(row, "sent") : false;
    }
    if (status === 401 || status === 403) return false;
    if (LATER.has(status) || status > 499) return true;
    return json ? this.settle(row, `refused:${answer?.why || `http_${status}`}`) : false;
  }

  async settle(row, state) {
    await (await this.store).markPhoto(this.run, row.id, state);
    row.state = state;
    return true;
  }
}
