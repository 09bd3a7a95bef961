// A page's side of the service worker: keeps it registered, lets a new version in when no run is open, reads the
// offline copy back from the tablet and has it mended.
import { SECOND } from "./clock.mjs";

const WORKER = "/sw.js";
const ANSWER_WITHIN = 20 * SECOND;
const CALM = 2 * SECOND;

/** Register the worker. `quiet()`: may a new version take over, as far as this page knows? */
export async function keepOffline(quiet, workers = globalThis.navigator?.serviceWorker) {
  if (!workers) return null; // plain http on another machine's address: the set-up page says so
  try {
    const registration = await workers.register(WORKER, { scope: "/", updateViaCache: "none" });
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", () => whenCalm(registration, quiet));
    });
    registration.active?.postMessage({ what: "tidy" });
    whenCalm(registration, quiet);
    return registration;
  } catch {
    return null; // no server, or storage refused: what is installed stays
  }
}

/**
 * Let a waiting version take over, once this page has been still for a moment: a browser changes workers only when the
 * older one has nothing to do, and a page that sends and fetches meanwhile can hold it up for minutes.
 */
function whenCalm(registration, quiet) {
  setTimeout(() => letIn(registration, quiet), CALM);
}

/** Only if this page shows no run; the worker asks the disk once more. No run is ever changed under way. */
export function letIn(registration, quiet) {
  if (registration?.waiting && registration.active && quiet()) registration.waiting.postMessage({ what: "take over" });
}

/** Ask the worker that answers this tablet's requests; null when there is none or it does not answer. */
export async function ask(message, workers = globalThis.navigator?.serviceWorker) {
  const registration = await workers?.getRegistration?.("/");
  const active = registration?.active;
  if (!active) return null;
  const channel = new MessageChannel();
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(null), ANSWER_WITHIN);
    channel.port1.onmessage = ({ data }) => {
      clearTimeout(late);
      channel.port1.close();
      resolve(data);
    };
    active.postMessage(message, [channel.port2]);
  });
}

/**
 * Read every piece of the copy back from this tablet and hash it. {digest, total, missing: [path], changed: [path]},
 * or null when there is no copy at all.
 */
export async function readBack({ asks = ask, caches = globalThis.caches, crypto = globalThis.crypto } = {}) {
  const copy = await asks({ what: "copy" });
  if (!copy || !caches || !crypto?.subtle) return null;
  const found = { digest: copy.digest, total: Object.keys(copy.files).length, missing: [], changed: [] };
  const from = { cacheName: `reflow-${copy.digest}`, ignoreVary: true };
  for (const [path, wanted] of Object.entries(copy.files)) {
    const kept = await caches.match(path, from);
    if (!kept) found.missing.push(path);
    else if (hex(await crypto.subtle.digest("SHA-256", await kept.arrayBuffer())) !== wanted) found.changed.push(path);
  }
  return found;
}

/** Have these pieces fetched again; returns those that could not be had. */
export async function mend(paths) { return (await ask({ what: "mend", paths })) ?? paths; }

/** One piece of the copy as text, only if it is whole. */
export async function pieceOf(path, { asks = ask, caches = globalThis.caches, crypto = globalThis.crypto } = {}) {
  const copy = await asks({ what: "copy" });
  const kept = copy && (await caches.match(path, { cacheName: `reflow-${copy.digest}`, ignoreVary: true }));
  if (!kept) return null;
  const bytes = await kept.arrayBuffer();
  return hex(await crypto.subtle.digest("SHA-256", bytes)) === copy.files[path] ? new TextDecoder().decode(bytes) : null;
}

function hex(bytes) {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
