// A list of requests ([data-live-rows]) that is looked at: rows stay where they are. Those that were decided meanwhile are marked, and
// new ones wait behind a button until somebody wants to see them.
let list; // the one that `known` is about: filters put another in its place
let known; // numbers on other pages of the list, from the beginning
let told = "";

const listed = () => document.querySelector("[data-live-rows]");
const numbers = (of, selector = "") => [...of.querySelectorAll(`[data-request]${selector}`)].map((row) => row.dataset.request).join(",");
const tell = (detail) => document.dispatchEvent(new CustomEvent("live:say", { detail }));

function settle(row, { html }) {
  row.style.height = `${row.getBoundingClientRect().height}px`; // what stands below stays there
  row.removeAttribute("data-waits");
  row.classList.add("settled");
  const cell = row.querySelector("td:last-child .actions");
  const pick = row.querySelector("[data-pick]");
  if (pick?.checked) pick.click();
  if (cell.contains(document.activeElement)) cell.insertAdjacentHTML("afterbegin", html);
  else cell.innerHTML = html;
  if (pick && pick !== document.activeElement) pick.disabled = true;
}

// The list as it is now; what was ticked stays so. Whoever asked for it goes on at the first row that is new.
async function show() {
  const response = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-live-rows]");
  if (!response.ok || !fresh) return location.reload();
  const here = listed();
  const before = new Set(numbers(here).split(","));
  const ticked = new Set([...here.querySelectorAll("[data-pick]:checked")].map((box) => box.value));
  here.replaceWith(fresh);
  for (const box of fresh.querySelectorAll("[data-pick]")) box.checked = ticked.has(box.value);
  window.htmx?.process(fresh);
  fresh.dispatchEvent(new CustomEvent("htmx:afterSettle", { bubbles: true })); // counts what is ticked
  document.getElementById("live").replaceChildren();
  const first = [...fresh.querySelectorAll("[data-request]")].find((row) => !before.has(row.dataset.request));
  (first ?? fresh).querySelector("[data-open]")?.focus();
  return undefined;
}

document.addEventListener("live:ask", ({ detail: query }) => {
  const here = listed();
  if (!here) return;
  query.set("rows", here.dataset.liveRows);
  query.set("shown", numbers(here));
  query.set("waits", numbers(here, "[data-waits]"));
});

document.addEventListener("live:news", ({ detail: news }) => {
  const here = listed();
  if (!here || !news.others) return;
  if (here !== list) [list, known, told] = [here, new Set("livePaged" in here.dataset ? news.others : []), ""];
  const said = [];
  for (const [number, became] of Object.entries(news.settled)) {
    const row = here.querySelector(`[data-request="${number}"][data-waits]`);
    if (!row) continue;
    settle(row, became);
    said.push(became.said);
  }
  const fresh = news.others.filter((number) => !known.has(number));
  const words = fresh.length ? `${fresh.length < 100 ? fresh.length : "99+"} new request${fresh.length > 1 ? "s" : ""}` : "";
  if (words && (words !== told || said.length)) {
    tell({ text: [...said, words].join(". "), action: fresh.length > 1 ? "Show them" : "Show it", act: () => show().catch(() => location.reload()) });
  } else if (said.length) tell({ text: `${said.join(". ")}.` });
  told = words;
});
