// What this tablet holds that no server has: counted, and written into a file a person can carry away.
import { onTheWire } from "./sync.mjs";

/** The unsent entries of every run on this disk: [{run, device, events}]. */
export async function unsentOf(store) {
  const found = [];
  for (const run of await store.runs()) {
    const entries = (await store.events(run)).filter((entry) => entry.state === "unsent").sort((a, b) => a.seq - b.seq);
    for (const device of new Set(entries.map((entry) => entry.event.device))) {
      found.push({ run, device, events: entries.filter((entry) => entry.event.device === device).map((entry) => onTheWire(entry.event)) });
    }
  }
  return found;
}

/** {count, oldest_ms}. */
export function counted(unsent) {
  const at = unsent.flatMap(({ events }) => events.map((event) => event.at_ms));
  return { count: at.length, oldest_ms: at.length ? Math.min(...at) : null };
}

/** The file: each run as the body its address takes, so that nothing has to be typed again. */
export function asFile(unsent, now) {
  const runs = unsent.map(({ run, device, events }) => ({ post_to: `/emergencies/${run}/events`, body: { device, after: 0, digest: null, events } }));
  return JSON.stringify({ what: "Reflow: entries of emergencies no server has yet", written_ms: now, runs }, null, 1);
}

/** Hand the file to the person. */
export function save(text, page = document) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = Object.assign(page.createElement("a"), { href: url, download: "reflow-unsent.json" });
  page.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url));
}
