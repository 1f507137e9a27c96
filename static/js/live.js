// What htmx put in place is announced, politely, without moving the focus: the text of [data-announce] in it.
document.addEventListener("htmx:afterSettle", (event) => {
  const found = event.target.matches?.("[data-announce]") ? event.target : event.target.querySelector?.("[data-announce]");
  const region = document.getElementById("announce");
  const text = found?.textContent.replace(/\s+/g, " ").trim();
  if (text && region && region.textContent !== text) region.textContent = text;
});
