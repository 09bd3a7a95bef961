// Refill: where, then what it was; a stopwatch for the seconds when there is time for it.
import { pointNow } from "./answers.mjs";
import { SECOND } from "./clock.mjs";
import { button, h, icon, say } from "./dom.mjs";
import { pointName, seconds } from "./logwords.mjs";
import { choice } from "./pieces.mjs";

const SIDES = [["left", "Left"], ["right", "Right"], ["mid", "Middle"], ["both", "Both sides"]];
const LOOKS = [["normal", "is-ok", "ck"], ["slow", "is-slow", "half"], ["none", "is-none", "x"]];

export function refillPanel(app) {
  const { run } = app;
  const at = pointNow(run.protocol, run.state);
  const point = choice("Point", pointsOf(run, at.point), at.point ?? "");
  const side = choice("Side (the patient's)", SIDES.map(([key, label]) => ({ key, label })), at.side);
  const watches = [stopwatch(app, "Here", "refill_ds"), stopwatch(app, "Other side", "mirror_ds")];
  const data = (result) => ({
    point: point.chosen() || null, side: side.chosen(), result, ...Object.fromEntries(watches.map((watch) => [watch.name, watch.value()])),
  });
  return {
    title: "Refill", closed: () => watches.forEach((watch) => watch.stop()), tick: () => watches.forEach((watch) => watch.tick()),
    draw: (p) => [results(app, p, data), side.node,
      h("section", { class: "r-group" }, h("h3", { text: "Stopwatch" }), h("div", { class: "r-watches" }, watches.map((watch) => watch.node))), point.node],
  };
}

/** Counted and planned areas first, then every other point the protocol names. */
function pointsOf(run, first) {
  const counted = run.state.facts.filter((fact) => fact.type === "areas_counted" && !fact.struck).at(-1)?.data.areas || [];
  const checked = run.state.facts.filter((fact) => fact.type === "refill_checked").map((fact) => fact.data.point);
  const near = [first, ...counted, ...(run.state.context.areas || []), ...checked];
  const all = run.protocol.counting_areas.list.map((row) => row.id);
  const ids = [...new Set([...near, ...all])].filter(Boolean);
  return ids.map((id) => ({ key: id, label: pointName(run.protocol, id) ?? id }));
}

function results(app, p, data) {
  const { words } = app.run.protocol;
  const asked = p.step.answers.filter((answer) => answer.event.type === "refill_checked");
  const hint = (result) => asked.find((answer) => answer.key === result)?.hint ?? "";
  return h("div", { class: "r-answers n3" }, LOOKS.map(([result, look, name]) =>
    button(`refill-${result}`, { class: `r-answer ${look}`, press: () => app.tap("refill", "refill_checked", data(result)) },
      h("b", {}, icon(name), words[`refill_${result}`]), hint(result) && h("span", { text: hint(result) }))));
}

/** Press, release, colour back: three taps give tenths of a second, to the half second of the protocol. */
function stopwatch(app, label, name) {
  const method = app.run.protocol.refill.method;
  const press = (method.find((row) => row.press_s)?.press_s ?? 0) * SECOND;
  const fine = method.find((row) => row.step_ds)?.step_ds ?? 1;
  const now = () => performance.now();
  let phase = "idle";
  let since = 0;
  let value = null;
  const word = h("span", { text: `${label}: start pressing` });
  const digits = h("b", { class: "num" });
  const node = button(`watch-${name}`, { class: "r-watch", press: () => step() }, icon("clock"), h("span", {}, word, digits));
  const step = () => {
    if (phase === "counting") {
      value = Math.max(fine, Math.round((now() - since) / (SECOND / 10) / fine) * fine);
      phase = "done";
    } else phase = phase === "pressing" ? "counting" : "pressing";
    since = now();
    tick();
  };
  const tick = () => {
    const spent = now() - since;
    const words = { idle: "start pressing", pressing: spent < press ? "keep pressing" : "release and tap", counting: "tap when colour is back", done: "measure again" };
    say(word, `${label}: ${words[phase]}`);
    say(digits, shown(phase, spent, press, value));
    node.classList.toggle("is-on", phase === "pressing" || phase === "counting");
  };
  return { node, name, value: () => value, tick, stop: () => { phase = "idle"; } };
}

function shown(phase, spent, press, value) {
  if (phase === "pressing") return `${Math.max(0, Math.ceil((press - spent) / SECOND))}`;
  if (phase === "counting") return (Math.floor(spent / 100) / 10).toFixed(1);
  return phase === "done" ? seconds(value) : "";
}
