// On every page: keeps the kit on this tablet, and turns Start emergency into a running emergency in one tap.
import { MINUTE, SECOND, hms } from "./clock.mjs";
import { button, h, icon, say } from "./dom.mjs";
import { newId } from "./outbox.mjs";
import { aboutNew, makeClock, Run } from "./run.mjs";
import { Screen } from "./screen.mjs";
import { CONTEXT } from "./shapes.mjs";
import { Sound } from "./sound.mjs";
import { openStore } from "./store.mjs";
import { Wake } from "./wake.mjs";

const PATIENCE = 5 * SECOND;
const FRESH = MINUTE;
const sound = new Sound();
const wake = new Wake();
const store = openStore();
const memory = { kit: null, at: 0, clock: null, device: null, screen: null };
const link = document.querySelector("[data-start-emergency]");

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
  const treatment = link && new URL(link.href, location.href).searchParams.get("treatment");
  const sent = performance.now();
  try {
    const response = await get(`/emergencies/kit.json${treatment ? `?treatment=${encodeURIComponent(treatment)}` : ""}`);
    const kit = await response.json();
    if (!response.ok || !kit.protocol) return;
    const got = performance.now();
    await fromDisk;
    memory.clock.adopt(kit.server_ms, sent, got);
    Object.assign(memory, { kit, at: got });
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
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  sound.arm();
  wake.ask();
  event.preventDefault();
  begin(event.currentTarget.dataset.drill !== undefined, event.currentTarget.href);
}

async function begin(drill, otherwise) {
  if (memory.screen && !memory.screen.run.state.ended) return memory.screen.show();
  const tapped = performance.now();
  const kit = await kitNow();
  if (!kit) return location.assign(otherwise); // nothing is known here: the server may still help
  await fromDisk;
  const about = { ...aboutNew(kit, memory.clock), drill, patient_name: kit.context?.patient_name ?? null };
  const run = new Run({ about, device: deviceName(), clock: memory.clock, store, fetch: (...args) => fetch(...args) });
  run.record("emergency_started", startData(kit, drill), Math.round(performance.now() - tapped));
  open(run, kit.open || []);
  run.keep();
  return run;
}

/** What the start says: the protocol followed, and what is known of the patient; names stay out of the events. */
function startData(kit, drill) {
  const known = Object.entries(kit.context || {}).filter(([name, value]) => name in CONTEXT && value !== null && value !== undefined);
  return { context: drill ? null : Object.fromEntries(known), drill, protocol_digest: kit.protocol.digest ?? null };
}

function open(run, others) {
  const path = `/emergencies/${run.id}/run`;
  if (location.pathname !== path) history.pushState({ run: run.id }, "", path);
  memory.screen?.retire();
  memory.screen = new Screen({ root: document.getElementById("run-root"), run, sound, wake, open: others, onJoin: join });
  memory.screen.show();
  run.sync.start();
  together(run);
  navigator.storage?.persist?.().catch(() => {});
}

/** Two windows of one tablet share its disk: what one writes the other takes up at once, also without a server. */
function together(run) {
  if (!globalThis.BroadcastChannel) return;
  const channel = new BroadcastChannel(`reflow-run-${run.id}`);
  channel.onmessage = () => run.load().catch(() => {});
  run.wrote = () => channel.postMessage("wrote");
}

/** Go on with a run: from this tablet's disk, else from the server. */
async function resume(id) {
  await fromDisk;
  const opened = await store;
  const kept = await opened.run(id).catch(() => null);
  const run = kept ? make(kept) : await fetched(id);
  if (!run) return lost(id);
  await run.load().catch(() => 0);
  open(run, []);
  run.keep();
}

function make(about) {
  return new Run({ about, device: deviceName(), clock: memory.clock, store, fetch: (...args) => fetch(...args) });
}

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
    return run;
  } catch {
    return null;
  }
}

async function join(id) {
  const run = await fetched(id);
  if (run) open(run, []);
}

/** The run is neither here nor to be had: say so, and what can be done. */
function lost(id) {
  const place = document.querySelector("[data-run-lost]");
  if (place) place.hidden = false;
  setTimeout(() => { if (!memory.screen) resume(id); }, PATIENCE);
}

/** Back leaves the screen, not the emergency: a red line on the page leads back, with no need of a network. */
addEventListener("popstate", () => {
  const { screen } = memory;
  if (!screen) return;
  if (location.pathname === `/emergencies/${screen.run.id}/run`) screen.show();
  else {
    screen.hide();
    stripFor(screen);
  }
});

function stripFor(screen) {
  document.querySelector("[data-run-strip]")?.remove();
  const words = h("span");
  const back = button("back-to-run", { class: "strip r-strip", press: () => { history.pushState({}, "", `/emergencies/${screen.run.id}/run`); screen.show(); } },
    icon("tri"), words, h("span", { class: "strip-open", text: "Open" }));
  back.dataset.runStrip = "";
  document.body.prepend(back);
  const tick = setInterval(() => {
    const p = screen.run.prompts();
    if (!back.isConnected || !p || screen.showing) return stop();
    say(words, `${p.drill ? "DRILL" : "Emergency"} ${p.ended ? "ended" : `running, ${hms(p.elapsed_ms)}`}`);
  }, SECOND / 4);
  const stop = () => { clearInterval(tick); back.remove(); };
}

/** Runs this tablet still holds: send what is unsent; forget what has ended and is wholly on the server. */
async function tidy() {
  await fromDisk;
  const opened = await store;
  for (const id of await opened.runs()) {
    const about = id !== memory.screen?.run.id && (await opened.run(id));
    if (!about) continue;
    const run = make(about);
    await run.load();
    if (run.outbox.unsent().length) run.sync.start();
    else if (run.state.status === "ended") await opened.forget(id);
    if (run.outbox.unsent().length && run.state.status === "running" && !memory.screen) offer(run);
  }
}

/** A run that only this tablet knows yet: the server cannot show its red line, so we do. */
function offer(run) {
  stripFor({ run, show: () => open(run, []), showing: false });
}

for (const start of document.querySelectorAll("[data-start-emergency]")) start.addEventListener("click", onStart);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && performance.now() - memory.at > FRESH) refreshKit();
});

const here = document.querySelector("[data-run]")?.dataset.run;
if (here && here !== "new") resume(here);
else {
  // the tap that led here came before this page's scripts: it counts
  const tapped = here === "new" && performance.getEntriesByType("navigation")[0]?.type === "navigate" && document.referrer.startsWith(location.origin);
  if (tapped) begin(false, null);
  tidy().catch(() => {});
}
