// Moves focus to the summary of problems, and from its links into the field that is meant.
const summary = document.querySelector("[data-error-summary]");

function goTo(event) {
  const link = event.target.closest("a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const label = field.closest("fieldset")?.querySelector("legend") ?? field.labels?.[0] ?? field;
  label.scrollIntoView({ block: "start" });
  field.focus({ preventScroll: true });
}

summary?.focus({ preventScroll: true });
summary?.scrollIntoView({ block: "start" });
summary?.addEventListener("click", goTo);
