// The photo panel: take one with this tablet, or say that one was taken with the clinic's camera.
import { SECOND } from "./clock.mjs";
import { h, icon, say } from "./dom.mjs";
import { encoded, Unreadable } from "./photos.mjs";
import { chip, group } from "./pieces.mjs";

const DISK_FIRST = SECOND;

export function photoPanel(app) {
  const camera = cameraOf(app);
  return {
    title: "Photo", sign: () => [app.run.state.facts.length, camera.said, [...app.run.photos.rows.values()].map((row) => row.state)],
    draw: () => [
      camera.input, camera.line(),
      group("Take with this tablet", views(app, (view) => chip(`shoot-${view.id}`, view.label, () => camera.open(view), { name: "cam", small: count(app, view) }))),
      group("Taken with the clinic's camera", views(app, (view) => chip(`photo-${view.id}`, view.label, () => app.tap("photo", "photo_taken", dataOf(view)))), "Only that it was taken is recorded here."),
      taken(app),
    ],
  };
}

function views(app, draw) { return [...app.run.protocol.photos, { id: "any", label: "Another view" }].map(draw); }

const dataOf = (view) => (view.id === "any" ? {} : { view: view.id });

const photosOf = (app) => app.run.state.facts.filter((fact) => fact.type === "photo_taken" && !fact.struck);

function count(app, view) {
  const found = photosOf(app).filter((fact) => (fact.data.view ?? "any") === view.id).length;
  return found ? `${found} taken` : null;
}

/** The device's own camera, behind a file field: it works in every browser, and the page may be gone meanwhile. */
function cameraOf(app) {
  const input = h("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, "aria-label": "Photo from the camera", data: { key: "camera" } });
  const camera = { input, said: null, view: null };
  const tell = (said) => {
    camera.said = said;
    if (said) say(app.live, said.text);
    app.draw();
  };
  camera.line = () => camera.said && h("p", { class: camera.said.bad ? "r-error" : "r-read", role: camera.said.bad ? "alert" : null, text: camera.said.text });
  camera.open = async (view) => {
    camera.view = view;
    tell(null);
    if (app.run.saved().unsaved) await atMost(app.run.writing, DISK_FIRST); // the camera may cost us this page
    input.value = "";
    input.click();
  };
  input.addEventListener("change", () => input.files[0] && take(app, camera.view ?? { id: "any", label: "Another view" }, input.files[0], tell));
  return camera;
}

const atMost = (promise, ms) => Promise.race([promise, new Promise((resolve) => { setTimeout(resolve, ms); })]);

async function take(app, view, file, tell) {
  tell({ text: "Saving the photo…" });
  try {
    const bytes = await encoded(file);
    await app.run.takePhoto(dataOf(view), bytes);
    tell({ text: `${view.label}: photo recorded.` });
  } catch (fault) {
    const why = fault instanceof Unreadable ? "This file cannot be read as a photo." : "This tablet cannot save the photo: its storage is full or closed.";
    tell({ bad: true, text: `${why} Nothing was recorded. Take it with the clinic's camera, then tap below.` });
  }
}

const STATES = { waiting: ["half", "On this tablet, not sent yet"], sent: ["ck", "On the server"] };

/** Every photo of the run with where its picture is. */
function taken(app) {
  const facts = photosOf(app);
  if (!facts.length) return null;
  const label = (fact) => app.run.protocol.photos.find((row) => row.id === fact.data.view)?.label ?? "Photo";
  return h("section", { class: "r-group" }, h("h3", { text: "Taken so far" }), h("ul", { class: "r-photos" }, facts.map((fact) => {
    const [name, words] = where(app, fact);
    return h("li", {}, icon(name), h("span", {}, `${app.at(fact.at_ms)} ${label(fact)}`, h("small", { text: words })));
  })));
}

function where(app, fact) {
  if (!fact.data.photo) return ["cam", "In the clinic's camera"];
  const row = app.run.photos.rows.get(fact.data.photo);
  if (!row) return ["cam", "Taken on another tablet"];
  return STATES[row.state] ?? ["x", "The server did not accept it. It stays on this tablet."];
}
