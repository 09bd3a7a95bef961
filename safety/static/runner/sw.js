// The service worker: keeps one whole, checked copy of the app on this tablet and answers from it alone, so that
// code of two versions never meets. Written by hand; the list comes from safety/emergency/precache.py.
// It keeps no page with anybody's data, answers no JSON and no POST, and never takes over while a run is open.
"use strict";

const COPY = { digest: "", files: {} };
const NAME = `reflow-${COPY.digest}`;
const START = "/emergencies/new";
const RUN = "/emergencies/00000000-0000-0000-0000-000000000000/run";
const OFFLINE = "/offline";
const RUNS = /^\/emergencies\/[0-9a-f-]{36}\/run$/;
const PATIENCE = 10_000; // ms until a page that does not come is given up
const FORGOTTEN = 86_400_000; // ms after which a run nobody touched holds no update back
const NO_ANSWER = [502, 504]; // what a proxy says of a dead server; Reflow itself never does
const KEPT = { cacheName: NAME, ignoreVary: true };
const LAST_WORDS = "<!doctype html><title>Reflow</title><h1>The server does not answer</h1><p>The offline copy of this tablet is gone. Use the paper protocol and another tablet.";

let older = { names: [], clients: new Set() }; // pages that were open when this version took over stay with theirs
let damaged = false; // a file is gone and the server has another version of it: then all code comes from there

/** What answers a request: "pass" (the browser itself), "file", "start", "run" or "page". */
function answering({ method, mode, url }, origin, files) {
  const asked = new URL(url);
  if (asked.origin !== origin) return "pass";
  if (mode !== "navigate") return method === "GET" && asked.pathname.startsWith("/static/") && Object.hasOwn(files, asked.pathname) ? "file" : "pass";
  if (method !== "GET") return "page";
  if (asked.pathname === START) return "start";
  return RUNS.test(asked.pathname) ? "run" : "page";
}

// --- keeping ---------------------------------------------------------------------------------------------------

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

async function isWhole(path, response) {
  return hex(await crypto.subtle.digest("SHA-256", await response.arrayBuffer())) === COPY.files[path];
}

/** One piece from the server, as nobody gets it; throws when it is not, byte for byte, what the list says. */
async function fetched(path) {
  const response = await fetch(path, { cache: "reload", credentials: "omit", redirect: "error" });
  if (!response.ok || !(await isWhole(path, response.clone()))) throw new Error(`${path} is not what the list says`);
  return [path, response];
}

/** All or nothing: one piece missing or wrong and this version is not installed. */
async function install() {
  const pieces = await Promise.all(Object.keys(COPY.files).map(fetched));
  try {
    await store(pieces);
  } catch (full) {
    await caches.delete(NAME);
    throw full;
  }
}

async function store(pieces) {
  const cache = await caches.open(NAME);
  await Promise.all(pieces.map(([path, response]) => cache.put(path, response)));
}

async function missing() {
  const cache = await caches.open(NAME);
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  return Object.keys(COPY.files).filter((path) => !kept.has(path));
}

/** Fetch these pieces again, or those that are missing. Says which could not be had. */
async function mend(paths) {
  const wanted = (paths || (await missing())).filter((path) => Object.hasOwn(COPY.files, path));
  const tried = await Promise.allSettled(wanted.map(fetched));
  await store(tried.filter(({ status }) => status === "fulfilled").map(({ value }) => value));
  return wanted.filter((_, at) => tried[at].status === "rejected");
}

// --- taking over -----------------------------------------------------------------------------------------------

async function activate() {
  const names = await olderCopies();
  const pages = names.length ? await clients.matchAll({ type: "window", includeUncontrolled: true }) : [];
  older = { names, clients: new Set(pages.map(({ id }) => id)) };
  await clients.claim();
}

async function olderCopies() {
  return (await caches.keys()).filter((name) => name.startsWith("reflow-") && name !== NAME);
}

/** A page is done loading: copies no open page stands on are deleted, lost pieces fetched again. */
async function tidy() {
  const open = new Set((await clients.matchAll({ type: "window", includeUncontrolled: true })).map(({ id }) => id));
  if (![...older.clients].some((id) => open.has(id)) && !self.registration.waiting && !self.registration.installing) {
    await Promise.all((await olderCopies()).map((name) => caches.delete(name)));
  }
  await mend();
}

/** A page finds this version waiting: it takes over only when the tablet's own disk knows no open run. */
async function takeOver() {
  if (!(await runIsOpen().catch(() => true))) await self.skipWaiting();
}

async function runIsOpen() {
  const database = await openedRuns();
  if (!database) return false;
  try {
    if (!database.objectStoreNames.contains("kept")) return false;
    const table = database.transaction("kept").objectStore("kept");
    const touched = await answer(table.getAll(IDBKeyRange.bound("open ", "open \uffff")));
    return touched.some((at) => Date.now() - at < FORGOTTEN);
  } finally {
    database.close();
  }
}

/** The runs on this disk; null when there never were any. Never makes the database: its tables are the page's. */
function openedRuns() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("reflow-runs");
    let isNew = false;
    asked.onupgradeneeded = () => {
      isNew = true;
      asked.transaction.abort();
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => (isNew ? resolve(null) : reject(asked.error));
  });
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// --- answering -------------------------------------------------------------------------------------------------

const respond = {
  file: ({ request, clientId }) => file(request, new URL(request.url).pathname, clientId),
  start: ({ request }) => shell(request, START),
  run: ({ request }) => shell(request, RUN),
  page: ({ request }) => page(request),
};

/** A file of this version; of the version a page began with, when that page is older than this worker. */
async function file(request, path, client) {
  if (damaged) return fetch(request);
  if (older.clients.has(client)) {
    for (const cacheName of older.names) {
      const kept = await caches.match(path, { cacheName, ignoreVary: true });
      if (kept) return kept;
    }
  }
  return (await caches.match(path, KEPT)) || lostFile(request, path);
}

async function lostFile(request, path) {
  if (!(await mend([path])).length) return caches.match(path, KEPT);
  damaged = true;
  return fetch(request);
}

/** The page of the run knows nobody: it comes from the copy at once, whatever the server does. */
async function shell(request, path) {
  return (await caches.match(path, KEPT)) || page(request);
}

/** Any other page is the server's; when it does not answer, one that says what still works. */
async function page(request) {
  try {
    const response = await (request.method === "GET" ? Promise.race([fetch(request), tooLate()]) : fetch(request));
    return NO_ANSWER.includes(response.status) ? offline() : response;
  } catch {
    return offline();
  }
}

function tooLate() {
  return new Promise((_, reject) => setTimeout(() => reject(new Error("no answer")), PATIENCE));
}

async function offline() {
  const kept = await caches.match(OFFLINE, KEPT);
  const told = { status: 503, statusText: "No answer" };
  if (kept) return new Response(kept.body, { ...told, headers: kept.headers });
  return new Response(LAST_WORDS, { ...told, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

// --- what the browser and our pages ask --------------------------------------------------------------------------

const MESSAGES = { "take over": () => takeOver(), tidy: () => tidy(), copy: async () => COPY, mend: ({ paths }) => mend(paths) };

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("message", (event) => {
  const told = MESSAGES[event.data?.what];
  if (told) event.waitUntil(told(event.data).then((said) => event.ports[0]?.postMessage(said), () => event.ports[0]?.postMessage(null)));
});
self.addEventListener("fetch", (event) => {
  const how = answering(event.request, self.location.origin, COPY.files);
  if (how !== "pass") event.respondWith(respond[how](event));
});
