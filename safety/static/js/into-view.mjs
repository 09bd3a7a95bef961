// What opens under a chosen row is scrolled clear of the bar at the bottom, on small screens above all.
for (const group of document.querySelectorAll(".choices")) {
  group.addEventListener("change", (event) => {
    const opened = event.target.closest(".option")?.querySelector("[data-reveal]");
    opened?.scrollIntoView({ block: "nearest" });
  });
}
