// Shows a choice's follow-up where the stylesheet cannot (no :has), and lets screen readers hear its status.
const styled = CSS.supports("selector(:has(*))");

function follow(group) {
  for (const option of group.querySelectorAll(".option")) {
    const part = option.querySelector(":scope > [data-reveal]");
    if (!part) continue;
    const chosen = option.querySelector(":scope > .choice input").checked;
    if (!styled) part.hidden = !chosen;
    if (chosen) announce(part);
  }
}

// text that was only un-hidden is not announced; text that is put back is
function announce(part) {
  const status = part.querySelector("[role=status]");
  if (!status) return;
  const nodes = [...status.childNodes];
  status.replaceChildren();
  requestAnimationFrame(() => status.replaceChildren(...nodes));
}

for (const group of document.querySelectorAll(".choices")) {
  if (!group.querySelector("[data-reveal]")) continue;
  group.addEventListener("change", () => follow(group));
  if (!styled) follow(group);
}
