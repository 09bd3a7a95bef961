// Runs of this tablet that no screen shows: offered on whichever page is open, sent while anything is unsent,
// forgotten once they have ended and the server has everything.
import { hms, HOUR, SECOND } from "./clock.mjs";
import { button, h, icon, say } from "./dom.mjs";

const FORGOTTEN = 24 * HOUR; // as in sw.js: a run nobody touched for so long holds no update back

/** When the newest entry of a run happened. */
export function touched(run) { return Math.max(0, ...run.outbox.ordered().map(({ event }) => event.at_ms)); }

export class Behind {
  /** `open(run)` puts a run on screen. */
  constructor({ store, open, page = document }) {
    Object.assign(this, { store, open, page });
    this.runs = new Map();
  }

  get(id) { return this.runs.get(id) || null; }

  /** Those still going on. */
  running() { return [...this.runs.values()].filter((run) => run.state.status === "running"); }

  /** Is anything here that an update of the app must wait for? */
  busy(now) { return [...this.runs.values()].some((run) => now - touched(run) < FORGOTTEN); }

  /** A run comes to the screen. */
  shown(run) {
    this.runs.delete(run.id);
    this.page.querySelector(`[data-run-strip="${run.id}"]`)?.remove();
  }

  /** Take up a run from the disk or from the screen. */
  attend(run) {
    this.runs.set(run.id, run);
    run.sync.watched = false;
    run.watch(() => this.settle(run));
    run.sync.start();
    this.settle(run);
  }

  /** Send what waits, now: the page shows again, or the network says it is back. */
  flush() { for (const run of this.runs.values()) run.sync.now(); }

  async settle(run) {
    if (this.runs.get(run.id) !== run) return;
    if (run.state.status === "running") return this.offer(run, () => this.open(run));
    if (run.state.status !== "ended" || run.owes()) return;
    run.sync.stop();
    this.runs.delete(run.id);
    await (await this.store).forget(run.id).catch(() => {});
  }

  /** The emergencies somebody who starts one here may have meant: those the server knows and those of this tablet. */
  with(known) {
    const ours = this.running().filter((run) => !known.some(({ id }) => id === run.id));
    return [...known, ...ours.map((run) => ({ id: run.id, started_ms: run.clock.now() - run.prompts().elapsed_ms, room: null, drill: run.state.drill === true }))];
  }

  /** A red line on the page, unless the server drew one for this run. */
  offer(run, open) {
    if (this.page.querySelector(`[data-run-strip="${run.id}"], a.strip[href$="/${run.id}/run"]`)) return;
    const words = h("span");
    const back = button("back-to-run", { class: "strip r-strip", press: open }, icon("tri"), words, h("span", { class: "strip-open", text: "Open" }));
    const line = h("aside", { "aria-label": "Running emergency", data: { runStrip: run.id } }, back);
    this.page.body.prepend(line);
    tell(words, run);
    const tick = setInterval(() => {
      if (!tell(words, run) || this.page.getElementById("run-root")?.hidden === false) line.remove();
      if (!line.isConnected) clearInterval(tick);
    }, SECOND);
  }
}

function tell(words, run) {
  const p = run.prompts();
  if (!p || p.ended) return false;
  say(words, `${p.drill ? "DRILL" : "Emergency"} running, ${hms(p.elapsed_ms)}`);
  return true;
}
