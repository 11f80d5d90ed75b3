// A filter by text, and unfolding: the page says all it has to say without this.
"use strict";

const checks = Array.from(document.querySelectorAll(".check"));
const boxes = Array.from(document.querySelectorAll(".chip input"));
const search = document.querySelector("#search");
const shown = document.querySelector(".shown");
const nothing = document.querySelector(".nothing");
const fold = document.querySelector("#fold");
const texts = new Map();

function textOf(check) {
  let text = texts.get(check);
  if (text === undefined) {
    text = check.textContent.toLowerCase();
    texts.set(check, text);
  }
  return text;
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const outcomes = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  let count = 0;
  for (const check of checks) {
    const found = words.every((word) => textOf(check).includes(word));
    check.hidden = !found;
    count += found && outcomes.has(check.dataset.outcome) ? 1 : 0;
  }
  const all = count === checks.length;
  shown.textContent = all ? "" : `${count.toLocaleString("en")} of ${checks.length.toLocaleString("en")} shown`;
  nothing.hidden = count > 0;
}

function inSight() {
  return checks.filter((check) => !check.hidden && check.checkVisibility());
}

function reveal() {
  const target = checks.find((check) => `#${check.id}` === location.hash);
  if (target !== undefined) {
    target.open = true;
    target.scrollIntoView();
    target.querySelector("summary").focus({ preventScroll: true });
  }
}

let waiting = 0;
search.addEventListener("input", () => {
  cancelAnimationFrame(waiting);
  waiting = requestAnimationFrame(filter);
});
for (const box of boxes) {
  box.addEventListener("change", filter);
}

fold.addEventListener("click", () => {
  const open = fold.value === "unfold";
  for (const check of inSight()) {
    check.open = open;
  }
  fold.value = open ? "fold" : "unfold";
  fold.textContent = open ? "Fold all" : "Unfold all";
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && document.activeElement === search) {
    search.value = "";
    filter();
  }
});

let unfolded = [];
window.addEventListener("beforeprint", () => {
  unfolded = inSight().filter((check) => !check.open);
  for (const check of unfolded) {
    check.open = true;
  }
});
window.addEventListener("afterprint", () => {
  for (const check of unfolded) {
    check.open = false;
  }
});

for (const part of [search, fold]) {
  part.hidden = false;
}
window.addEventListener("hashchange", reveal);
filter();
reveal();
