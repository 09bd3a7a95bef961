// The service worker's own file, run in a room of its own with a network, caches and a disk we hold.
import assert from "node:assert/strict";
import { createHash, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../safety/static/runner/sw.js", import.meta.url), "utf-8");
const HERE = "http://clinic.test";
const NEW = "/emergencies/new";
const RUN = "/emergencies/00000000-0000-0000-0000-000000000000/run";
const REAL = "/emergencies/1b4e28ba-2fa1-41d2-883f-0016d3cca427/run";
const BODIES = { "/static/runner/start.mjs": "start 1", "/static/css/base.css": "css 1", [NEW]: "new 1", [RUN]: "run 1", "/offline": "offline 1" };
const sha = (text) => createHash("sha256").update(text).digest("hex");

/** A worker of version `digest`; `server` answers paths, `disk` is the caches it shares with other versions. */
function workerOf({ digest = "v1", bodies = BODIES, server = bodies, disk = new Map(), open = [], pages = [] } = {}) {
  const files = Object.fromEntries(Object.entries(bodies).map(([path, body]) => [path, sha(body)]));
  const world = { server: { ...server }, asked: [], skipped: 0, claimed: 0, pages };
  const path = (key) => new URL(typeof key === "string" ? key : key.url, HERE).pathname;
  const cacheOf = (name) => {
    if (!disk.has(name)) disk.set(name, new Map());
    const held = disk.get(name);
    return { put: async (key, response) => held.set(path(key), await response.text()), keys: async () => [...held.keys()].map((key) => ({ url: HERE + key })) };
  };
  const caches = {
    open: async (name) => cacheOf(name), keys: async () => [...disk.keys()], delete: async (name) => disk.delete(name),
    match: async (key, { cacheName }) => (disk.get(cacheName)?.has(path(key)) ? new Response(disk.get(cacheName).get(path(key))) : undefined),
  };
  const fetch = async (asked, options = {}) => {
    world.asked.push([path(asked), options]);
    const said = world.server[path(asked)];
    if (said === undefined || world.dead) throw new TypeError("no server");
    if (typeof said === "function") return said();
    return said instanceof Response ? said : new Response(said);
  };
  const heard = {};
  const self = { location: { origin: HERE }, registration: {}, addEventListener: (name, listener) => { heard[name] = listener; }, skipWaiting: async () => { world.skipped += 1; } };
  const clients = { matchAll: async () => world.pages.map((id) => ({ id })), claim: async () => { world.claimed += 1; } };
  const room = { self, caches, clients, fetch, crypto: webcrypto, URL, Response, setTimeout: (go) => { world.late = go; }, Date, indexedDB: diskOf(open), IDBKeyRange: { bound: () => null } };
  const told = `const COPY = ${JSON.stringify({ digest, files })};`;
  assert.ok(SOURCE.includes('const COPY = { digest: "", files: {} };'), "the mark the server replaces");
  vm.runInNewContext(`${SOURCE.replace('const COPY = { digest: "", files: {} };', told)}; globalThis.answering = answering;`, Object.assign(room, { globalThis: room }));
  return Object.assign(world, {
    disk, answering: room.answering, registration: self.registration,
    async happens(name, event = {}) {
      let waited;
      heard[name]({ waitUntil: (promise) => { waited = promise; }, ...event });
      await waited;
    },
    async says(what, rest = {}) {
      let said;
      await this.happens("message", { data: { what, ...rest }, ports: [{ postMessage: (words) => { said = words; } }] });
      return said;
    },
    async get(url, { mode = "no-cors", method = "GET", clientId = "page" } = {}) {
      let responded;
      heard.fetch({ request: { url: HERE + url, mode, method }, clientId, respondWith: (promise) => { responded = promise; } });
      return responded === undefined ? "pass" : responded;
    },
    async text(url, how) {
      const response = await this.get(url, how);
      return response === "pass" ? "pass" : `${response.status} ${await response.text()}`;
    },
  });
}

/** The tablet's disk: null is none at all, else what stands under "open …". */
function diskOf(open) {
  return {
    open() {
      const asked = {};
      const later = (name) => setImmediate(() => asked[name]?.());
      if (open === "broken") later("onerror");
      else if (open === null) {
        asked.transaction = { abort: () => later("onerror") };
        later("onupgradeneeded");
      } else {
        asked.result = { objectStoreNames: { contains: () => true }, close() {}, transaction: () => ({ objectStore: () => ({ getAll() {
          const got = { result: open };
          setImmediate(() => got.onsuccess());
          return got;
        } }) }) };
        later("onsuccess");
      }
      return asked;
    },
  };
}

const GO = { mode: "navigate" };

test("what answers a request", () => {
  const { answering } = workerOf();
  const files = { "/static/css/base.css": "x", "/emergencies/scenarios.json": "x" };
  const how = (url, rest = {}) => answering({ method: "GET", mode: "cors", url: url.startsWith("http") ? url : HERE + url, ...rest }, HERE, files);
  assert.equal(how("/static/css/base.css?v=1"), "file");
  assert.equal(how("/static/css/other.css"), "pass", "nothing we do not keep");
  assert.equal(how("/static/css/base.css", { method: "POST" }), "pass");
  assert.equal(how("/emergencies/kit.json"), "pass", "JSON is the server's");
  assert.equal(how("/emergencies/scenarios.json"), "pass", "JSON is the server's, even when it is kept");
  assert.equal(how(`${REAL.slice(0, -4)}/events`, { method: "POST" }), "pass");
  assert.equal(how("http://elsewhere.test/static/css/base.css"), "pass");
  assert.equal(how(NEW, GO), "start");
  assert.equal(how(`${NEW}?treatment=1`, GO), "start");
  assert.equal(how(REAL, GO), "run");
  assert.equal(how(REAL, { ...GO, method: "POST" }), "page");
  assert.equal(how(REAL.slice(0, -4), GO), "page", "the record of a run is the server's");
  assert.equal(how("/static/constructor", {}), "pass", "a word of the language is no file");
});

test("install keeps every piece, asked for as nobody and past the browser's own cache", async () => {
  const worker = workerOf();
  await worker.happens("install");
  assert.deepEqual([...worker.disk.get("reflow-v1").keys()].sort(), Object.keys(BODIES).sort());
  assert.ok(worker.asked.every(([, { cache, credentials, redirect }]) => cache === "reload" && credentials === "omit" && redirect === "error"));
  assert.equal(worker.skipped, 0, "installing never takes over");
});

test("one byte wrong, one piece missing or the disk full: nothing of this version is kept", async () => {
  for (const server of [{ ...BODIES, "/static/css/base.css": "css 2" }, { ...BODIES, "/offline": undefined }, { ...BODIES, [NEW]: new Response("new 1", { status: 404 }) }]) {
    const worker = workerOf({ server });
    await assert.rejects(worker.happens("install"));
    assert.equal(worker.disk.size, 0);
  }
  const full = workerOf();
  full.disk.set = function set(name, held) { return Map.prototype.set.call(this, name, Object.assign(held, { set() { throw new Error("full"); } })); };
  await assert.rejects(full.happens("install"), /full/);
  assert.equal(full.disk.size, 0);
});

test("pages of a run come from the copy at once; others from the server, or say what still works", async () => {
  const worker = workerOf({ server: { ...BODIES, "/today": "today" } });
  await worker.happens("install");
  worker.asked.length = 0;
  assert.equal(await worker.text(NEW, GO), "200 new 1");
  assert.equal(await worker.text(REAL, GO), "200 run 1");
  assert.equal(await worker.text("/static/css/base.css?v=9"), "200 css 1");
  assert.deepEqual(worker.asked, [], "no server was asked");
  assert.equal(await worker.text("/today", GO), "200 today");
  worker.server["/today"] = new Response("bad gateway", { status: 502 });
  assert.equal(await worker.text("/today", GO), "503 offline 1", "a proxy's word for a dead server");
  worker.dead = true;
  assert.equal(await worker.text("/today", GO), "503 offline 1");
  assert.equal(await worker.text("/today", { ...GO, method: "POST" }), "503 offline 1");
  assert.equal(await worker.text("/emergencies/kit.json"), "pass");
});

test("a server that takes the request and says nothing is given up; a form is waited for", async () => {
  const worker = workerOf();
  await worker.happens("install");
  worker.server["/today"] = () => new Promise(() => {});
  const asked = worker.get("/today", GO);
  await new Promise((resolve) => setImmediate(resolve));
  worker.late();
  assert.equal((await asked).status, 503);
  worker.late = null;
  worker.get("/today", { ...GO, method: "POST" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(worker.late, null);
});

test("with the copy gone the last words are the worker's own", async () => {
  const worker = workerOf();
  worker.dead = true;
  assert.match(await worker.text(REAL, GO), /^503 .*Use the paper protocol/s);
});

test("a lost file is fetched again only if it is the same; else all code comes from the server", async () => {
  const worker = workerOf();
  await worker.happens("install");
  const held = worker.disk.get("reflow-v1");
  held.delete("/static/css/base.css");
  assert.equal(await worker.text("/static/css/base.css"), "200 css 1");
  assert.ok(held.has("/static/css/base.css"));
  held.delete("/static/css/base.css");
  Object.assign(worker.server, { "/static/css/base.css": "css 2", "/static/runner/start.mjs": "start 2" });
  assert.equal(await worker.text("/static/css/base.css"), "200 css 2");
  assert.equal(await worker.text("/static/runner/start.mjs"), "200 start 2", "never half of each");
});

test("a waiting version takes over only when the disk knows no open run", async () => {
  const now = Date.now();
  for (const [open, wanted] of [[[now], 0], [[now - 3_600_000], 0], [[now - 90_000_000], 1], [[], 1], [null, 1], ["broken", 0]]) {
    const worker = workerOf({ open });
    await worker.says("take over");
    assert.equal(worker.skipped, wanted, JSON.stringify(open));
  }
});

test("pages open at the change stay with their version until they are gone", async () => {
  const disk = new Map();
  await workerOf({ disk }).happens("install");
  const bodies = { ...BODIES, "/static/css/base.css": "css 2" };
  const next = workerOf({ digest: "v2", bodies, disk, pages: ["old page"] });
  await next.happens("install");
  await next.happens("activate");
  assert.equal(next.claimed, 1);
  assert.equal(await next.text("/static/css/base.css", { clientId: "old page" }), "200 css 1");
  assert.equal(await next.text("/static/css/base.css", { clientId: "new page" }), "200 css 2");
  await next.says("tidy");
  assert.deepEqual([...disk.keys()], ["reflow-v1", "reflow-v2"]);
  next.pages = ["new page"];
  await next.says("tidy");
  assert.deepEqual([...disk.keys()], ["reflow-v2"]);
});

test("the copy of a version that waits is not tidied away", async () => {
  const disk = new Map();
  const first = workerOf({ disk });
  await first.happens("install");
  await workerOf({ digest: "v2", disk }).happens("install");
  first.registration.waiting = {};
  await first.says("tidy");
  assert.deepEqual([...disk.keys()], ["reflow-v1", "reflow-v2"]);
});

test("mending fetches what is missing or named, and says what could not be had", async () => {
  const worker = workerOf();
  await worker.happens("install");
  const held = worker.disk.get("reflow-v1");
  held.delete("/offline");
  held.set("/static/css/base.css", "spoilt");
  await worker.says("tidy");
  assert.equal(held.get("/offline"), "offline 1");
  assert.deepEqual(await worker.says("mend", { paths: ["/static/css/base.css"] }), []);
  assert.equal(held.get("/static/css/base.css"), "css 1");
  worker.dead = true;
  assert.deepEqual(await worker.says("mend", { paths: ["/static/css/base.css", "/patients"] }), ["/static/css/base.css"]);
  assert.equal((await worker.says("copy")).digest, "v1");
});
