// Theme and shortcuts, chosen in the person's menu and kept in this browser.
const root = document.documentElement;
const keep = (name, value) => { try { localStorage.setItem(name, value); } catch { /* kept until the page is left */ } };
const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };

for (const radio of document.querySelectorAll("input[name=theme]")) {
  radio.checked = radio.value === (root.dataset.theme ?? "system");
  radio.addEventListener("change", () => {
    keep("theme", radio.value);
    if (radio.value === "system") delete root.dataset.theme;
    else root.dataset.theme = radio.value;
  });
}

root.dataset.shortcuts = kept("shortcuts") ?? "on";
for (const box of document.querySelectorAll("input[name=shortcuts]")) {
  box.checked = root.dataset.shortcuts === "on";
  box.addEventListener("change", () => {
    root.dataset.shortcuts = box.checked ? "on" : "off";
    keep("shortcuts", root.dataset.shortcuts);
    for (const other of document.querySelectorAll("input[name=shortcuts]")) other.checked = box.checked;
  });
}
