// The tablet check: six things tried on this tablet before the day; a person says only what they alone can know.
import { makeClock } from "./run.mjs";
import { button, h, icon } from "./dom.mjs";
import { pieceOf, readBack } from "./offline.mjs";
import { LOOKS } from "./ready.mjs";
import { Sound } from "./sound.mjs";
import { SECOND } from "./clock.mjs";
import { openStore } from "./store.mjs";
import { playAll } from "./stories.mjs";
import { asFile, save, unsentOf } from "./unsent.mjs";
import { Wake } from "./wake.mjs";

const WITHIN = 2 * SECOND;
const ENOUGH = 0.5; // of a full battery, when no charger is there
const LOOKED = { good: ["ready", "Good"], bad: ["not_ready", "Not good"] };
const place = document.querySelector("[data-tablet-check]");
const form = place.querySelector("[data-check-form]");
const start = place.querySelector("[data-check-start]");
const sound = new Sound();
const wake = new Wake();
const results = {};

function row(name) { return place.querySelector(`[data-check="${name}"]`); }

/** What came out: shown with shape and word, and put into the form. `line` says what was found. */
function found(name, outcome, line) {
  results[name] = outcome;
  const [look, word] = LOOKED[outcome];
  const [colour, shape] = LOOKS[look];
  row(name).querySelector("small").textContent = line;
  row(name).querySelector(".row-end").replaceChildren(h("span", { class: `tag ${colour}` }, icon(shape), word));
  form.elements[name].value = outcome;
  const all = [...place.querySelectorAll("[data-check]")].every((one) => results[one.dataset.check]);
  const saving = form.querySelector("[data-check-save]");
  if (saving && all) saving.disabled = false;
}

/** Ask the person: two buttons, the good answer first. */
function asked(name, line, [yes, no], [good, bad]) {
  row(name).querySelector("small").textContent = line;
  row(name).querySelector(".row-end").replaceChildren(
    button(`${name}-good`, { class: "btn small", press: () => found(name, "good", good) }, yes),
    button(`${name}-bad`, { class: "btn small", press: () => found(name, "bad", bad) }, no));
}

/** In the tap itself: later a browser would refuse sound and wake lock. */
function onStart() {
  sound.arm();
  wake.ask();
  start.disabled = true;
  start.lastChild.textContent = "Checking";
  Promise.all([trySound(), tryScreen(), tryCamera(), tryCopy(), tryClock(), tryPower()]).finally(() => {
    start.disabled = false;
    start.lastChild.textContent = "Check again";
    start.classList.remove("primary");
    form.querySelector("[data-check-save]")?.classList.add("primary");
  });
}

async function trySound() {
  await sound.context?.resume().catch(() => {});
  const now = performance.now();
  if (!sound.play("due", now)) return found("sound", "bad", "This browser gives no sound. Check the volume and try again.");
  const again = button("sound-again", { class: "btn small", press: () => sound.play("due", performance.now()) }, "Again");
  asked("sound", "Heard from 3 metres?", ["Heard it", "Did not hear"],
    ["Heard by a person.", "Not heard. Turn the volume up; switch silent mode off."]);
  row("sound").querySelector(".row-end").prepend(again);
}

async function tryScreen() {
  await wake.asking;
  const on = wake.state === "on";
  wake.drop();
  found("screen", on ? "good" : "bad", on ? "It stays on when asked." : "Set Auto-Lock to Never, and charge it.");
}

async function tryCamera() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    const live = stream.getVideoTracks().some((track) => track.readyState === "live");
    for (const track of stream.getTracks()) track.stop();
    found("camera", live ? "good" : "bad", live ? "Opened and closed." : "It opened and showed nothing.");
  } catch (fault) {
    const refused = fault?.name === "NotAllowedError";
    found("camera", "bad", refused ? "Not allowed. Allow the camera for this address." : "No camera can be opened.");
  }
}

/** Read the whole copy back, and play every story with the very code of an emergency. */
async function tryCopy() {
  const copy = await readBack().catch(() => null);
  if (!copy) return found("offline_copy", "bad", "There is no offline copy on this tablet.");
  const lost = copy.missing.length + copy.changed.length;
  const told = lost ? null : await pieceOf("/emergencies/scenarios.json");
  const played = told ? await playAll(JSON.parse(told)) : { agreed: 0, told: 0, first: null };
  form.elements.stories_agreed.value = played.agreed;
  form.elements.stories_told.value = played.told;
  form.elements.copy_digest.value = copy.digest;
  const good = !lost && played.told > 0 && played.agreed === played.told;
  const files = lost ? `${lost} of ${copy.total} files missing or changed` : `${copy.total} files`;
  found("offline_copy", good ? "good" : "bad", `${files}, ${played.agreed} of ${played.told} stories agree.${played.first ? ` ${played.first}` : ""}`);
}

async function tryClock() {
  try {
    const sent = performance.now();
    const response = await fetch("/emergencies/kit.json", { cache: "no-store", signal: AbortSignal.timeout?.(5 * SECOND) });
    const { server_ms: told } = await response.json();
    const clock = makeClock(null);
    const off = Math.abs(clock.adopt(told, sent, performance.now()));
    const good = off - clock.doubt <= WITHIN;
    found("clock", good ? "good" : "bad", `${(off / SECOND).toFixed(1)} seconds off the server's.${good ? "" : " Set the tablet to automatic time."}`);
  } catch {
    found("clock", "bad", "The server does not answer.");
  }
}

async function tryPower() {
  const battery = await navigator.getBattery?.().catch(() => null);
  if (!battery) return asked("power", "Is it on the charger, or more than half full?", ["Yes", "No"], ["Said by a person.", "Put it on the charger."]);
  const full = Math.round(battery.level * 100);
  const good = battery.charging || battery.level >= ENOUGH;
  found("power", good ? "good" : "bad", `${full} percent, ${battery.charging ? "on the charger" : "no charger"}.`);
}

/** Whether the browser promised to keep what is on this tablet; asked for, and the answer shown. */
async function askToKeep() {
  const kept = await navigator.storage?.persist?.().catch(() => null);
  const words = kept ? "This browser promises to keep what is recorded here." : "This browser may clear what it keeps when space runs out. Put Reflow on the Home Screen; unsent entries can be saved as a file.";
  place.querySelector("[data-storage]").textContent = words;
}

async function offerUnsent() {
  const store = await openStore();
  const unsent = await unsentOf(store).catch(() => []);
  place.querySelector("[data-unsent]").hidden = !unsent.length;
  place.querySelector("[data-unsent-save]").addEventListener("click", async () => save(asFile(await unsentOf(store), Date.now())));
}

start.hidden = false;
start.addEventListener("click", onStart);
askToKeep();
offerUnsent();
