// On a shared tablet nobody's page stays open: after a while without a touch it gives way to "Who is using this?".
// While somebody types, the server is told now and then, so that it does not lock a form that is being filled in.
const plan = document.querySelector("[data-idle-lock]");
const EVERY = 60;
let touched = Date.now();
let told = Date.now();

function touch() {
  touched = Date.now();
  if (touched - told < EVERY * 1e3) return;
  told = touched;
  fetch("/healthz", { cache: "no-store" }).catch(() => {});
}

function look() {
  const running = !document.getElementById("run-root")?.hidden;
  if (running) touch();
  else if (Date.now() - touched >= plan.dataset.idleLock * 1e3) location.replace(plan.dataset.url);
}

if (plan) {
  for (const kind of ["pointerdown", "keydown", "input", "scroll"]) addEventListener(kind, touch, { passive: true });
  // a sleeping tablet fires no timers: look again the moment it wakes
  for (const kind of ["visibilitychange", "pageshow"]) addEventListener(kind, look);
  setInterval(look, 1e3);
}
