// The page: the list with its filters, the keys, and what holds list, charts and details together.
"use strict";

const ROW_HEIGHT = 26;
const SLICE_MS = 40; // so long a search runs before the page may answer again
const one = (selector) => document.querySelector(selector);
const counts = { types: new Map(), ways: [0, 0] };
const HIDDEN_FIRST = new Set(["FRAME"]);

const wished = { ways: new Set(), types: new Set(), connection: null, least: 0, most: Infinity, from: null, to: null, time: "elapsed" };

let list;
let charts;
let details;
let shown = []; // rows in the list; ~row stands for what is left out before that row
let selected = null; // a place in the list
let running = 0;

function count() {
  for (const type of facts.types) {
    counts.types.set(type, 0);
  }
  for (let row = 0; row < log.length; row += 1) {
    const type = typeOf(row);
    counts.types.set(type, counts.types.get(type) + 1);
    if (!WITHOUT_WAY.has(type) && !HIDDEN_FIRST.has(type)) {
      counts.ways[log.kind[row] & 1] += 1;
    }
  }
}

function chip(words, number, style, wish, value, on) {
  const box = make("input", { type: "checkbox", class: "unseen", autocomplete: "off" });
  box.checked = on;
  if (on) {
    wish.add(value);
  }
  box.addEventListener("change", () => {
    wish[box.checked ? "add" : "delete"](value);
    filter();
  });
  const label = make("label", { class: `chip ${style}` }, box, make("span", {}, words, " ", make("small", {}, whole(number))));
  label.wish = { box, wish, value, on };
  return label;
}

function chips() {
  one("#ways").append(
    chip("↓ received", counts.ways[0], "t-received", wished.ways, 0, true),
    chip("↑ sent", counts.ways[1], "t-sent", wished.ways, 1, true),
  );
  for (const [type, number] of counts.types) {
    if (number > 0) {
      one("#types").append(chip(type, number, type === "CLOSED" && allEndWell() ? "t-end" : `t-${type}`, wished.types, type, !HIDDEN_FIRST.has(type)));
    }
  }
  if (facts.connections.length > 1) {
    const choice = one("#connection");
    choice.hidden = false;
    choice.append(make("option", { value: "" }, "all connections"));
    for (const [place, connection] of facts.connections.entries()) {
      choice.append(make("option", { value: String(place) }, `${connection.number}: ${onOneLine(clip(connection.url, 60))}`));
    }
    choice.addEventListener("change", () => {
      wished.connection = choice.value === "" ? null : Number(choice.value);
      for (const card of document.querySelectorAll(".connection")) {
        card.hidden = choice.value !== "" && card.dataset.connection !== choice.value;
      }
      filter();
    });
  }
}

function sizeOf(text) {
  const match = /^\s*([\d.]+)\s*([kKmM]?)i?[bB]?\s*$/.exec(text);
  return match === null ? null : Number(match[1]) * { "": 1, k: 1e3, m: 1e6 }[match[2].toLowerCase()];
}

// What a payload must hold: a predicate, or a regular expression; null where nothing is searched for, and a sentence
// where the expression is none.
function searched() {
  const text = one("#search").value;
  if (text === "") {
    return null;
  }
  if (one("#regex").checked) {
    try {
      return new RegExp(text, /[A-Z]/.test(text.replace(/\\./g, "")) ? "" : "i");
    } catch {
      return "not a regular expression";
    }
  }
  // Upper case is meant as such.
  if (text !== text.toLowerCase()) {
    return (row) => textOf(row).includes(text);
  }
  return (row) => textOf(row).toLowerCase().includes(text);
}

function matcher() {
  const number = new Map(facts.types.map((type, place) => [type, place]));
  const kinds = new Uint8Array(2 * facts.types.length);
  for (const type of wished.types) {
    for (const way of [0, 1]) {
      kinds[2 * number.get(type) + way] = WITHOUT_WAY.has(type) || wished.ways.has(way) ? 1 : 0;
    }
  }
  const { connection, least, most, from, to } = wished;
  return (row) =>
    kinds[log.kind[row]] === 1 &&
    (connection === null || log.connection[row] === connection) &&
    log.size[row] >= least &&
    log.size[row] <= most &&
    (from === null || (log.at[row] >= from && log.at[row] <= to));
}

const isNarrowed = () =>
  one("#search").value !== "" ||
  wished.least > 0 ||
  wished.most < Infinity ||
  wished.connection !== null ||
  [...document.querySelectorAll(".tools .chip")].some((label) => label.wish && label.wish.box.checked !== label.wish.on);

