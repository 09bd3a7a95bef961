// Answers that stand alone: choosing "None of these" takes the others away, and choosing another takes it away.
// In a group marked data-alone, its check boxes with these values stand alone; typed fields count as another.
function settle(group, changed) {
  const alone = group.dataset.alone.split(" ");
  const boxes = [...group.querySelectorAll("input[type=checkbox]")];
  const typed = [...group.querySelectorAll("input[type=text]")];
  const given = changed.type === "checkbox" ? changed.checked : changed.value !== "";
  if (!given) return;
  const standsAlone = changed.type === "checkbox" && alone.includes(changed.value);
  for (const box of boxes) if (box !== changed && (standsAlone || alone.includes(box.value))) box.checked = false;
  if (standsAlone) for (const field of typed) field.value = "";
}

for (const group of document.querySelectorAll("[data-alone]")) {
  // before autosave, which listens further out, reads the form
  group.addEventListener("change", (event) => settle(group, event.target));
}
