// Words, numbers and elements. Nothing here makes markup of text: it only ever becomes the content of a text node.
"use strict";

// What a screen would obey, or not show: controls, directions, zero widths, line separators, lone surrogates.
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0e\u{e0100}-\u{e01ef}]/gu;
const SHORT = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeOf(character) {
  const code = character.codePointAt(0);
  if (SHORT[character] !== undefined) {
    return SHORT[character];
  }
  if (code < 0x100) {
    return `\\x${code.toString(16).padStart(2, "0")}`;
  }
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}

function onOneLine(text) {
  return text.replace(UNSEEN, escapeOf);
}

function onLines(text) {
  return text.replace(UNSEEN, (character) => (character === "\n" || character === "\t" ? character : escapeOf(character)));
}

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === true) {
      element.setAttribute(key, "");
    } else if (value !== false && value !== undefined && value !== null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children);
  return element;
}

function button(words, act, attributes) {
  const element = make("button", { type: "button", ...attributes }, words);
  element.addEventListener("click", act);
  return element;
}

const whole = (number) => number.toLocaleString("en");

function sizeWords(size) {
  if (size < 10000) {
    return `${size} B`;
  }
  const [unit, name] = size < 999950 ? [1e3, "kB"] : size < 999950000 ? [1e6, "MB"] : [1e9, "GB"];
  return `${(size / unit).toFixed(1)} ${name}`;
}

function briefSize(size) {
  const [unit, name] = size < 1e3 ? [1, "B"] : size < 1e6 ? [1e3, "kB"] : size < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${Number((size / unit).toPrecision(3))} ${name}`;
}

function durationWords(seconds) {
  if (seconds < 0) {
    return `−${durationWords(-seconds)}`;
  }
  if (seconds < 0.0001) {
    return `${Math.round(seconds * 1e6)} µs`;
  }
  if (seconds < 0.9995) {
    return `${(seconds * 1e3).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
  }
  if (seconds < 119.95) {
    return `${seconds.toFixed(1)} s`;
  }
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 120) {
    return `${minutes} min ${Math.round(seconds) % 60} s`;
  }
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// A point in time on an axis whose marks are `step` seconds apart.
function axisTime(seconds, step) {
  if (seconds === 0) {
    return "0";
  }
  if (Math.abs(seconds) >= 3600) {
    const hours = Math.floor(seconds / 3600);
    return `${hours}:${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}:${String(Math.round(seconds % 60)).padStart(2, "0")}`;
  }
  if (step >= 60) {
    return `${Math.round(seconds / 60)} min`;
  }
  if (Math.abs(seconds) >= 120 && step >= 1) {
    return `${Math.floor(seconds / 60)}:${String(Math.round(seconds % 60)).padStart(2, "0")} min`;
  }
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step || 1))));
  return step < 0.001 && seconds < 1 ? `${Number((seconds * 1e3).toFixed(3))} ms` : `${seconds.toFixed(digits)} s`;
}

function bytesOf(base64) {
  if (Uint8Array.fromBase64) {
    return Uint8Array.fromBase64(base64);
  }
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let place = 0; place < binary.length; place += 1) {
    bytes[place] = binary.charCodeAt(place);
  }
  return bytes;
}

const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
const asciiOf = (bytes) => Array.from(bytes, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
