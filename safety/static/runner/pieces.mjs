// Pieces that several panels are made of.
import { button, h, icon } from "./dom.mjs";

/** A group of chips under a heading. */
export function group(title, chips, note = null) {
  return h("section", { class: "r-group" }, h("h3", { text: title }), note && h("p", { class: "quiet", text: note }), h("div", { class: "r-chipset" }, chips));
}

/** A button that records or chooses at once; at least 60 px high. `small` is its second line. */
export function chip(key, label, press, { small = null, name = null, look = "", pressed = null } = {}) {
  return button(key, { class: `r-choice ${look}`, press, "aria-pressed": pressed === null ? null : String(pressed) },
    name && icon(name), h("span", {}, label, small && h("small", { text: small })));
}

let counter = 0;

/** A labelled text field. Returns {node, input}. */
export function field(label, { hint = null, value = "", type = "text", inputmode = null, lines = 1, list = null } = {}) {
  counter += 1;
  const id = `run-field-${counter}`;
  const props = { id, class: "input r-input", autocomplete: "off", inputmode, "aria-describedby": hint && `${id}-hint`, value };
  const input = lines > 1 ? h("textarea", { ...props, rows: lines }) : h("input", { ...props, type, list });
  const error = h("p", { class: "r-error", role: "alert", hidden: true });
  const node = h("div", { class: "r-field" }, h("label", { for: id, text: label }), hint && h("p", { class: "quiet", id: `${id}-hint`, text: hint }), error, input);
  const complain = (text) => {
    error.textContent = text || "";
    error.hidden = !text;
    input.setAttribute("aria-invalid", String(Boolean(text)));
    if (text) input.focus();
    return false;
  };
  return { node, input, complain, text: () => input.value.trim() };
}

/** One of several: chips of which one is chosen; `chosen()` is its value. */
export function choice(title, rows, first, changed = () => {}) {
  let value = first;
  const set = h("div", { class: "r-chipset", role: "group", "aria-label": title });
  const draw = () => set.replaceChildren(...rows.map((row) => chip(`${title} ${row.key}`, row.label, () => choose(row.key), { small: row.small, pressed: row.key === value })));
  const choose = (key) => {
    value = key;
    for (const [at, node] of [...set.children].entries()) node.setAttribute("aria-pressed", String(rows[at].key === key));
    changed(key);
  };
  draw();
  const widen = (more) => {
    rows = more;
    draw();
  };
  return { node: h("section", { class: "r-group" }, h("h3", { text: title }), set), chosen: () => value, choose, widen };
}

/** The button that puts a panel's content on the record. */
export function submit(label, press, look = "is-primary") {
  return button("submit", { class: `r-submit ${look}`, press }, label);
}

/** HH:MM typed by a person, as epoch ms on the day of `near` and not after it; null when it is no time. */
export function typedTime(text, near, at) {
  const found = /^([01]?\d|2[0-3])[:. ]?([0-5]\d)$/.exec(text.trim());
  if (!found) return null;
  const [hours, minutes] = at(near).split(":").map(Number);
  const back = (hours * 60 + minutes - Number(found[1]) * 60 - Number(found[2]) + 1440) % 1440;
  return near - (near % 60e3) - back * 60e3;
}
