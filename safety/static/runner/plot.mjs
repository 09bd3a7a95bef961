// Refill by cycle, one small drawing for each point, and the same figures as a table for those who do not see it.
import { h, shape } from "./dom.mjs";
import { cutoffS } from "./refill.mjs";
import { byPlace, drawing } from "./refillwords.mjs";

const SIZE = { width: 320, height: 132, pad: 20 };

/** Every point with its drawing and its table; null while nothing was checked. */
export function refillPlots(app, p) {
  const { protocol, state } = app.run;
  const places = byPlace(protocol, p.refills ?? []);
  if (!places.length) return null;
  const limit = cutoffS(protocol, state);
  return h("section", { class: "r-group" }, h("h3", { text: "Refill so far" }),
    h("p", { class: "quiet", text: `Circle: normal. Diamond: slow. Octagon: none. Hollow: not timed. Small square: other side. Dashed line: ${limit} seconds.` }),
    h("div", { class: "r-plots" }, places.map(({ place, rows }) => plot(app, place, rows, limit))));
}

function plot(app, place, rows, limit) {
  const { marks, limit: line } = drawing(rows, limit, SIZE);
  const { width, height, pad } = SIZE;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", class: "r-plot" },
    shape("line", { x1: pad, x2: width - pad, y1: height - pad, y2: height - pad, class: "axis" }),
    shape("line", { x1: pad, x2: width - pad, y1: line, y2: line, class: "limit" }),
    shape("polyline", { points: marks.filter((mark) => mark.y !== null).map(({ x, y }) => `${x},${y}`).join(" "), class: "line" }),
    marks.map((mark) => markOf(app, mark, height - pad)));
  return h("figure", { class: "r-plotbox" }, h("figcaption", { text: place }), svg, table(app, place, rows));
}

const SHAPES = {
  normal: (x, y) => shape("circle", { cx: x, cy: y, r: 6, class: "is-green" }),
  slow: (x, y) => shape("path", { d: `M${x} ${y - 8}l8 8-8 8-8-8z`, class: "is-amber" }),
  none: (x, y) => shape("path", { d: `M${x - 3} ${y - 8}h6l5 5v6l-5 5h-6l-5-5v-6z`, class: "is-red" }),
};

function markOf(app, { reading, x, y, other }, floor) {
  const kind = reading.result === "none" ? "none" : reading.abnormal ? "slow" : "normal";
  return shape("g", { class: y === null ? "untimed" : "timed" },
    other !== null && shape("rect", { x: x - 4, y: other - 4, width: 8, height: 8, class: "other" }),
    SHAPES[kind](x, y ?? floor - 12),
    shape("text", { x, y: floor + 15, class: "tick" }, reading.cycle ? `dose ${reading.cycle}` : app.at(reading.at_ms)));
}

function table(app, place, rows) {
  const { words } = app.run.protocol;
  const ds = (value) => (value === null || value === undefined ? "not timed" : `${value / 10} s`);
  const cell = (text) => h("td", { text });
  return h("table", { class: "r-plottable" }, h("caption", { class: "sr-only", text: `Refill at ${place}` }),
    h("thead", {}, h("tr", {}, ["Time", "Dose", "Result", "Here", "Other side"].map((text) => h("th", { scope: "col", text })))),
    h("tbody", {}, rows.map((row) => h("tr", {}, cell(app.at(row.at_ms)), cell(row.cycle ? `after ${row.cycle}` : "before"), cell(words[`refill_${row.result}`]), cell(ds(row.refill_ds)), cell(ds(row.mirror_ds))))));
}
