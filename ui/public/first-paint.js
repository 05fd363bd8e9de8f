// Runs before anything is painted, so that a dark window never flashes white. `state/look.ts` keeps what it reads.
(function () {
  var look = {};
  try {
    look = JSON.parse(localStorage.getItem("drawbridge.look") || "{}");
  } catch {
    // A look that cannot be read is the system's.
  }
  var dark = look.theme === "dark" || (look.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  if (look.percent) document.documentElement.style.fontSize = look.percent + "%";
})();
