// On every page: keeps the kit on this tablet, and turns Start emergency into a running emergency in one tap.
import { drawBadges } from "./badge.mjs";
import { Behind, touched } from "./behind.mjs";
import { MINUTE, SECOND } from "./clock.mjs";
import { plannedDrill } from "./drill_card.mjs";
import { apart } from "./handover.mjs";
import { keepOffline } from "./offline.mjs";
import { newId } from "./outbox.mjs";
import { farewell } from "./revoked.mjs";
import { aboutNew, makeClock, Run } from "./run.mjs";
import { Screen } from "./screen.mjs";
import { CONTEXT } from "./shapes.mjs";
import { Sound } from "./sound.mjs";
import { openStore } from "./store.mjs";
import { Wake } from "./wake.mjs";

const PATIENCE = 5 * SECOND;
const FRESH = MINUTE;
const RUN_PAGE = /\/([0-9a-f-]{36})\/run$/;
const sound = new Sound();
const wake = new Wake();
const store = openStore();
const memory = { kit: null, at: 0, clock: null, device: null, screen: null, worker: null, told: null };
const link = document.querySelector("[data-start-emergency]");
const behind = new Behind({ store, open: (run) => open(run, []) });
// whose emergency it would be: ?treatment=, or ?returned_from= the run whose signs came back
const asked = new URL(link?.href ?? "", location.href);

const get = (url) => fetch(url, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout?.(PATIENCE), headers: { Accept: "application/json" } });

/** The clock and the kit this tablet kept from last time: enough to start with the server dead. */
const fromDisk = (async () => {
  try {
    const opened = await store;
    memory.clock ??= makeClock(await opened.kept("clock"));
    memory.device = (await opened.kept("device")) || newId();
    await opened.keep("device", memory.device);
    memory.kit ??= await opened.kept("kit");
  } catch {
    memory.clock ??= makeClock(null); // the disk cannot be read: the server's answer is then all there is
    memory.device ??= newId();
  }
})();

const fromServer = refreshKit();

async function refreshKit() {
  const sent = performance.now();
  try {
    const response = await get(`/emergencies/kit.json${asked.search}`);
    const kit = await response.json();
    if (!response.ok || !kit.protocol) return;
    const got = performance.now();
    await fromDisk;
    memory.clock.adopt(kit.server_ms, sent, got);
    Object.assign(memory, { kit, at: got, told: { app: kit.offline_copy ?? null, protocol: kit.protocol.digest ?? null } });
    if (memory.screen) memory.screen.run.about.me = kit.me;
    if (kit.revoked) return farewell({ store, busy: () => memory.screen !== null });
    const opened = await store;
    await opened.keep("kit", kit);
    await opened.keep("clock", memory.clock.save());
  } catch {
    // no server now: the kit on this tablet stands
  }
}

/** The kit, from the disk or the server, whichever is there; null when neither ever was. */
async function kitNow() {
  if (memory.kit) return memory.kit;
  await fromDisk;
  if (!memory.kit) await fromServer;
  return memory.kit;
}

/**
 * Who counts here. One tablet may hold two storages (the Home Screen app and a tab), each with numbers of its own:
 * the tablet's id alone would let them use a number twice.
 */
function deviceName() {
  const tablet = memory.kit?.device;
  return tablet ? `${tablet}.${memory.device.slice(0, 8)}` : memory.device;
}

/** The tap. Sound and wake lock are asked for before anything is awaited: later a browser would refuse them. */
function onStart(event) {
  if (!plainTap(event)) return;
  begin(plannedDrill(event.currentTarget), event.currentTarget.href);
}

/** The server's red line leads to a running emergency: opened here, in the tap, whenever this tablet can. */
function onStrip(event) {
  const [, id] = RUN_PAGE.exec(event.currentTarget.pathname) || [];
  if (!id || !plainTap(event)) return;
  const { href } = event.currentTarget;
  resume(id).then((opened) => opened || location.assign(href));
}

function plainTap(event) {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return false;
  sound.arm();
  wake.ask();
  event.preventDefault();
  return true;
}

