// A pad to sign on. What is drawn goes along as points of 900 by 360 in the form's `strokes` field: no picture, so
// that the server can keep, hash and draw exactly what the hand made. The typed name alone is enough.
const WIDTH = 900, HEIGHT = 360, APART = 6, MOST = 4000;

function pad(part) {
  const canvas = part.querySelector("canvas");
  const kept = part.querySelector("input[name=strokes]");
  const ink = canvas.getContext("2d");
  let lines = read(kept.value);
  let line = null;

  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const fit = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
    return [fit(((event.clientX - box.left) * WIDTH) / box.width, WIDTH), fit(((event.clientY - box.top) * HEIGHT) / box.height, HEIGHT)];
  };

  function draw() {
    ink.clearRect(0, 0, WIDTH, HEIGHT);
    Object.assign(ink, { lineWidth: 6, lineCap: "round", lineJoin: "round", strokeStyle: getComputedStyle(canvas).color });
    for (const one of lines) {
      ink.beginPath();
      one.forEach(([x, y], index) => (index ? ink.lineTo(x, y) : ink.moveTo(x, y)));
      if (one.length === 1) ink.lineTo(one[0][0] + 1, one[0][1]);
      ink.stroke();
    }
  }

  function keep() {
    kept.value = lines.length ? JSON.stringify(lines) : "";
    draw();
  }

  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    line = [at(event)];
    lines.push(line);
    keep();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!line) return;
    const point = at(event);
    const [x, y] = line.at(-1);
    const total = lines.reduce((sum, one) => sum + one.length, 0);
    if (Math.hypot(point[0] - x, point[1] - y) < APART || total >= MOST) return;
    line.push(point);
    keep();
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => { line = null; });
  part.querySelector("[data-clear]").addEventListener("click", () => { lines = []; keep(); });
  part.hidden = false;
  draw();
}

function read(text) {
  try {
    return text ? JSON.parse(text) : [];
  } catch {
    return [];
  }
}

for (const part of document.querySelectorAll("[data-signature]")) pad(part);
