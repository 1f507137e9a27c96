// Where a form shows in #move-preview what a choice would mean, pressing its button waits for that. What is as one would think is then
// sent; what must be seen first (stages skipped, a move back, a comment needed, a refusal) is shown, and the button is pressed again.
const underWay = (form) => form.querySelector("[hx-target='#move-preview'].htmx-request");

function waitFor(form) {
  form.dataset.pressed = "";
  for (const button of form.querySelectorAll("[type=submit]")) button.classList.add("htmx-request"); // it says that it heard
}

document.addEventListener("submit", (event) => {
  if (!underWay(event.target)) return;
  event.preventDefault();
  waitFor(event.target);
});

document.addEventListener("htmx:afterSettle", (event) => {
  const preview = event.target;
  const form = preview.id === "move-preview" && preview.closest("form");
  if (!form) return;
  // A preview that says so makes the comment needed, and one that does not leaves it optional.
  form.elements.comment.required = Boolean(preview.querySelector("[data-needs-comment]"));
  if (!("pressed" in form.dataset)) return;
  if (underWay(form)) waitFor(form); // another choice was made meanwhile; the buttons are new ones
  else if (preview.querySelector(".notice.warn, [data-needs-comment], [data-obstacle]")) delete form.dataset.pressed;
  else carryOn(form);
});

// Without its preview the server shows what is asked before it takes it.
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    const form = event.target.closest?.("form");
    if (form && "pressed" in form.dataset) carryOn(form);
  });
}

function carryOn(form) {
  delete form.dataset.pressed;
  setTimeout(() => form.requestSubmit()); // once what was under way counts as done
}
