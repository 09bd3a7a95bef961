// Making elements without markup in strings: what staff typed can never become HTML.
const SVG = "http://www.w3.org/2000/svg";

/** An element. `props`: class, on (map of listeners), data (map), text, or any attribute; null and false leave it out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) put(node, name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function put(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "class") node.className = value;
  else if (name === "text") node.textContent = value;
  else if (name === "value") node.value = value;
  else node.setAttribute(name, value === true ? "" : value);
}

/** An icon of the page's sprite; always beside a word. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "i");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A shape of a drawing: `attributes` by name, children of the same kind or text. */
export function shape(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children.flat().filter(Boolean));
  return node;
}

/** A button that acts on release; `key` lets focus find it again after a redraw. */
export function button(key, props, ...children) {
  const { press, ...rest } = props;
  return h("button", { type: "button", data: { key }, on: { click: press }, ...rest }, ...children);
}

/** Puts `children` into `node` only when `sign` differs from last time, and gives focus back to the same key. */
export function redraw(node, sign, children) {
  const wanted = typeof sign === "string" ? sign : JSON.stringify(sign);
  if (node.drawn === wanted) return false;
  node.drawn = wanted;
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.replaceChildren(...[children()].flat().filter(Boolean));
  if (held) node.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  return true;
}

/** Changes a text only when it differs, so that nothing is announced or laid out twice. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
