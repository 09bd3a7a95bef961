// Shows what an answer raises while it is being given, for questions whose rows cannot know it beforehand:
// check boxes, dates, numbers. The server's own rules decide; nothing is stored by asking.
const WAIT_MS = 400;

function watch(part) {
  const form = part.closest("form");
  const place = form.querySelector("[data-flag-here]");
  let newest = 0;
  let timer = 0;

  async function ask() {
    const mine = ++newest;
    const piece = await raised(part.dataset.flagFrom, form);
    if (mine === newest && piece !== null) place.innerHTML = piece;
  }

  part.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
}

async function raised(url, form) {
  try {
    const answer = await fetch(url, { method: "POST", body: new FormData(form), redirect: "manual" });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}

for (const part of document.querySelectorAll("[data-flag-from]")) watch(part);
