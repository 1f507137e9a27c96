// What changed by itself is said politely, without moving the focus: what htmx put in place ([data-announce] in it), and what the
// questions of poll.js brought to light. The event live:say has text, and optionally a name and what a button does.
const bar = document.getElementById("live");
const SHOWN = 10_000; // milliseconds that mere words stay
let fading;

document.addEventListener("htmx:afterSettle", (event) => {
  const found = event.target.matches?.("[data-announce]") ? event.target : event.target.querySelector?.("[data-announce]");
  const region = document.getElementById("announce");
  const text = found?.textContent.replace(/\s+/g, " ").trim();
  if (text && region && region.textContent !== text) region.textContent = text;
});

// An open dialog makes all else unreachable, so what is said then stands in it, at its lower edge: nothing moves.
function place() {
  const dialog = document.querySelector("dialog[open]");
  if (!dialog) return bar;
  let inner = dialog.querySelector(":scope > .live");
  if (!inner) {
    inner = bar.cloneNode();
    inner.removeAttribute("id");
    dialog.append(inner);
    dialog.addEventListener("close", () => inner.remove(), { once: true });
  }
  return inner;
}

function button(words, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "btn small";
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function say({ text, action, act }) {
  const said = document.createElement("p");
  said.textContent = text;
  const put = (where) => {
    const dismiss = button("Dismiss", () => where.replaceChildren());
    dismiss.classList.add("quiet");
    where.replaceChildren(said, ...(act ? [button(action, act)] : []), dismiss);
  };
  clearTimeout(fading);
  put(place());
  if (!act) fading = setTimeout(() => { if (said.isConnected) said.parentElement.replaceChildren(); }, SHOWN);
}

document.addEventListener("live:say", (event) => say(event.detail));
document.addEventListener("live:end", () => {
  const act = () => location.assign(`/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`);
  say({ text: "You are signed out here, so this page stays as it is. What you typed is kept until you leave it.", action: "Sign in", act });
});
document.addEventListener("live:news", ({ detail: news }) => {
  for (const count of document.querySelectorAll("[data-live-count]")) {
    const text = news.counts[count.dataset.liveCount];
    const number = count.querySelector("[data-live-number]");
    if (text === undefined || number.textContent === text) continue;
    if (text) number.textContent = text; // what is hidden keeps its last number
    count.hidden = !text;
  }
});
