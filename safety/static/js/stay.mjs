// The stay after filler counts down where it is shown, by the server's clock: the page brings the server's time and
// the moment the stay is over. A reload brings both anew; the server alone decides who may leave.
const began = performance.now();
const began_at = Date.now();

function elapsed() {
  return Math.max(performance.now() - began, Date.now() - began_at); // a tablet that slept counts the sleep too
}

function left_in_words(ms) {
  const minutes = Math.floor(ms / 6e4);
  const seconds = Math.floor(ms / 1e3) % 60;
  return `${minutes}:${String(seconds).padStart(2, "0")} left`;
}

function draw(one) {
  const left = Number(one.dataset.stay) - Number(one.dataset.clock) - elapsed();
  const counter = one.querySelector("[data-left]");
  if (left > 0) {
    if (counter) counter.textContent = left_in_words(left);
    return;
  }
  const word = one.querySelector("[data-word]");
  word.textContent = one.dataset.over;
  word.closest(".tag, .stay")?.classList.replace("teal", "due");
  counter?.remove();
  delete one.dataset.stay;
}

function every() {
  for (const one of document.querySelectorAll("[data-stay]")) draw(one);
}

every();
setInterval(every, 1e3);
