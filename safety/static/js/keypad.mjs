// Large keys for a PIN. Without this script the field is typed in with the device's own keyboard.
function press(field, key) {
  if (key === "clear") field.value = "";
  else if (key === "back") field.value = field.value.slice(0, -1);
  else if (field.maxLength < 0 || field.value.length < field.maxLength) field.value += key;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

for (const pad of document.querySelectorAll("[data-keypad]")) {
  const field = pad.querySelector("input");
  const keys = pad.querySelector("[data-keys]");
  keys.hidden = false;
  keys.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]")?.dataset.key;
    if (key) press(field, key);
  });
}
