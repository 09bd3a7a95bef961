// Looks at the run screen as it is drawn and says what a person could not see, read or hit. Evaluated in the page by
// test_run_layout.py. `least` is the smallest side of a target, in CSS pixels.
(least) => {
  const faults = [];
  const root = document.querySelector("#run-root");
  const frame = root.querySelector(".r-frame");
  const panel = root.querySelector(".r-panel");
  const shown = (node) => {
    const box = node.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(node).visibility !== "hidden" && !node.closest("[inert]");
  };
  const name = (node) => `${node.dataset.key || node.className} "${node.textContent.slice(0, 30)}"`;
  const inside = (box) => box.top >= -0.5 && box.left >= -0.5 && box.bottom <= innerHeight + 0.5 && box.right <= innerWidth + 0.5;

  if (document.documentElement.scrollWidth > innerWidth) faults.push("the page is wider than the screen");
  if (frame.scrollWidth > frame.clientWidth + 1) faults.push(`the run is ${frame.scrollWidth} px wide`);
  if (!panel && frame.scrollHeight > frame.clientHeight + 1) faults.push(`the run is ${frame.scrollHeight} px high`);

  for (const node of root.querySelectorAll("button, a")) {
    if (!shown(node)) continue;
    const box = node.getBoundingClientRect();
    if (box.height < least - 0.1 || box.width < least - 0.1) faults.push(`${Math.round(box.width)} x ${Math.round(box.height)}: ${name(node)}`);
    if (node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1) faults.push(`words spill: ${name(node)}`);
    if (node.closest(".r-content")) continue; // a panel scrolls
    if (!inside(box)) faults.push(`off screen: ${name(node)}`);
    const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    if (hit && !node.contains(hit) && !hit.contains(node)) faults.push(`covered: ${name(node)}`);
  }

  for (const what of [".r-band", ".r-times", ".r-elapsed", ".r-card", ".r-mode", ".r-step", ".r-answers", ".r-pad", ".r-log", ".r-rail", ".r-notice"]) {
    for (const node of root.querySelectorAll(what)) {
      if (!shown(node)) continue;
      if (node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1) faults.push(`${what} is cut`);
      if (!node.closest(".r-content") && !inside(node.getBoundingClientRect())) faults.push(`${what} is not wholly on screen`);
    }
  }

  const words = document.createTreeWalker(frame, NodeFilter.SHOW_TEXT);
  for (let text = words.nextNode(); text; text = words.nextNode()) {
    const holder = text.parentElement;
    if (!text.data.trim() || holder.closest(".sr-only, [hidden]") || !shown(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const line of range.getClientRects()) {
      if (!holder.closest(".r-content") && (line.right > innerWidth + 1 || line.bottom > innerHeight + 1)) faults.push(`off screen: "${text.data.slice(0, 40)}"`);
      for (let around = holder; around && around !== frame && !around.matches(".r-content"); around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible") continue;
        const box = around.getBoundingClientRect();
        if (line.left < box.left - 1 || line.right > box.right + 1 || line.top < box.top - 3 || line.bottom > box.bottom + 3) faults.push(`cut: "${text.data.slice(0, 40)}"`);
      }
    }
  }
  return [...new Set(faults)];
}
