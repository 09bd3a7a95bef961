// Every keystroke on a question is on this tablet's disk, encrypted, before the server has it: a killed browser, an empty
// battery or a dead network loses nothing. Names never go there, only ids. What the server has is erased from here.
import { openStore } from "../runner/store.mjs";

const LASTS_MS = 12 * 3600e3; // a shift; a draft of another day is nobody's answer
const UNSAID = new Set(["csrf_token", "visit", "seen"]);
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const said = (form) => [...new FormData(form)].filter(([name, value]) => !UNSAID.has(name) && typeof value === "string" && value !== "");
const same = (some, others) => JSON.stringify(some) === JSON.stringify(others);

function watch(part, store) {
  const form = part.closest("form");
  const name = `draft ${part.dataset.draft}`;
  const note = form.querySelector("[data-draft-note]");
  let wanted = null; // the newest thing to do; what it overtook need not be done
  let busy = false;
  let count = 0;

  async function work() {
    if (busy) return;
    busy = true;
    while (wanted) {
      const now = wanted;
      wanted = null;
      try {
        await now.act(await store);
        part.dataset.kept = now.number;
      } catch {
        // the disk refuses: the server's copy, once saved, is then all there is
      }
    }
    busy = false;
  }

  function plan(act) {
    wanted = { act, number: ++count };
    part.dataset.asked = count;
    work();
  }

  function keep() {
    const draft = { fields: said(form), visit: form.elements.visit.value, seen: form.elements.seen.value, at: Date.now(), by: part.dataset.me };
    plan((opened) => opened.keep(name, draft));
  }

  function put(draft) {
    for (const field of form.elements) {
      if (!field.name || UNSAID.has(field.name) || field.tagName === "BUTTON") continue;
      const values = draft.fields.filter(([one]) => one === field.name).map(([, value]) => value);
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else if (field.type !== "hidden") field.value = values[0] ?? "";
    }
    form.elements.visit.value = draft.visit;
    form.elements.seen.value = draft.seen;
    const people = JSON.parse(form.querySelector("[data-people]").textContent);
    note.textContent = `Not saved yet, typed ${clock.format(draft.at)} by ${people[draft.by] ?? "somebody else"}`;
    note.hidden = false;
    form.querySelector("[data-flag-from]")?.dispatchEvent(new Event("input")); // what it raises; nothing is sent to be kept
  }

  async function bringBack() {
    const opened = await store;
    await tidyUp(opened, name, part.dataset.keptVisit);
    const draft = await opened.kept(name);
    if (!draft || count) return;
    if (same(draft.fields, said(form))) plan((disk) => disk.drop(name));
    else if (!document.querySelector("[data-error-summary]")) put(draft);
  }

  for (const kind of ["input", "change"]) form.addEventListener(kind, keep);
  form.addEventListener("autosaved", (event) => {
    const sent = event.detail.filter(([field, value]) => !UNSAID.has(field) && value !== "");
    if (!same(sent, said(form))) return;
    note.hidden = true;
    plan((disk) => disk.drop(name));
  });
  bringBack().catch(() => {});
}

/** Drafts of answers the server has kept meanwhile, and those of another day, go. */
async function tidyUp(store, mine, kept) {
  for (const name of await store.names("draft ")) {
    const draft = name === mine ? null : await store.kept(name);
    if (draft && ((kept && draft.visit === kept) || Date.now() - draft.at > LASTS_MS)) await store.drop(name);
  }
  const own = await store.kept(mine);
  if (own && Date.now() - own.at > LASTS_MS) await store.drop(mine);
}

const part = document.querySelector("[data-draft]");
if (part) watch(part, openStore());
// shown again by the Back button without asking the server: what it says may be old
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
