// A tap on the drawn face ticks the box of that area, and the face shows which boxes are ticked.
function follow(face) {
  const boxes = [...face.closest("form").querySelectorAll(`input[name="${face.dataset.faceList}"]`)];
  const outlines = [...face.querySelectorAll("[data-area]")], says = face.querySelector("[data-says]");
  const held = (value) => boxes.find((box) => box.value === value);
  const ways = ({ dataset: { area, side } }) => [held(`${side}_${area}`), held(area)].filter(Boolean);

  const show = () => outlines.forEach((one) => one.toggleAttribute("data-on", ways(one).some((box) => box.checked)));

  face.addEventListener("click", ({ target }) => {
    const outline = target.closest("[data-area]"), [box] = outline ? ways(outline) : [];
    if (!box) return;
    const ticked = ways(outline).find((one) => one.checked);
    (ticked ?? box).checked = !ticked;
    (ticked ?? box).dispatchEvent(new Event("change", { bubbles: true }));
    says.textContent = `${outline.querySelector("title").textContent}. ${ticked ? "Not chosen" : "Chosen"}`;
  });
  face.closest("form").addEventListener("change", show);
  face.hidden = false;
  show();
}

for (const face of document.querySelectorAll("[data-face-list]")) follow(face);
