// One message in full: its figures, its JSON, text and bytes, its partner, what its close code means.
"use strict";

const FIRST_TEXT = 65536; // characters that are shown at once
const HEX_LINE = 18;
let view = "JSON"; // the one that was chosen last

class Details {
  // `goTo` selects the message of a row; `partners` holds the row of a reply or request, and how long it took.
  constructor(box, partners, goTo) {
    this.box = box;
    this.partners = partners;
    this.goTo = goTo;
    this.row = undefined;
  }

  show(row) {
    if (row === this.row) {
      return;
    }
    this.row = row;
    if (row === null) {
      this.box.replaceChildren(make("p", { class: "nothing" }, "Select a message to look into it."));
      return;
    }
    const type = typeOf(row);
    const content = log.content[row];
    const isPlain = typeof content === "string" || Array.isArray(content);
    const sign = make("span", { class: `sign t-${styleOf(row)}`, "aria-hidden": "true" }, arrowOf(row));
    const title = make("h2", {}, sign, ` ${type} `, make("span", { class: "dim" }, wayOf(row)));
    this.box.replaceChildren(make("div", { class: "details-head" }, title, ...this.acts(row)), this.figures(row));
    if (!isPlain) {
      this.box.append(...this.told(row, content));
    }
    if (isPlain || payloadOf(row).length > 0) {
      this.box.append(this.views(row, content));
    }
    this.box.scrollTop = 0;
  }

  acts(row) {
    const copy = button("Copy", () => this.copy(copy), { title: "Copy the payload; of bytes, their hex digits", id: "copy" });
    return [copy];
  }

  async copy(at) {
    const content = log.content[this.row];
    const text = typeof content === "string" ? content : Array.isArray(content) ? hexOf(payloadOf(this.row)) : content.text;
    const words = (await copied(text)) ? "Copied" : "Could not copy";
    const there = at || this.box.querySelector("#copy");
    if (there) {
      there.textContent = words;
      setTimeout(() => {
        there.textContent = "Copy";
      }, 1200);
    }
  }

  figures(row) {
    const list = make("dl", { class: "figures" });
    const add = (name, ...value) => list.append(make("div", {}, make("dt", {}, name), make("dd", {}, ...value)));
    const seconds = log.at[row] / 1e6;
    const moment = momentOf(seconds);
    add("time", moment === null ? "unknown" : `${moment.toISOString().replace("T", " ").replace("Z", "")} UTC`);
    add("elapsed", `${seconds.toFixed(6)} s`);
    if (row > 0 && log.number[row] - log.number[row - 1] === 1) {
      add("since the one before", durationWords((log.at[row] - log.at[row - 1]) / 1e6));
    }
    const type = typeOf(row);
    if (!WITHOUT_WAY.has(type) && type !== "ERROR") {
      add("size", `${whole(log.size[row])} B`);
      const saved = log.wire[row] < log.size[row] ? ` (${Math.round((log.wire[row] / log.size[row]) * 100)} % of it)` : "";
      add("on the wire", `${whole(log.wire[row])} B${saved}`);
    }
    add("event", `${whole(log.number[row] + 1)} of ${whole(facts.rows)}`);
    if (facts.connections.length > 1) {
      add("connection", String(log.connection[row] + 1));
    }
    for (const partner of this.partners.get(row) || []) {
      const there = rowOf.get(partner.number);
      const words = `${durationWords(partner.took / 1e6)} ${partner.isReply ? "later" : "before"}`;
      add(partner.words, there === undefined ? words : button(words, () => this.goTo(there), { class: "link" }));
    }
    return list;
  }

  told(row, content) {
    const parts = [make("p", { class: "said" }, onOneLine(content.text))];
    for (const line of content.why || []) {
      parts.push(make("p", { class: "dim" }, onOneLine(line)));
    }
    const rows = Object.entries(content).filter(([key, value]) => !UNTOLD.has(key) && value !== null && value !== "");
    if (rows.length > 0) {
      const list = make("dl", { class: "figures" });
      for (const [key, value] of rows) {
        const words = typeof value === "boolean" ? (value ? "yes" : "no") : onOneLine(String(value));
        list.append(make("div", {}, make("dt", {}, NAMES[key] || key), make("dd", {}, words)));
      }
      parts.push(list);
    }
    if (content.explained !== undefined) {
      parts.push(explanation(facts.explanations[content.explained]));
    }
    if (typeOf(row) === "HANDSHAKE") {
      const number = log.connection[row] + 1;
      if (document.getElementById(`c${number}`) !== null) {
        parts.push(make("p", {}, make("a", { href: `#c${number}` }, "The whole handshake stands below the list.")));
      }
    }
    return parts;
  }

