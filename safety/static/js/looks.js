// Puts the saved look (night or light, left hand) on the page before anything is painted.
// Not a module, because modules wait for the whole page and the wrong theme would flash.
(function () {
  var root = document.documentElement;
  root.classList.add("scripted");
  try {
    var theme = localStorage.getItem("reflow.theme");
    if (theme === "night" || theme === "light") root.dataset.theme = theme;
    if (localStorage.getItem("reflow.hand") === "left") root.dataset.hand = "left";
  } catch (refused) {
    // storage can be switched off; the page then follows the system setting
  }
})();
