// Draws whether this tablet is ready, wherever a page has a place for it, from what was read back from its own disk.
import { button, h, icon } from "./dom.mjs";
import { mend, readBack } from "./offline.mjs";
import { inWords, judge, LOOKS, WORDS } from "./ready.mjs";
import { counted, unsentOf } from "./unsent.mjs";

/** Everything `judge` asks for, read from this tablet now. `told` {app, protocol} by the server, or null. */
export async function lookAround({ store, told }) {
  const opened = await store;
  const [kit, unsent, copy] = await Promise.all([
    opened.kept("kit").catch(() => null), unsentOf(opened).then(counted, () => null), readBack().catch(() => null),
  ]);
  const secure = globalThis.isSecureContext === true && "serviceWorker" in navigator;
  return { secure, durable: opened.durable, copy, told, kit, unsent, now: Date.now() };
}

/** Fill every place of this page; `again` has the kit fetched once more when somebody mends. */
export async function drawBadges({ store, told, again }, page = document) {
  const places = [...page.querySelectorAll("[data-ready-badge]")];
  if (!places.length) return null;
  const facts = await lookAround({ store, told: told() });
  const verdict = judge(facts);
  const mended = async () => {
    await Promise.all([mend([...(facts.copy?.missing ?? []), ...(facts.copy?.changed ?? [])]), again()]);
    return drawBadges({ store, told, again }, page);
  };
  for (const place of places) DRAWN[place.dataset.readyBadge](place, facts, verdict, mended);
  return verdict;
}

const DRAWN = { row: drawRow, flag: drawFlag, tag: drawTag };

function drawRow(place, facts, verdict, mended) {
  const line = verdict.reasons[0]?.text ?? inWords(facts);
  const checked = place.dataset.tabletCheck;
  place.replaceChildren(h("div", { class: "row" },
    h("span", { class: "row-text" }, h("span", { class: "row-title", text: "This tablet, with no server" }),
      h("small", { text: line }), h("small", {}, checked ? `${checked}. ` : "", h("a", { href: "/tablet-check", text: "Tablet check" }))),
    h("span", { class: "row-end" }, mendButton(verdict, mended), tag(verdict))));
}

function drawFlag(place, facts, verdict, mended) {
  const [look, shape] = LOOKS[verdict.state];
  const lines = verdict.reasons.length ? verdict.reasons.map(({ text }) => text) : [inWords(facts)];
  place.replaceChildren(h("div", { class: `flag ${look}`, role: "status" }, icon(shape),
    h("div", {}, h("strong", { class: "flag-title", text: `This tablet: ${WORDS[verdict.state]}` }),
      h("div", { class: "flag-body" }, lines.map((text) => h("p", { text })), mendButton(verdict, mended)))));
}

function drawTag(place, facts, verdict) {
  place.replaceChildren(tag(verdict), ` ${verdict.reasons[0]?.text ?? inWords(facts)}`);
}

function tag({ state }) {
  const [look, shape] = LOOKS[state];
  return h("span", { class: `tag ${look}` }, icon(shape), WORDS[state]);
}

function mendButton({ reasons }, mended) {
  if (!reasons.some((reason) => reason.mend)) return null;
  const node = button("mend", { class: "btn small" }, "Mend");
  node.addEventListener("click", () => {
    node.disabled = true;
    mended();
  });
  return node;
}
