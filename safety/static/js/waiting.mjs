// The prescriber's list stays true while it is open: minutes go on by themselves, who comes appears, who is done goes.
const MINUTE = 6e4, SECOND = 1e3, ASK_AGAIN = 3e4;
const loadedAt = new WeakMap();

const words = (ms) => { const count = Math.floor(ms / MINUTE); return count === 1 ? "1 minute" : `${count} minutes`; };

function tick() {
  for (const list of document.querySelectorAll("[data-waiting]")) {
    if (!loadedAt.has(list)) loadedAt.set(list, performance.now());
    const since = list.dataset.waiting.split(",").map(Number), gone = performance.now() - loadedAt.get(list);
    list.querySelectorAll(".row-lead").forEach((lead, i) => { lead.textContent = words(since[i] + gone); });
  }
}

async function ask() {
  const list = document.querySelector("[data-waiting-list]");
  if (document.hidden || list.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-waiting-list]");
  if (fresh) list.replaceWith(document.adoptNode(fresh));
  tick();
}

tick();
setInterval(tick, SECOND);
setInterval(ask, ASK_AGAIN);
