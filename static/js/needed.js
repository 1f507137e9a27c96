// A preview that says so with [data-needs-comment] makes the comment of its form needed, and one that does not leaves it optional.
document.addEventListener("htmx:afterSettle", (event) => {
  const form = event.target.id === "move-preview" && event.target.closest("form");
  if (form) form.elements.comment.required = Boolean(event.target.querySelector("[data-needs-comment]"));
});
