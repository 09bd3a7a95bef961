// Keeps the screen on while an emergency runs, and tells truly whether it is.
export class Wake {
  constructor(wakeLock = navigator.wakeLock, page = document) {
    this.wakeLock = wakeLock;
    this.page = page;
    this.lock = null;
    this.wanted = false;
    page.addEventListener("visibilitychange", () => { if (this.wanted && page.visibilityState === "visible") this.ask(); });
  }

  /** on, off (tap may mend it) or none (this browser cannot). */
  get state() {
    if (!this.wakeLock) return "none";
    return this.lock && !this.lock.released ? "on" : "off";
  }

  /** Ask inside a tap; a lock is dropped whenever the page is hidden, so it is asked for again. */
  ask() {
    this.wanted = true;
    if (!this.wakeLock || this.state === "on" || this.asking) return;
    this.asking = this.wakeLock.request("screen").then(
      (lock) => { this.lock = lock; },
      () => { this.lock = null; },
    ).finally(() => { this.asking = null; });
  }

  drop() {
    this.wanted = false;
    this.lock?.release().catch(() => {});
    this.lock = null;
  }
}
