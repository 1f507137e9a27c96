// Ticking rows of a list: how many are ticked, all on the page, none. Without JavaScript the boxes and the buttons under the list do.
const boxes = (form) => [...form.querySelectorAll("[data-pick]")];

function tell(form) {
  const all = boxes(form);
  const ticked = all.filter((box) => box.checked).length;
  const bar = form.querySelector("[data-selection-bar]");
  if (!bar) return;
  for (const everything of form.querySelectorAll("[data-pick-all]")) {
    everything.checked = ticked > 0 && ticked === all.length;
    everything.indeterminate = ticked > 0 && ticked < all.length;
  }
  const words = bar.querySelector("[data-picked]");
  words.dataset.none ??= words.textContent;
  const text = ticked ? `${ticked} of ${all.length} selected` : words.dataset.none;
  if (words.textContent !== text) words.textContent = text;
  bar.dataset.chosen = ticked;
}

const tellAll = () => document.querySelectorAll("[data-selection]").forEach(tell);

function tick(form, checked) {
  for (const box of boxes(form)) box.checked = checked;
  tell(form);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-selection]");
  if (!form) return;
  if (event.target.matches("[data-pick-all]")) tick(form, event.target.checked);
  else if (event.target.matches("[data-pick]")) tell(form);
});

document.addEventListener("click", (event) => {
  const none = event.target.closest?.("[data-pick-none]");
  if (!none) return;
  const form = none.closest("[data-selection]");
  tick(form, false);
  form.querySelector("[data-selection-bar] [data-pick-all]").focus(); // the button goes with what it cleared
});

document.addEventListener("htmx:afterSettle", tellAll);
addEventListener("pageshow", tellAll); // also when the browser brings the page back with its ticks