async function begin(drill, otherwise) {
  if (memory.screen && !memory.screen.run.state.ended) return memory.screen.show();
  const tapped = performance.now();
  const kit = await kitNow();
  if (!kit) return nothingKnown(otherwise);
  await fromDisk;
  const about = { ...aboutNew(kit, memory.clock), ...aboutDrill(drill, kit) };
  const run = make(about);
  run.record("emergency_started", startData(kit, drill), Math.round(performance.now() - tapped));
  open(run, behind.with(kit.open || []));
  run.keep();
  return run;
}

/** Nothing is known here: the server may still help; on the page that begins a run, say what to do instead. */
function nothingKnown(otherwise) {
  const place = document.querySelector("[data-run-lost]");
  if (place) place.hidden = false;
  else location.assign(otherwise);
}

/** A planned drill brings its id and its script, and nobody's name. */
function aboutDrill(drill, kit) {
  return drill ? { drill: true, id: drill.id, script: drill.script, patient_name: null } : { drill: false, patient_name: kit.context?.patient_name ?? null };
}

/** What the start says: the protocol followed, and what is known of the patient; names stay out of the events. */
function startData(kit, drill) {
  const known = Object.entries(kit.context || {}).filter(([name, value]) => name in CONTEXT && value !== null && value !== undefined);
  const digest = kit.protocol.digest ?? null;
  if (drill) return { context: drill.context, drill: true, speed: drill.speed, surprises: drill.seed, protocol_digest: digest };
  return { context: Object.fromEntries(known), drill: false, protocol_digest: digest, returned_from: asked.searchParams.get("returned_from") };
}

function open(run, others) {
  const path = `/emergencies/${run.id}/run`;
  if (location.pathname !== path) history.pushState({ run: run.id }, "", path);
  leaveScreen(run);
  run.about.me = memory.kit?.me ?? null; // somebody else may have signed in since
  memory.screen = new Screen({ root: document.getElementById("run-root"), run, sound, wake, open: others, onJoin: join, onTakeOver: takeOver });
  memory.screen.show();
  run.sync.start();
  together(run);
  navigator.storage?.persist?.().catch(() => {});
}

/** The run on screen gives way to another: it goes on behind, and says so. */
function leaveScreen(next) {
  behind.shown(next);
  const before = memory.screen;
  before?.retire();
  if (before && before.run !== next) behind.attend(before.run);
}

/** Two windows of one tablet share its disk: what one writes the other takes up at once, also without a server. */
function together(run) {
  if (!globalThis.BroadcastChannel || run.wrote) return;
  const channel = new BroadcastChannel(`reflow-run-${run.id}`);
  channel.onmessage = () => run.load().catch(() => {});
  run.wrote = () => channel.postMessage("wrote");
}

/** Go on with a run: from this tablet's disk, else from the server. Says whether it could. */
async function resume(id) {
  const run = behind.get(id) || (await fromOwnDisk(id)) || (await fetched(id));
  if (!run) return lost(id);
  open(run, []);
  run.keep();
  return true;
}

async function join(id) { await resume(id); }

async function fromOwnDisk(id) {
  await fromDisk;
  try {
    const kept = await (await store).run(id);
    const run = kept && make(kept);
    await run?.load();
    return run;
  } catch {
    return null; // the disk cannot be read: the server may know the run
  }
}

function make(about) {
  const run = new Run({ about, device: deviceName(), clock: memory.clock, store, fetch: (...args) => fetch(...args) });
  noteOpen(run);
  return run;
}

/** The disk says which runs are open: an update of the app waits for them. */
function noteOpen(run) {
  let before = "idle";
  run.watch(async () => {
    const { status } = run.state;
    if (status === before) return;
    before = status;
    await (await store).note(run.id, status === "running" ? touched(run) : null).catch(() => {});
  });
}

/** May a new version of the app take over, as far as this page knows? Not while it shows a run, nor sends for one. */
function isQuiet() { return !memory.screen && !behind.busy(Date.now()); }

async function fetched(id) {
  const sent = performance.now();
  try {
    const response = await get(`/emergencies/${id}/run.json`);
    if (!response.ok) return null;
    const given = await response.json();
    const kit = (await kitNow()) || {};
    memory.clock.adopt(given.server_ms, sent, performance.now());
    const about = { ...aboutNew({ ...kit, protocol: given.protocol, drill: given.drill }, memory.clock), id, patient_name: given.patient_name ?? null };
    const run = make(about);
    await run.mark(run.outbox.take(given));
    run.refresh();
    return run;
  } catch {
    return null;
  }
}

