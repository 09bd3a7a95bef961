// Saves a form's answers as soon as one changes: posts the same fields to the address in data-autosave.
// The server answers 2xx when the answer is stored. The form's own button saves as well, with or without this.
const WAIT_MS = 800;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

function watch(form) {
  const line = form.querySelector("[data-saved-state]");
  const say = (text) => { if (line) line.textContent = text; };
  let newest = 0;
  let timer = 0;

  async function save() {
    const mine = ++newest;
    const sent = [...new FormData(form)];
    const stored = await post(form);
    if (mine !== newest) return;
    if (stored) form.dispatchEvent(new CustomEvent("autosaved", { detail: sent }));
    say(stored ? `Saved ${clock.format(new Date())}` : "Not saved yet. Use the button below to save.");
  }

  form.addEventListener("change", () => { clearTimeout(timer); save(); });
  form.addEventListener("input", (event) => {
    if (!event.target.matches("textarea, input:not([type=radio]):not([type=checkbox])")) return;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT_MS);
  });
  form.addEventListener("submit", () => { clearTimeout(timer); newest += 1; });
}

async function post(form) {
  try {
    const headers = { "X-Autosave": "1" };
    const answer = await fetch(form.dataset.autosave, { method: "POST", body: new FormData(form), headers, redirect: "manual" });
    return answer.ok;
  } catch {
    return false;
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) watch(form);
