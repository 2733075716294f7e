// Before the first paint, so that nothing flashes: the colour scheme that was chosen, or the system's.
(function () {
  var chosen = "auto";
  try {
    chosen = localStorage.getItem("flagsvc-scheme") || "auto";
  } catch (error) {
    chosen = "auto"; // a browser that keeps nothing
  }
  var dark = chosen === "dark" || (chosen !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
