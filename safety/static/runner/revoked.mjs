// A tablet that was revoked. It goes on recording and delivering: a rescue is never stopped. Once nothing waits to be
// delivered and no run is open, it forgets all it knew of the clinic and says so.
import { HOUR } from "./clock.mjs";
import { h, icon } from "./dom.mjs";

const LONGEST_RUN = 12 * HOUR; // an unended run nobody touched for so long is over: its end was recorded elsewhere
const GONE = "This tablet was revoked. It holds nothing of the clinic any more. An administrator can enrol it again.";
const STAYS = "This tablet was revoked. It delivers what it recorded, then forgets everything.";

/** Hear that this tablet was revoked. `busy()`: is a run on screen? `again()` loads the page anew after forgetting. */
export async function farewell({ store, busy, page = document, forget = forgetAll, again = () => location.reload() }) {
  const opened = await store;
  if (busy() || (await mustStay(opened, Date.now()))) return tell(page, STAYS);
  if (await knowsAnything(opened)) {
    await forget(opened);
    return again();
  }
  return tell(page, GONE);
}

/** Is anything unsent, or a run open? Then nothing is erased. */
export async function mustStay(store, now) {
  for (const id of await store.runs()) {
    const [events, photos] = await Promise.all([store.events(id), store.photos(id)]);
    if (events.some(({ state }) => state === "unsent") || photos.some(({ state }) => state === "waiting")) return true;
    if (isOpen(events.map(({ event }) => event), now)) return true;
  }
  return false;
}

function isOpen(events, now) {
  const turns = events.filter(({ type }) => type === "emergency_ended" || type === "emergency_reopened");
  const ended = turns.sort((a, b) => a.at_ms - b.at_ms).at(-1)?.type === "emergency_ended";
  return !ended && events.some(({ at_ms: at }) => now - at < LONGEST_RUN);
}

async function knowsAnything(store) {
  return (await store.runs()).length > 0 || (await store.kept("kit").catch(() => "unreadable")) !== null;
}

/** Erase the key first, so that what a disk keeps of erased rows can be read by nobody; then the rows and all copies. */
export async function forgetAll(store, { copies = globalThis.caches, boxes = [globalThis.sessionStorage] } = {}) {
  if (store.database) await emptied(store.database);
  for (const name of (await copies?.keys()) ?? []) await copies.delete(name);
  for (const box of boxes) box?.clear();
}

function emptied(database) {
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names, "readwrite", { durability: "strict" });
  for (const name of names.sort((a, b) => (b === "keys") - (a === "keys"))) transaction.objectStore(name).clear();
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

function tell(page, words) {
  page.querySelector("[data-revoked]")?.remove();
  const body = h("div", {}, h("strong", { class: "flag-title", text: "Tablet revoked" }), h("div", { class: "flag-body", text: words }));
  page.getElementById("main")?.prepend(h("div", { class: "flag amber", role: "status", data: { revoked: "" } }, icon("half"), body));
}
