// JSON as a tree that unfolds level by level. It is read from the text as it was sent: numbers keep all their digits,
// keys their order, and doubled keys stand twice; nothing of it becomes a property of an object.
"use strict";

const MOST_CHILDREN = 200; // shown at once
const MOST_UNFOLDED = 500; // by one press
const UNFOLDED_FIRST = 80;
const SPACE = /[ \t\n\r]*/y;
const SCALAR = /[^,\]}\s]*/y;
const TOKENS = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)/g;

function pastSpace(text, at) {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function pastString(text, at) {
  for (let end = at; ; ) {
    end = text.indexOf('"', end + 1);
    if (end < 0) {
      return text.length;
    }
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") {
      slashes += 1;
    }
    if (slashes % 2 === 0) {
      return end + 1;
    }
  }
}

function pastValue(text, at) {
  if (text[at] === '"') {
    return pastString(text, at);
  }
  if (text[at] !== "{" && text[at] !== "[") {
    SCALAR.lastIndex = at;
    SCALAR.test(text);
    return SCALAR.lastIndex;
  }
  let depth = 0;
  while (at < text.length) {
    const character = text[at];
    if (character === '"') {
      at = pastString(text, at);
      continue;
    }
    if (character === "{" || character === "[") {
      depth += 1;
    } else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) {
        return at + 1;
      }
    }
    at += 1;
  }
  return at;
}

// The members of the object or array that begins at a place: spans of the text. The text is known to be JSON.
function membersOf(text, start) {
  const isObject = text[start] === "{";
  const members = [];
  let at = pastSpace(text, start + 1);
  while (at < text.length && text[at] !== "}" && text[at] !== "]") {
    let key = null;
    if (isObject) {
      const end = pastString(text, at);
      key = text.slice(at, end);
      at = pastSpace(text, pastSpace(text, end) + 1);
    }
    const end = pastValue(text, at);
    members.push({ key, start: at, end });
    at = pastSpace(text, end);
    if (text[at] === ",") {
      at = pastSpace(text, at + 1);
    }
  }
  return members;
}

function isJson(text) {
  const first = text[pastSpace(text, 0)];
  if (first !== "{" && first !== "[") {
    return false;
  }
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// A line of JSON with its strings, numbers and words coloured; what is no JSON comes out as it is.
function coloured(text) {
  const parts = [];
  let before = 0;
  for (const match of text.matchAll(TOKENS)) {
    parts.push(text.slice(before, match.index));
    const [token, string, colon, number] = match;
    const style = string ? (colon ? "key" : "string") : number ? "number" : "word";
    parts.push(make("span", { class: `j-${style}` }, string || token), colon || "");
    before = match.index + token.length;
  }
  parts.push(text.slice(before));
  return parts;
}

class JsonTree {
  constructor(text) {
    this.text = text;
    const start = pastSpace(text, 0);
    this.element = make("div", { class: "tree" }, this.node({ key: null, start, end: pastValue(text, start) }, 0));
    this.unfold(UNFOLDED_FIRST);
  }

  node(member, depth) {
    const { text } = this;
    const label = member.key === null ? [] : [make("span", { class: "j-key" }, onOneLine(clip(member.key, 1000))), ": "];
    if (text[member.start] !== "{" && text[member.start] !== "[") {
      const value = clip(text.slice(member.start, member.end), 20000);
      return make("div", { class: "leaf" }, ...label, ...coloured(onOneLine(value)));
    }
    const preview = onOneLine(clip(text.slice(member.start, Math.min(member.end, member.start + 200)), 120));
    const summary = make("summary", {}, ...label, make("span", { class: "preview" }, ...coloured(preview)));
    const element = make("details", {}, summary);
    let filled = false;
    element.fill = () => {
      if (!filled) {
        filled = true;
        this.fill(element, summary, label, member, depth);
      }
    };
    element.addEventListener("toggle", () => {
      if (element.open) {
        element.fill();
      }
    });
    return element;
  }

  fill(element, summary, label, member, depth) {
    const members = membersOf(this.text, member.start);
    const words = this.text[member.start] === "{" ? ["{", "}", "key"] : ["[", "]", "item"];
    const count = `${whole(members.length)} ${words[2]}${members.length === 1 ? "" : "s"}`;
    summary.append(make("span", { class: "count" }, ` ${count}`));
    const box = make("div", { class: depth < 24 ? "members" : "members deep" });
    const numbered = words[2] === "item" && members.length > 4;
    let shown = 0;
    const more = button("", () => add());
    const add = () => {
      const end = Math.min(shown + MOST_CHILDREN, members.length);
      more.remove();
      for (; shown < end; shown += 1) {
        const one = members[shown];
        box.append(this.node(numbered ? { ...one, key: String(shown) } : one, depth + 1));
      }
      if (shown < members.length) {
        more.textContent = `… ${whole(members.length - shown)} more`;
        box.append(more);
      }
    };
    add();
    element.append(box);
  }

  // Unfold level by level, up to so many nodes; return whether all are.
  unfold(most) {
    let level = [this.element];
    let count = 0;
    while (level.length > 0) {
      const next = [];
      for (const parent of level) {
        for (const child of parent.children) {
          if (child.localName === "details") {
            child.fill();
            count += child.lastChild.children.length;
            if (count > most && parent !== this.element) {
              return false;
            }
            child.open = true;
            next.push(child.lastChild);
          }
        }
      }
      level = next;
    }
    return true;
  }

  fold() {
    for (const element of this.element.querySelectorAll("details")) {
      element.open = false;
    }
  }
}

function clip(text, most) {
  return text.length <= most ? text : `${text.slice(0, most)}… ${whole(text.length - most)} more characters`;
}
