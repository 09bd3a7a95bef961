// A tap on the drawn face or a photo places the injection; the lists beside it say the same without a picture.
import { FULL, seen, toStored, toView, transform, turn as asTurned, turnBack, turnedSize } from "./coordinates.mjs";

const CLOSEST = 6, STEP = 1.5, STILL = 8; // zoom at most, per press, and how far a tap may slip in pixels

function start(map) {
  const form = map.closest("form"), stage = map.querySelector("[data-stage]"), turned = map.querySelector("[data-turned]");
  const dot = map.querySelector("[data-new]"), says = map.querySelector("[data-says]");
  const [x, y] = ["x", "y"].map((name) => form.elements[name]);
  const size = { width: Number(map.dataset.width), height: Number(map.dataset.height) };
  const look = { turns: 0, zoom: 1, centre: { x: size.width / 2, y: size.height / 2 } };
  const fingers = new Map();
  let moved = false, apart = 0;

  const part = () => seen(size, look.turns, look.zoom, look.centre);

  function draw() {
    const { x: left, y: top, width, height } = part();
    look.centre = { x: left + width / 2, y: top + height / 2 };
    stage.setAttribute("viewBox", `${left} ${top} ${width} ${height}`);
    turned.setAttribute("transform", transform(size, look.turns));
    stage.toggleAttribute("data-zoomed", look.zoom > 1);
    map.querySelector("[data-act=out]").disabled = map.querySelector("[data-act=whole]").disabled = look.zoom === 1 && look.turns === 0;
    map.querySelector("[data-act=undo]").disabled = x.value === "";
    dot.toggleAttribute("hidden", x.value === "");
    dot.setAttribute("display", x.value === "" ? "none" : "inline");
    dot.setAttribute("transform", `translate(${(x.value * size.width) / FULL} ${(y.value * size.height) / FULL})`);
  }

  function zoom(times, around) {
    const next = Math.min(Math.max(look.zoom * times, 1), CLOSEST), share = look.zoom / next;
    if (around) look.centre = { x: around.x + (look.centre.x - around.x) * share, y: around.y + (look.centre.y - around.y) * share };
    look.zoom = next < 1.01 ? 1 : next;
    draw();
  }

  function turn() {
    const upright = turnBack(look.centre, size, look.turns);
    look.turns = (look.turns + 1) % 4;
    look.centre = look.zoom === 1 ? middle() : asTurned(upright, size, look.turns);
    draw();
  }

  const middle = () => { const whole = turnedSize(size, look.turns); return { x: whole.width / 2, y: whole.height / 2 }; };

  const acts = {
    in: () => zoom(STEP), out: () => zoom(1 / STEP), turn,
    whole: () => { Object.assign(look, { turns: 0, zoom: 1 }); look.centre = middle(); draw(); },
    undo: () => { x.value = y.value = ""; says.textContent = "No point"; draw(); },
  };

  function place(at, region) {
    const stored = toStored(at, stage.getBoundingClientRect(), part(), size, look.turns);
    if (!stored) return;
    [x.value, y.value] = [stored.x, stored.y];
    const chosen = region && choose(region);
    says.textContent = chosen ? `Point placed: ${chosen}` : "Point placed";
    draw();
  }

  // an empty list is filled from the picture; what somebody chose is never changed
  function choose({ dataset: { area, side } }) {
    const picked = [pick("area", area), side === "mid" ? null : pick("side", side)].filter(Boolean);
    return picked.join(", ");
  }

  function pick(name, value) {
    const all = [...form.querySelectorAll(`input[name="${name}"]`)];
    const wanted = all.find((one) => one.value === value);
    if (!wanted || all.some((one) => one.checked)) return null;
    wanted.checked = true;
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
    return wanted.closest("label").textContent.trim().split("\n")[0];
  }

  const screen = (event) => ({ x: event.clientX, y: event.clientY });
  const spread = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };

  function down(event) {
    fingers.set(event.pointerId, screen(event));
    if (fingers.size === 1) moved = false;
    if (fingers.size === 2) { apart = spread(); moved = true; }
  }

  function move(event) {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = screen(event);
    if (fingers.size === 2) {
      fingers.set(event.pointerId, now);
      const wide = spread();
      if (apart > 0) zoom(wide / apart, toView(now, stage.getBoundingClientRect(), part()));
      apart = wide;
    } else if (moved || Math.hypot(now.x - before.x, now.y - before.y) > STILL) {
      moved = true;
      if (look.zoom > 1) pan(before, now);
      fingers.set(event.pointerId, now);
    }
  }

  function pan(before, now) {
    const box = stage.getBoundingClientRect(), from = toView(before, box, part()), to = toView(now, box, part());
    look.centre = { x: look.centre.x + from.x - to.x, y: look.centre.y + from.y - to.y };
    draw();
  }

  function up(event) {
    const tapped = fingers.delete(event.pointerId) && fingers.size === 0 && !moved && event.type === "pointerup";
    if (tapped) place(screen(event), event.target.closest?.("[data-area]"));
  }

  stage.addEventListener("pointerdown", down);
  stage.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) stage.addEventListener(end, up);
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? STEP : 1 / STEP, toView(screen(event), stage.getBoundingClientRect(), part()));
  }, { passive: false });
  for (const button of map.querySelectorAll("[data-act]")) button.addEventListener("click", acts[button.dataset.act]);
  for (const tools of map.querySelectorAll("[data-tools]")) tools.hidden = false;
  draw();
}

for (const map of document.querySelectorAll("[data-map]")) start(map);
