// <details class="menu"> closes on Escape, on a click elsewhere and when focus leaves it. Toasts can be put away. On a narrow screen
// a row of tabs begins where the open one can be seen.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

const open = () => document.querySelectorAll("details:is(.menu, .user-menu)[open]");

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
  event.target.closest?.("[data-dismiss]")?.closest(".toast")?.remove();
});
document.addEventListener("focusin", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
