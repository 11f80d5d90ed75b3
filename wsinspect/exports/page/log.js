// The rows of the recording, as columns; and what is said of one. Knows no element of the page.
"use strict";

const log = { length: 0, number: null, at: null, kind: null, size: null, wire: null, connection: null, content: null };
let facts = null;
const rowOf = new Map(); // by the number of the event

async function unpacked(element) {
  const packed = new Blob([bytesOf(element.textContent)]).stream();
  element.remove();
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).json();
}

async function load() {
  const elements = [...document.querySelectorAll("script.facts, script.rows")];
  const [first, ...blocks] = await Promise.all(elements.map(unpacked));
  facts = first;
  const { kept } = facts;
  Object.assign(log, {
    length: kept,
    number: new Float64Array(kept),
    at: new Float64Array(kept),
    kind: new Uint8Array(kept),
    size: new Float64Array(kept),
    wire: new Float64Array(kept),
    connection: new Uint32Array(kept),
    content: [],
  });
  let row = 0;
  let number = 0;
  let at = 0;
  for (const block of blocks) {
    const { length } = block.kind;
    for (const column of ["kind", "size", "wire", "connection"]) {
      log[column].set(block[column], row);
    }
    for (let place = 0; place < length; place += 1, row += 1) {
      number += block.number[place];
      at += block.at[place];
      log.number[row] = number;
      log.at[row] = at;
      rowOf.set(number, row);
      log.content.push(block.content[place]);
    }
  }
}

const typeOf = (row) => facts.types[log.kind[row] >> 1];
const isSent = (row) => (log.kind[row] & 1) === 1;
const WITHOUT_WAY = new Set(["CLOSED", "GAP", "HANDSHAKE"]);

// Whether it is an end as it should be, which is no error.
const endsWell = (row) => typeOf(row) === "CLOSED" && log.content[row].clean && log.content[row].exit === 0;
const allEndWell = () => log.kind.every((_, row) => typeOf(row) !== "CLOSED" || endsWell(row));

// The colour of a row: that of its type, but of an end that of what it was.
function styleOf(row) {
  const type = typeOf(row);
  return type !== "CLOSED" ? type : endsWell(row) ? "end" : log.content[row].clean ? "CLOSE" : type;
}

function arrowOf(row) {
  const type = typeOf(row);
  return type === "HANDSHAKE" || endsWell(row) ? "●" : WITHOUT_WAY.has(type) ? "✕" : isSent(row) ? "↑" : "↓";
}

function wayOf(row) {
  return WITHOUT_WAY.has(typeOf(row)) ? "" : isSent(row) ? "sent" : "received";
}

// The payload as text, for whoever searches; bytes stand as Latin-1.
function textOf(row) {
  const content = log.content[row];
  return typeof content === "string" ? content : Array.isArray(content) ? atob(content[0]) : content.text;
}

const LOOKED_AT = 32; // bytes of a binary payload in its line

function lineOf(row) {
  const content = log.content[row];
  if (typeof content === "string") {
    return onOneLine(content.slice(0, 400));
  }
  if (Array.isArray(content)) {
    const bytes = bytesOf(content[0].slice(0, Math.ceil(LOOKED_AT / 3) * 4)).subarray(0, LOOKED_AT);
    return bytes.length === 0 ? "" : `${hexOf(bytes)}${log.size[row] > bytes.length ? " …" : ""}  |${asciiOf(bytes)}|`;
  }
  return onOneLine(content.text);
}

// All of a payload that is on the page, as bytes.
function payloadOf(row) {
  const content = log.content[row];
  if (typeof content === "string") {
    return new TextEncoder().encode(content);
  }
  const data = Array.isArray(content) ? content : content.payload || content.data;
  if (Array.isArray(data)) {
    return bytesOf(data[0]);
  }
  return Uint8Array.from((content.hex || "").match(/../g) || [], (pair) => parseInt(pair, 16));
}

// So many seconds after the beginning; null where a damaged clock leads out of all calendars.
function momentOf(seconds) {
  const moment = new Date((facts.began + seconds) * 1e3);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

function timeWords(row, form, before) {
  const seconds = log.at[row] / 1e6;
  if (form === "delta") {
    return before === null ? "" : `+${((log.at[row] - log.at[before]) / 1e6).toFixed(6)}`;
  }
  if (form === "elapsed") {
    return seconds.toFixed(6);
  }
  const moment = momentOf(seconds);
  if (moment === null) {
    return "unknown";
  }
  return form === "utc"
    ? moment.toISOString().slice(11, 23)
    : [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":") +
        `.${String(moment.getMilliseconds()).padStart(3, "0")}`;
}