/** A running emergency of another tablet, by its camera codes or a file. Its reader is fetched when it may be needed. */
async function takeOver() {
  sound.arm();
  wake.ask();
  await fromDisk;
  const { TakeOver } = await codeReader();
  const before = memory.screen?.showing ? memory.screen : null;
  before?.hide();
  const view = new TakeOver({
    root: document.getElementById("run-root"), clock: memory.clock, kit: memory.kit, join, go: goOn, back: () => before?.show(),
  });
  view.show();
}

function codeReader() { return import("./takeover.mjs"); }

/** Go on here with what another tablet gave: its clock, its entries, our own name and numbers. */
async function goOn(taken, base) {
  const off = base - memory.clock.base;
  const others = [memory.screen?.run, ...behind.running()].some((run) => run && run.id !== taken.run && run.state.status === "running");
  if (!others) memory.clock.follow(base); // a run of our own goes on by the clock it has
  const kit = memory.kit ?? {};
  const about = {
    ...aboutNew({ ...kit, protocol: taken.protocol, drill: taken.drill, clinic: kit.clinic ?? taken.clinic }, memory.clock),
    id: taken.run, skew: taken.skew, patient_name: null,
  };
  const run = behind.get(taken.run) || (await fromOwnDisk(taken.run)) || make(about);
  await run.takeUp(taken.entries);
  open(run, []);
  run.record("note_written", { text: `Taken over from another tablet. The two clocks differed by ${apart(off)}.` });
}

/** The run is neither here nor to be had: say so, what can be done, and go on trying. */
function lost(id) {
  const place = document.querySelector("[data-run-lost]");
  if (place) place.hidden = false;
  if (place) setTimeout(() => { if (!memory.screen) resume(id); }, PATIENCE);
  return false;
}

/** Back leaves the screen, not the emergency: a red line on the page leads back, with no need of a network. */
addEventListener("popstate", () => {
  const { screen } = memory;
  if (!screen) return;
  if (location.pathname === `/emergencies/${screen.run.id}/run`) return screen.show();
  screen.hide();
  behind.offer(screen.run, () => {
    history.pushState({}, "", `/emergencies/${screen.run.id}/run`);
    screen.show();
  });
});

/** Runs on this tablet's disk that no screen shows, whichever page this is: offered, sent, forgotten when over. */
async function lookBehind() {
  for (const id of await (await store).runs()) {
    if (id === memory.screen?.run.id || behind.get(id)) continue;
    const run = await fromOwnDisk(id);
    if (run && id !== memory.screen?.run.id) behind.attend(run);
  }
}

function comeBack() {
  if (document.hidden) return;
  behind.flush();
  if (performance.now() - memory.at > FRESH) refreshKit();
}

for (const start of document.querySelectorAll("[data-start-emergency]")) start.addEventListener("click", onStart);
for (const take of document.querySelectorAll("[data-take-over]")) take.addEventListener("click", takeOver);
for (const strip of document.querySelectorAll("a.strip[href]")) strip.addEventListener("click", onStrip);
document.addEventListener("visibilitychange", comeBack);
for (const kind of ["online", "pageshow"]) addEventListener(kind, comeBack);

async function arrive() {
  const [, here] = RUN_PAGE.exec(location.pathname) || [];
  // the tap that led here came before this page's scripts: it counts
  const tapped = document.querySelector("[data-run=new]") && performance.getEntriesByType("navigation")[0]?.type === "navigate" && document.referrer.startsWith(location.origin);
  if (here) await resume(here);
  else if (tapped) await begin(false, null);
  await lookBehind().catch(() => {}); // no disk: there is nothing to look for
}

/** Once this page has all it needs, see to the offline copy. */
async function whenLoaded() {
  if (document.readyState !== "complete") await new Promise((resolve) => addEventListener("load", resolve, { once: true }));
  memory.worker = await keepOffline(isQuiet);
  if (document.querySelector("[data-take-over]")) codeReader().catch(() => {}); // at hand before the server is gone
  await Promise.all([fromServer, globalThis.navigator.serviceWorker && memory.worker && inTime(navigator.serviceWorker.ready)]);
  await drawBadges({ store, told: () => memory.told, again: refreshKit });
}

/** A first copy may take a while; a badge that says "none yet" is true until then. */
function inTime(promise) { return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, PATIENCE))]); }

arrive();
whenLoaded();
