// Asks every few seconds what is new (body[data-live]: the seconds) and hands the answer to the page as the event live:news.
// Hidden pages do not ask; after an error the pauses grow; it ends when nobody is signed in any more. The page works without it.
const page = document.body.dataset;
const usual = Number(page.live ?? 0) * 1000;
const LONGEST = 60_000;
const GIVE_UP = 10_000;
let pause = usual;
let timer;
let tag = "";
let asked = "";
let asking = false;
let ended = !usual;

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function address() {
  const query = new URLSearchParams(location.search);
  query.set("who", page.liveWho);
  if (page.liveAbout) query.set("about", page.liveAbout);
  if (page.liveAbout) query.set("mark", page.liveMark);
  tell("live:ask", query);
  return `/live?${query}`;
}

async function ask() {
  const url = address();
  const headers = url === asked && tag ? { "If-None-Match": tag } : {};
  const response = await fetch(url, { headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(GIVE_UP) });
  if (response.status === 304) return;
  if (response.status === 403) {
    ended = true;
    tell("live:end");
    return;
  }
  if (!response.ok) throw new Error(`answer ${response.status}`);
  [asked, tag] = [url, response.headers.get("ETag") ?? ""];
  tell("live:news", await response.json());
}

async function turn() {
  clearTimeout(timer);
  if (asking || ended || document.hidden) return;
  asking = true;
  try {
    await ask();
    pause = usual;
  } catch {
    pause = Math.min(pause * 2, Math.max(LONGEST, usual));
  }
  asking = false;
  clearTimeout(timer);
  if (!ended && !document.hidden) timer = setTimeout(turn, pause * (0.9 + Math.random() * 0.2));
}

if (!ended) {
  document.addEventListener("visibilitychange", () => {
    pause = usual;
    turn();
  });
  document.addEventListener("live:now", turn);
  timer = setTimeout(turn, pause);
}
