// Keys: ? help, / search, g h|m|i|a|s go, j k move between rows, x select a row, Enter open it, a r on what
// is selected (data-picked-key), and any element's own data-key.
// They can be switched off (html[data-shortcuts=off]) and never act while somebody types.
const places = { h: "/", m: "/models", i: "/approvals", a: "/activity", s: "/insights" };
let gone = 0; // when g was pressed

const visible = (element) => element.checkVisibility();
const rowOf = (element) => element?.closest?.("[data-row]") ?? null;
const linkOf = (row) => row.querySelector("[data-open]") ?? row.querySelector("a");

function move(step) {
  const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
  const at = rows.indexOf(rowOf(document.activeElement));
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)];
  if (next) linkOf(next)?.focus();
}

function press(key) {
  const selected = document.querySelector(`[data-selection]:has([data-pick]:checked) [data-picked-key="${CSS.escape(key)}"]`);
  if (selected) {
    selected.click();
    return;
  }
  const row = rowOf(document.activeElement);
  const keyed = [...(row ?? document).querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  keyed.find((element) => visible(element) && rowOf(element) === row)?.click(); // a row's keys act only from within it
}

const actions = {
  "?": () => document.getElementById("shortcuts")?.showModal(),
  "/": () => [...document.querySelectorAll("[data-search]")].find(visible)?.focus(),
  g: () => { gone = Date.now(); },
  j: () => move(1),
  k: () => move(-1),
  x: () => rowOf(document.activeElement)?.querySelector("input[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (document.documentElement.dataset.shortcuts === "off" || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (Date.now() - gone < 1200 && places[event.key]) {
    gone = 0;
    location.assign(places[event.key]);
    return;
  }
  if (event.key === "Enter" && event.target.matches?.("[data-row] [data-pick]")) { // a box would send its form
    event.preventDefault();
    linkOf(rowOf(event.target))?.click();
    return;
  }
  const action = actions[event.key];
  if (action) {
    event.preventDefault();
    action();
  } else if (/^[a-z]$/.test(event.key)) press(event.key);
});
