// The two buttons at the foot of the page: night theme and left-handed layout, kept on this device.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

const LOOKS = {
  night: {
    on: () => (root.dataset.theme ? root.dataset.theme === "night" : dark.matches),
    set: (on) => keep("theme", on ? "night" : "light"),
  },
  left: {
    on: () => root.dataset.hand === "left",
    set: (on) => keep("hand", on ? "left" : "right"),
  },
};

function keep(name, value) {
  root.dataset[name] = value;
  try {
    localStorage.setItem(`reflow.${name}`, value);
  } catch {
    // without storage the choice lasts for this page
  }
}

for (const button of document.querySelectorAll("[data-look]")) {
  const look = LOOKS[button.dataset.look];
  const show = () => button.setAttribute("aria-pressed", String(look.on()));
  button.hidden = false;
  button.addEventListener("click", () => { look.set(!look.on()); show(); });
  dark.addEventListener("change", show);
  show();
}
