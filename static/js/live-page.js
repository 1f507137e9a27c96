// The page of a request or a version, brought up to date in place: it is asked for again, and what differs is exchanged. What somebody
// is at (a field with their words, the focus, a pressed button) is left alone; a bar then offers to load the page anew.
const page = document.body.dataset;
let held = false; // something could not be exchanged
const FIELD = "input:not([type=hidden]), textarea, select";

const typed = (field) => {
  if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected && option.defaultSelected);
  return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
};
const inUse = (node) =>
  node.nodeType === Node.ELEMENT_NODE &&
  (node.contains(document.activeElement) || node.matches(":active") || node.querySelector(":active") || [...node.querySelectorAll(FIELD)].some(typed));
const isKin = (old, fresh) =>
  old.nodeType === fresh.nodeType &&
  old.nodeName === fresh.nodeName &&
  ["id", "class", "aria-label", "aria-labelledby"].every((name) => old.getAttribute?.(name) === fresh.getAttribute?.(name));
const isWhole = (node) => node.nodeType !== Node.ELEMENT_NODE || node.matches("form, svg, pre"); // exchanged as one

function without(node) {
  if (inUse(node)) held = true;
  else node.remove();
}

function exchange(old, fresh) {
  if (inUse(old)) held = true;
  else old.replaceWith(fresh);
}

function update(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (isWhole(old)) {
    exchange(old, fresh);
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const rest = [...old.childNodes];
  for (const child of [...fresh.childNodes]) {
    const at = rest.findIndex((node) => isKin(node, child));
    if (at < 0) old.insertBefore(child, rest[0] ?? null);
    else {
      rest.splice(0, at).forEach(without);
      update(rest.shift(), child);
    }
  }
  rest.forEach(without);
}

// What differs between two readings of a page and says nothing: tokens of forms, details that somebody opened.
function likeHere(main, fresh) {
  const token = main.querySelector("[name=csrfmiddlewaretoken]")?.value;
  for (const field of fresh.querySelectorAll("[name=csrfmiddlewaretoken]")) field.setAttribute("value", token ?? field.value);
  const here = [...main.querySelectorAll("details")];
  for (const details of fresh.querySelectorAll("details")) {
    const words = details.querySelector("summary")?.textContent;
    const same = here.find((each) => each.querySelector("summary")?.textContent === words);
    if (same) details.toggleAttribute("open", same.open);
  }
}

async function renew() {
  const response = await fetch(location.href, { cache: "no-store" });
  const read = new DOMParser().parseFromString(await response.text(), "text/html");
  const [main, fresh] = [document.getElementById("main"), read.getElementById("main")];
  if (!response.ok || response.redirected || !fresh || !read.body.dataset.liveMark) return false;
  held = false;
  likeHere(main, fresh);
  update(main, fresh);
  document.title = read.title;
  page.liveMark = read.body.dataset.liveMark;
  window.htmx?.process(main);
  return !held;
}

const tell = (detail) => document.dispatchEvent(new CustomEvent("live:say", { detail }));
const what = (said) => (said?.length ? said.join(". ") : "what it depends on is different now");

document.addEventListener("live:news", async ({ detail: news }) => {
  if (!page.liveAbout || !news.mark || news.mark === page.liveMark) return;
  const [kind] = page.liveAbout.split(":");
  if (page.liveHold || document.querySelector("dialog[open] form")) {
    const act = () => (page.liveHold ? location.assign(page.liveHold) : location.reload());
    page.liveMark = news.mark;
    tell({ text: `This ${kind} changed: ${what(news.said)}. What you typed is still here.`, action: "Look at it", act });
    return;
  }
  const whole = await renew().catch(() => false);
  page.liveMark = news.mark;
  if (whole) {
    if (news.said?.length) tell({ text: `Updated just now: ${what(news.said)}.` });
  } else tell({ text: `This ${kind} changed: ${what(news.said)}.`, action: "Load it anew", act: () => location.reload() });
});