// Make the list anew, in slices, so that the page goes on answering.
async function filter() {
  running += 1;
  const mine = running;
  const search = searched();
  one("#search").setAttribute("aria-invalid", String(typeof search === "string"));
  one("#clear").hidden = !isNarrowed();
  one("#list").setAttribute("aria-busy", "true");
  if (typeof search === "string") {
    one("#list").setAttribute("aria-busy", "false");
    tell(search);
    return;
  }
  stopIfBusy();
  const matches = matcher();
  const share = (part) => tell(`searching … ${Math.round(part * 100)} %`);
  let rows = [];
  let begun = performance.now();
  for (let row = 0; row < log.length; row += 1) {
    if (matches(row) && (typeof search !== "function" || search(row))) {
      rows.push(row);
    }
    if (typeof search === "function" && performance.now() - begun > SLICE_MS) {
      share(row / log.length);
      await new Promise((done) => setTimeout(done));
      if (mine !== running) {
        return;
      }
      begun = performance.now();
    }
  }
  if (search instanceof RegExp) {
    try {
      rows = await rowsWith(search, rows, share);
    } catch (reason) {
      if (mine === running) {
        one("#search").setAttribute("aria-invalid", "true");
        one("#list").setAttribute("aria-busy", "false");
        tell(reason === "slow" ? "the expression takes too long: stopped" : "this browser cannot search by expressions here");
      }
      return;
    }
    if (mine !== running) {
      return;
    }
  }
  const found = [];
  for (const row of rows) {
    if (row > 0 && log.number[row] - log.number[row - 1] > 1) {
      found.push(~row);
    }
    found.push(row);
  }
  const before = selected === null ? null : shown[selected];
  const top = list.box.scrollTop;
  shown = found;
  selected = null;
  list.renew(shown.length);
  one("#list").classList.toggle("empty", shown.length === 0);
  const place = before === null ? -1 : shown.indexOf(before);
  if (place >= 0) {
    select(place);
  } else {
    list.box.scrollTop = Math.min(top, shown.length * ROW_HEIGHT);
    select(null);
  }
  one("#list").setAttribute("aria-busy", "false");
  tell(rows.length === log.length ? eventsWords(rows.length) : `${whole(rows.length)} of ${eventsWords(log.length)}`);
}

const eventsWords = (number) => `${whole(number)} event${number === 1 ? "" : "s"}`;

function tell(words) {
  one("#count").textContent = words;
}

function drawRow(place) {
  const row = shown[place];
  const attributes = { role: "option", id: `r${place}`, "aria-setsize": shown.length, "aria-posinset": place + 1 };
  const isSelected = place === selected;
  if (row < 0) {
    const missing = log.number[~row] - log.number[~row - 1] - 1;
    const words = `… ${whole(missing)} event${missing === 1 ? "" : "s"} left out of this page …`;
    return make("div", { ...attributes, class: "row left-out", "aria-selected": String(isSelected) }, words);
  }
  const type = typeOf(row);
  const content = log.content[row];
  const line = lineOf(row);
  const looksLikeJson = typeof content === "string" && type === "TEXT" && /^\s*[[{]/.test(line);
  const before = place > 0 && shown[place - 1] >= 0 ? shown[place - 1] : null;
  const hasSize = !WITHOUT_WAY.has(type) && type !== "ERROR";
  return make(
    "div",
    { ...attributes, class: `row t-${styleOf(row)} ${isSent(row) ? "out" : "in"}${isSelected ? " selected" : ""}`, "aria-selected": String(isSelected) },
    make("span", { class: "time" }, timeWords(row, wished.time, before)),
    ...(facts.connections.length > 1 ? [make("span", { class: "which" }, `#${log.connection[row] + 1}`)] : []),
    make("span", { class: "arrow", "aria-hidden": "true" }, arrowOf(row)),
    make("span", { class: "unseen" }, wayOf(row)),
    make("span", { class: "type" }, type),
    make("span", { class: "bytes" }, hasSize ? sizeWords(log.size[row]) : ""),
    make("span", { class: "line" }, ...(looksLikeJson ? coloured(line) : [line])),
  );
}

function select(place) {
  const old = selected === null ? null : list.rows.get(selected);
  if (old) {
    old.classList.remove("selected");
    old.setAttribute("aria-selected", "false");
  }
  selected = place;
  const box = one("#list");
  if (place === null) {
    box.removeAttribute("aria-activedescendant");
    charts.mark(null);
    details.show(null);
    return;
  }
  list.reach(place);
  const now = list.rows.get(place);
  now.classList.add("selected");
  now.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", `r${place}`);
  const row = shown[place];
  charts.mark(row >= 0 ? log.at[row] : null);
  details.show(row >= 0 ? row : null);
}

// Select an event by its row, and show all again where the filters hide it.
async function goTo(row) {
  if (!shown.includes(row)) {
    clear();
    if (wished.from !== null && (log.at[row] < wished.from || log.at[row] > wished.to)) {
      charts.zoom(0, charts.end);
    }
    if (!wished.types.has(typeOf(row))) {
      for (const label of document.querySelectorAll("#types .chip")) {
        if (label.wish.value === typeOf(row)) {
          label.wish.box.click();
        }
      }
    }
    await filter();
  }
  select(shown.indexOf(row));
}

function clear() {
  for (const label of document.querySelectorAll(".tools .chip")) {
    if (label.wish) {
      label.wish.box.checked = label.wish.on;
      label.wish.wish[label.wish.on ? "add" : "delete"](label.wish.value);
    }
  }
  for (const field of ["#search", "#least", "#most", "#connection"]) {
    one(field).value = "";
  }
  Object.assign(wished, { least: 0, most: Infinity, connection: null });
  for (const card of document.querySelectorAll(".connection")) {
    card.hidden = false;
  }
  filter();
}

function step(by) {
  if (shown.length > 0) {
    select(Math.max(0, Math.min(shown.length - 1, selected === null ? (by < 0 ? shown.length - 1 : 0) : selected + by)));
  }
}

const MOVES = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  PageDown: () => step(list.page),
  PageUp: () => step(-list.page),
  Home: () => shown.length > 0 && select(0),
  End: () => shown.length > 0 && select(shown.length - 1),
  Enter: () => selected !== null && one("#details").focus(),
};
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  g: MOVES.Home,
  G: MOVES.End,
  p: () => one("#details .link")?.click(),
  c: () => typeof details.row === "number" && details.copy(null),
  "/": () => {
    one("#search").focus();
    one("#search").select();
  },
  "?": () => one("#help").showModal(),
  "+": () => charts.scale(0.5),
  "=": () => charts.scale(0.5),
  "-": () => charts.scale(2),
  0: () => charts.zoom(0, charts.end),
  "[": () => charts.move(-0.5),
  "]": () => charts.move(0.5),
};

