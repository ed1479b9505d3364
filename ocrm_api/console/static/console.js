// Keys and small comforts. Every page works without this file.
"use strict";

const find = (selector) => document.querySelector(selector);
const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select") !== null;

// What a key does: elements name theirs in data-key; a form's button is pressed, a link followed, a field entered.
function act(key) {
  const element = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (!element || element.disabled) return false;
  if (element.matches("input, textarea, select")) { element.focus(); element.select?.(); } else element.click();
  return true;
}

// Lists that arrows go through: rows marked data-row, each with one link.
function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (rows.length === 0) return false;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(rows.length - 1, Math.max(0, now + by))];
  rows.forEach((row) => row.classList.toggle("chosen", row === next));
  next.querySelector("a").focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
  const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (arrow && (!typing(event.target) || event.target.matches("#seek"))) {
    if (step(arrow)) event.preventDefault();
    return;
  }
  if (typing(event.target)) return;
  if (event.key === "?") { find("#keys")?.showModal(); event.preventDefault(); return; }
  if (event.key.length === 1 && act(event.key)) event.preventDefault();
});

// One menu open at a time; a click elsewhere closes it.
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  if (event.target.closest("[data-print]")) window.print();
});

// A button pressed twice must not send twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 4000);
});

// What is open shall be on paper, too.
window.addEventListener("beforeprint", () => {
  document.querySelectorAll("details[data-on-paper]").forEach((one) => { one.open = true; });
});

// Pages that show how things are come again by themselves, unless somebody is at work on them.
const again = find("[data-again]");
if (again) {
  setInterval(() => {
    if (document.hidden || document.querySelector("details[open], dialog[open]") || typing(document.activeElement)) return;
    location.reload();
  }, Number(again.dataset.again) * 1000);
}
