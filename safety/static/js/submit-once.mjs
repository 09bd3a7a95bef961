// A second tap on Save while the first is on its way sends nothing. Coming back by the Back button re-arms the form.
const sent = new WeakSet();

function guard(event) {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (sent.has(form)) {
    event.preventDefault();
    return;
  }
  sent.add(form);
  // marked after the browser has read the form: a disabled button would not be sent
  setTimeout(() => mark(form, true));
}

function mark(form, busy) {
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    if (busy) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", guard);
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    sent.delete(form);
    mark(form, false);
  }
});