function pressed(event) {
  const { target, key } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || one("#help").open) {
    return;
  }
  if (key === "Escape") {
    if (target.id === "search" && target.value !== "") {
      target.value = "";
      filter();
    }
    one("#list").focus();
    return;
  }
  if (target.matches("input:not([type=checkbox]), select, textarea")) {
    if (target.id === "search" && (key === "Enter" || key === "ArrowDown")) {
      event.preventDefault();
      one("#list").focus();
      step(selected === null ? 1 : 0);
    }
    return;
  }
  const act = (target === document.body || target.id === "list" ? MOVES[key] : undefined) || KEYS[key];
  if (act !== undefined) {
    event.preventDefault();
    if (key in MOVES && target === document.body) {
      one("#list").focus({ preventScroll: true });
    }
    act();
  }
}

function soon(act) {
  let waiting = 0;
  return () => {
    one("#list").setAttribute("aria-busy", "true");
    clearTimeout(waiting);
    waiting = setTimeout(act, 60);
  };
}

function listen() {
  const box = one("#list");
  box.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    if (row !== null) {
      select(Number(row.id.slice(1)));
    }
  });
  document.addEventListener("keydown", pressed);
  one("#search").addEventListener("input", soon(filter));
  one("#regex").addEventListener("change", filter);
  for (const [field, wish, otherwise] of [["#least", "least", 0], ["#most", "most", Infinity]]) {
    one(field).addEventListener("input", soon(() => {
      const text = one(field).value;
      const size = sizeOf(text);
      one(field).setAttribute("aria-invalid", String(text !== "" && size === null));
      wished[wish] = size === null ? otherwise : size;
      filter();
    }));
  }
  one("#time").addEventListener("change", () => {
    wished.time = one("#time").value;
    list.renew(shown.length);
  });
  one("#clear").addEventListener("click", clear);
  one("#keys").addEventListener("click", () => one("#help").showModal());
  one("#whole").addEventListener("click", () => charts.zoom(0, charts.end));
}

// Rows to those that belong to them: a request's reply, a reply's request, a pong's ping.
function partnersOf() {
  const partners = new Map();
  const add = (number, other, took, isReply, words) => {
    const row = rowOf.get(number);
    if (row !== undefined) {
      partners.set(row, [...(partners.get(row) || []), { number: other, took, isReply, words }]);
    }
  };
  for (const [pairs, reply, request] of [[facts.pairs, "reply", "request"], [facts.trips, "pong", "ping"]]) {
    for (let place = 0; place < pairs.request.length; place += 1) {
      add(pairs.request[place], pairs.reply[place], pairs.took[place], true, reply);
      add(pairs.reply[place], pairs.request[place], pairs.took[place], false, request);
    }
  }
  return partners;
}

async function begin() {
  if (typeof DecompressionStream === "undefined") {
    one("#app").replaceChildren(make("p", { class: "note" }, "This browser cannot unpack the recording: it knows no DecompressionStream."));
    one("#app").hidden = false;
    return;
  }
  await load();
  one("#app").hidden = false;
  count();
  chips();
  list = new VirtualList(one("#list"), ROW_HEIGHT, drawRow);
  details = new Details(one("#details"), partnersOf(), goTo);
  charts = new Charts(
    (from, to) => {
      Object.assign(wished, { from, to });
      one("#whole").disabled = from === null;
      filter();
    },
    (number) => goTo(rowOf.get(number)),
  );
  // A short list needs no tall box; what is looked into may.
  one("main").style.maxHeight = `${Math.max(560, (log.length + 2) * ROW_HEIGHT)}px`;
  listen();
  await filter();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

begin();
