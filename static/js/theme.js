// Runs before the page is painted: the theme that was chosen here, and that JavaScript is on.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try { theme = localStorage.getItem("theme"); } catch { /* storage is off: the system decides */ }
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
})();
