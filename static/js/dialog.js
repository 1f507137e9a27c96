// A link with data-dialog opens the [data-dialog-content] of its page in a dialog. Without JavaScript, or when the
// page has none (signed out, an error), the link is followed. The form in it posts as it would on its own page.
const modal = document.getElementById("modal");
const body = modal?.querySelector(".body");

async function show(link) {
  // Settled at once: a key pressed right after the dialog opened finds its controls wired up.
  await window.htmx.ajax("GET", link.href, { target: body, select: "[data-dialog-content]", swap: "innerHTML settle:0ms" });
  if (!body.querySelector("[data-dialog-content]")) return location.assign(link.href);
  for (const form of body.querySelectorAll("form:not([action])")) form.action = link.href; // it posts to its own page
  modal.querySelector("h2").textContent = link.dataset.dialog || link.textContent.trim();
  modal.showModal();
  const first = (selector) => [...body.querySelectorAll(selector)].find((element) => element.checkVisibility() && !element.disabled);
  const control = first("[autofocus], input:checked") ?? first("form :is(input:not([type=hidden]), textarea, select)") ?? first("a[href], button");
  control?.focus({ preventScroll: true });
  modal.scrollTop = 0; // what is decided stands above: it stays in sight, also where [autofocus] scrolled to a field far below
}

document.addEventListener("click", (event) => {
  const close = event.target.closest?.("[data-close]");
  const shown = close?.closest("dialog[open]");
  if (shown) {
    event.preventDefault();
    shown.close();
    return;
  }
  const opener = event.target.closest?.("[data-open-dialog]");
  if (opener) document.getElementById(opener.dataset.openDialog).showModal();
  const link = event.target.closest?.("a[data-dialog]");
  if (!link || !modal || !window.htmx || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  body.replaceChildren();
  link.closest("details")?.removeAttribute("open");
  show(link).catch(() => location.assign(link.href));
});

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); }); // the veil
}
modal?.addEventListener("close", () => body.replaceChildren());