  views(row, content) {
    const text = typeof content === "string" ? content : null;
    const made = {};
    if (text !== null && isJson(text)) {
      made.JSON = () => jsonView(text);
    } else if (Array.isArray(content)) {
      const inside = utf8(payloadOf(row));
      if (inside !== null && isJson(inside)) {
        made.JSON = () => jsonView(inside);
      }
    }
    if (text !== null) {
      made.Text = () => textView(text);
    }
    made.Hex = () => hexView(payloadOf(row));
    const names = Object.keys(made);
    const panel = make("div", { class: "view", id: "view", role: "tabpanel", "aria-labelledby": "tab" });
    const tabs = make("div", { class: "tabs", role: "tablist", "aria-label": "Views of the payload" });
    const choose = (name, focus) => {
      for (const tab of tabs.children) {
        const chosen = tab.textContent === name;
        tab.setAttribute("aria-selected", String(chosen));
        tab.tabIndex = chosen ? 0 : -1;
        tab[chosen ? "setAttribute" : "removeAttribute"]("id", "tab");
        if (chosen && focus) {
          tab.focus();
        }
      }
      panel.replaceChildren(...[made[name]()].flat());
    };
    for (const name of names) {
      tabs.append(
        button(name, () => {
          view = name;
          choose(name, true);
        }, { role: "tab", "aria-controls": "view" }),
      );
    }
    tabs.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        event.preventDefault();
        event.stopPropagation();
        const now = names.findIndex((name, place) => tabs.children[place].tabIndex === 0);
        view = names[(now + step + names.length) % names.length];
        choose(view, true);
      }
    });
    choose(names.includes(view) ? view : names[0], false);
    const cut = log.size[row] > facts.longest ? [make("p", { class: "note" }, `The page holds the first ${whole(facts.longest)} bytes of it.`)] : [];
    return make("div", { class: "payload" }, tabs, ...cut, panel);
  }
}

const UNTOLD = new Set(["text", "sentence", "explained", "why", "payload", "data", "hex"]);
const NAMES = { offset: "at byte", sent: "our code", by: "closed by", exit: "exit code", header_size: "header in bytes", plain_size: "size once inflated" };

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages that are files may not ask for the clipboard everywhere.
    const area = make("textarea", { class: "unseen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function jsonView(text) {
  const tree = new JsonTree(text);
  const bar = make(
    "div",
    { class: "bar" },
    button("Unfold", () => tree.unfold(MOST_UNFOLDED)),
    button("Fold", () => tree.fold()),
  );
  return [bar, tree.element];
}

function textView(text) {
  const box = make("pre", { class: "text" }, onLines(text.slice(0, FIRST_TEXT)));
  if (text.length === 0) {
    return make("p", { class: "dim" }, "The message is empty.");
  }
  if (text.length <= FIRST_TEXT) {
    return box;
  }
  const more = button(`Show ${whole(text.length - FIRST_TEXT)} more characters`, () => {
    box.textContent = onLines(text);
    more.remove();
  });
  return [box, more];
}

function hexView(bytes) {
  if (bytes.length === 0) {
    return make("p", { class: "dim" }, "The payload is empty.");
  }
  const box = make("div", { class: "hex", tabindex: "0", role: "region", "aria-label": "Bytes of the payload" });
  const lines = Math.ceil(bytes.length / 16);
  box.style.height = `${Math.min(lines * HEX_LINE, 600) + 2}px`;
  const list = new VirtualList(box, HEX_LINE, (place) => {
    const line = bytes.subarray(place * 16, place * 16 + 16);
    const offset = (place * 16).toString(16).padStart(8, "0");
    return make(
      "div",
      { class: "hex-line" },
      make("span", { class: "dim" }, offset),
      make("span", {}, `  ${hexOf(line.subarray(0, 8)).padEnd(23)}  ${hexOf(line.subarray(8)).padEnd(23)}  `),
      make("span", { class: "ascii" }, asciiOf(line)),
    );
  });
  requestAnimationFrame(() => list.renew(lines));
  return box;
}

function explanation(known) {
  // In sentences, backticks stand around what a user would type.
  const prose = (line) => line.split("`").map((part, place) => (place % 2 === 1 ? make("code", {}, part) : part));
  const list = (title, lines) =>
    lines.length === 0 ? [] : [make("h3", {}, title), make("ul", {}, ...lines.map((line) => make("li", {}, ...prose(line))))];
  return make(
    "div",
    { class: "explained" },
    make("p", {}, make("b", {}, `${known.code} ${known.name}`.trim()), ` · ${known.summary}`),
    make("p", {}, ...prose(known.meaning)),
    make("p", {}, make("b", {}, "Reconnect: "), known.advice),
    ...list("Likely causes", known.causes),
    ...list("Check first", known.checks),
    make("p", { class: "dim" }, `Source: ${known.source}`),
  );
}
