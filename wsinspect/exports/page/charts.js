// Charts of the whole recording, or of the time that is zoomed into. uPlot draws; here is what it draws.
"use strict";

// Types that share a colour, in the order in which they are drawn.
const GROUPS = [
  ["text", "text", ["TEXT"]],
  ["binary", "binary", ["BINARY"]],
  ["ping", "ping, pong", ["PING", "PONG"]],
  ["close", "close", ["CLOSE", "CLOSING"]],
  ["error", "error, loss", ["ERROR", "CLOSED", "GAP"]],
  ["open", "open", ["HANDSHAKE"]],
  ["end", "end", []], // CLOSED, where it ended well
];
const COLUMNS = 1000;
const EXACT = 6000; // so many rows are drawn one by one
const PARTS = 120; // of time, for rates
const NEAR = 12; // pixels
const CHART_FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

// Seconds between marks of time.
const STEPS = [1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
  .concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200])
  .concat([1, 2, 5, 10, 20, 50, 100].map((days) => days * 86400));

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// What happened from one moment to another, in microseconds, as cells: moment, kind, size, count, sum of sizes, row.
function cellsOf(from, to) {
  if (facts.cells !== null) {
    return countedBefore(from, to);
  }
  const rows = [];
  const frame = facts.types.indexOf("FRAME");
  for (let row = 0; row < log.length; row += 1) {
    if (log.at[row] >= from && log.at[row] <= to && log.kind[row] >> 1 !== frame) {
      rows.push(row);
    }
  }
  if (rows.length <= EXACT) {
    const cells = rows.map((row) => ({ at: log.at[row], kind: log.kind[row], size: log.size[row], count: 1, sum: log.size[row], row }));
    return cells.sort((one, other) => one.at - other.at);
  }
  const width = (to - from) / COLUMNS || 1;
  const found = new Map();
  for (const row of rows) {
    const column = Math.min(COLUMNS - 1, Math.floor((log.at[row] - from) / width));
    const bits = Math.ceil(Math.log2(log.size[row] + 1));
    const key = (column * 32 + log.kind[row]) * 64 + bits;
    const cell = found.get(key);
    if (cell === undefined) {
      found.set(key, { at: from + (column + 0.5) * width, kind: log.kind[row], size: 0, count: 1, sum: log.size[row], row });
    } else {
      cell.count += 1;
      cell.sum += log.size[row];
    }
  }
  const cells = [...found.values()];
  for (const cell of cells) {
    cell.size = cell.sum / cell.count;
  }
  return cells.sort((one, other) => one.at - other.at);
}

function countedBefore(from, to) {
  const { width, bin, kind, count, size } = facts.cells;
  const cells = [];
  for (let place = 0; place < bin.length; place += 1) {
    const at = (bin[place] + 0.5) * width;
    if (at >= from - width / 2 && at <= to + width / 2) {
      cells.push({ at, kind: kind[place], size: size[place] / count[place], count: count[place], sum: size[place], row: null });
    }
  }
  return cells;
}

function ranked(values, share) {
  return values.length === 0 ? NaN : values[Math.min(values.length - 1, Math.ceil(share * values.length) - 1)];
}

class Charts {
  // `zoomed(from, to)` is told what is zoomed into, `chosen(number)` the event whose point was clicked on.
  constructor(zoomed, chosen) {
    this.zoomed = zoomed;
    this.chosen = chosen;
    this.from = 0;
    this.to = this.end = Math.max(facts.ends, 1);
    this.marked = null;
    this.plots = {};
    this.rateOf = document.querySelector("#rate-of");
    this.rateOf.addEventListener("change", () => this.drawRate());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    let waiting = 0;
    let width = innerWidth;
    addEventListener("resize", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        if (innerWidth !== width) {
          width = innerWidth;
          this.draw();
        }
      }, 100);
    });
    this.legend();
    this.draw();
  }

  legend() {
    const there = new Set();
    for (const [type, number] of counts.types) {
      if (number > 0 && type !== "CLOSED") {
        there.add(type);
      }
    }
    for (let row = 0; row < log.length; row += 1) {
      if (typeOf(row) === "CLOSED") {
        there.add(endsWell(row) ? "end" : "CLOSED");
      }
    }
    const known = GROUPS.filter(([name, , types]) => there.has(name) || types.some((type) => there.has(type)));
    const parts = known.map(([name, words]) => make("span", { class: `t-${name}` }, make("i", { "aria-hidden": "true" }), words));
    document.querySelector("#legend").replaceChildren(...parts);
  }

  zoom(from, to) {
    const least = 10;
    if (to - from < least) {
      const middle = (from + to) / 2;
      [from, to] = [middle - least / 2, middle + least / 2];
    }
    this.from = Math.max(0, from);
    this.to = Math.min(this.end, Math.max(to, this.from + least));
    if (this.from <= 0 && this.to >= this.end) {
      [this.from, this.to] = [0, this.end];
    }
    this.draw();
    this.zoomed(this.isWhole ? null : this.from, this.to);
  }

  get isWhole() {
    return this.from === 0 && this.to === this.end;
  }

  // Zoom by a factor around the middle, or the message that is marked; or move by a part of what is seen.
  scale(factor) {
    const inSight = this.marked !== null && this.marked >= this.from && this.marked <= this.to;
    const middle = inSight ? this.marked : (this.from + this.to) / 2;
    this.zoom(middle - (middle - this.from) * factor, middle + (this.to - middle) * factor);
  }

  move(share) {
    const length = this.to - this.from;
    const step = Math.max(-this.from, Math.min(this.end - this.to, length * share));
    this.zoom(this.from + step, this.to + step);
  }

  mark(at) {
    this.marked = at;
    if (this.plots.timeline) {
      this.plots.timeline.redraw(false);
    }
  }

  draw() {
    this.cells = cellsOf(this.from, this.to);
    this.drawTimeline();
    this.drawRate();
    this.drawSizes();
    this.drawLatency();
  }

  // Make a chart anew in its place. Points are [x, y] of what `options.pick` turns into an event and words.
  plot(name, data, options) {
    const box = document.querySelector(`#${name}`);
    const { plots } = this;
    if (plots[name]) {
      plots[name].destroy();
    }
    const readout = document.querySelector(`#${name}-readout`);
    readout.textContent = options.told;
    box.replaceChildren();
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", options.label);
    const axis = { stroke: colour("dim"), font: CHART_FONT, grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false } };
    plots[name] = new uPlot(
      {
        width: Math.max(box.clientWidth, 120),
        height: options.height,
        legend: { show: false },
        padding: [8, 14, 0, 0],
        scales: options.scales,
        series: options.series,
        axes: [
          { ...axis, size: 24, gap: 5, space: 76, ...options.x },
          { ...axis, size: 52, gap: 4, space: 24, ...options.y },
        ],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: options.isTime, y: false, setScale: false, click: () => {} },
          bind: {
            dblclick: () => () => options.isTime && this.zoom(0, this.end),
          },
        },
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width } = plot.select;
              if (width > 3) {
                const from = plot.posToVal(left, "x") * 1e6;
                const to = plot.posToVal(left + width, "x") * 1e6;
                // Once uPlot is done with the mouse; it is made anew.
                setTimeout(() => this.zoom(from, to));
              }
            },
          ],
          setCursor: [
            (plot) => {
              const picked = plot.cursor.left >= 0 ? options.pick?.(plot) : null;
              readout.textContent = picked ? picked.words : options.told;
              plot.over.style.cursor = picked && picked.number !== null ? "pointer" : "";
            },
          ],
          draw: options.over ? [options.over] : [],
        },
      },
      data,
      box,
    );
    // A click is told from the end of a drag here: uPlot compares places that it rounds in two ways.
    const { over } = plots[name];
    let pressed = 0;
    over.addEventListener("mousedown", (event) => {
      pressed = event.clientX;
    });
    over.addEventListener("click", (event) => {
      const picked = Math.abs(event.clientX - pressed) > 3 ? null : options.pick?.(plots[name]);
      if (picked && picked.number !== null) {
        this.chosen(picked.number);
      }
    });
  }

  // A chart of nothing says why.
  leaveEmpty(name, why) {
    const box = document.querySelector(`#${name}`);
    this.plots[name]?.destroy();
    delete this.plots[name];
    box.removeAttribute("role");
    box.removeAttribute("aria-label");
    box.replaceChildren(make("p", { class: "why" }, why));
    document.querySelector(`#${name}-readout`).textContent = "";
  }

  timeAxis() {
    const { from, to } = this;
    return {
      scale: { time: false, range: () => [from / 1e6, to / 1e6] },
      axis: { incrs: STEPS, values: (plot, marks, axis, space, step) => marks.map((mark) => axisTime(mark, step)) },
    };
  }

  nearest(plot, xs, ys) {
    const { left, top } = plot.cursor;
    let best = null;
    let least = NEAR * NEAR;
    for (let place = 0; place < xs.length; place += 1) {
      const dx = plot.valToPos(xs[place], "x") - left;
      if (dx > -NEAR && dx < NEAR) {
        const dy = plot.valToPos(ys[place], "y") - top;
        if (dx * dx + dy * dy < least) {
          least = dx * dx + dy * dy;
          best = place;
        }
      }
    }
    return best;
  }

  drawTimeline() {
    const { cells } = this;
    const time = this.timeAxis();
    const groupOfType = facts.types.map((type) => GROUPS.findIndex(([, , types]) => types.includes(type)));
    const wellEnded = GROUPS.findIndex(([name]) => name === "end");
    const allWell = allEndWell();
    const groupOf = (cell) =>
      facts.types[cell.kind >> 1] === "CLOSED" && (cell.row === null ? allWell : endsWell(cell.row)) ? wellEnded : groupOfType[cell.kind >> 1];
    const xs = cells.map((cell) => cell.at / 1e6);
    const ys = cells.map((cell) => {
      const name = facts.types[cell.kind >> 1];
      const away = WITHOUT_WAY.has(name) || name === "ERROR" ? 0 : 2 + Math.log2(cell.size + 1);
      return cell.kind & 1 ? away : -away;
    });
    const highest = ys.reduce((most, y) => Math.max(most, Math.abs(y)), 12) + 1;
    const dense = cells.length > 1500;
    const series = GROUPS.map(([name], group) => ({
      paths: () => null,
      points: { show: true, size: group > 2 ? 8 : dense ? 4 : 6, fill: colour(name) + (group < 3 && dense ? "90" : ""), width: 0 },
    }));
    const data = [xs, ...GROUPS.map((_, group) => ys.map((y, place) => (groupOf(cells[place]) === group ? y : null)))];
    const sizes = [1, 1024, 1048576, 1073741824].filter((size) => 2 + Math.log2(size + 1) < highest);
    const marks = sizes.map((size) => 2 + Math.log2(size + 1));
    const seen = cells.reduce((sum, cell) => sum + cell.count, 0);
    this.plot("timeline", data, {
      height: 165,
      isTime: true,
      label: `Timeline: ${whole(seen)} events in ${durationWords((this.to - this.from) / 1e6)}, what was sent above the middle, what was received below; the further from it the larger`,
      told: "↑ sent above, ↓ received below; the further out, the larger",
      scales: { x: time.scale, y: { range: () => [-highest, highest] } },
      series: [{}, ...series],
      x: time.axis,
      y: {
        splits: () => [...marks.map((mark) => -mark).reverse(), 0, ...marks],
        values: (plot, splits) => splits.map((split) => (split === 0 ? "" : { 1: "1 B", 10: "1 kB", 20: "1 MB", 30: "1 GB" }[Math.round(Math.abs(split) - 2)])),
      },
      pick: (plot) => {
        const place = this.nearest(plot, xs, ys);
        if (place === null) {
          return { number: null, words: `${axisTime(plot.posToVal(plot.cursor.left, "x"), (this.to - this.from) / 1e9)}` };
        }
        const cell = cells[place];
        const arrow = WITHOUT_WAY.has(facts.types[cell.kind >> 1]) ? "" : cell.kind & 1 ? "↑ " : "↓ ";
        const words = `${axisTime(cell.at / 1e6, 0.001)} · ${arrow}${facts.types[cell.kind >> 1]} · ${briefSize(Math.round(cell.size))}`;
        return {
          number: cell.row === null ? null : log.number[cell.row],
          words: cell.count > 1 ? `${words} · ${whole(cell.count)} alike` : words,
        };
      },
      over: (plot) => this.drawMark(plot),
    });
  }

  // The middle, and the message that is selected.
  drawMark(plot) {
    const { ctx, bbox } = plot;
    const line = (x, y, width, height, style) => {
      ctx.fillStyle = style;
      ctx.fillRect(x, y, width, height);
    };
    ctx.save();
    line(bbox.left, Math.round(plot.valToPos(0, "y", true)), bbox.width, 1, colour("dim"));
    if (this.marked !== null && this.marked >= this.from && this.marked <= this.to) {
      line(Math.round(plot.valToPos(this.marked / 1e6, "x", true)) - 1, bbox.top, 2 * devicePixelRatio, bbox.height, colour("link"));
    }
    ctx.restore();
  }

  drawRate() {
    const { cells, from, to } = this;
    const time = this.timeAxis();
    const ofBytes = this.rateOf.value === "size";
    const seen = cells.reduce((sum, cell) => sum + cell.count, 0);
    const width = Math.max((to - from) / Math.max(20, Math.min(PARTS, Math.round(seen / 4))), facts.cells === null ? 0 : facts.cells.width);
    const parts = Math.max(1, Math.ceil((to - from) / width));
    const sums = [new Float64Array(parts), new Float64Array(parts)];
    const totals = [0, 0];
    const data = new Set(["TEXT", "BINARY"]);
    for (const cell of cells) {
      if (data.has(facts.types[cell.kind >> 1])) {
        const part = Math.max(0, Math.min(parts - 1, Math.floor((cell.at - from) / width)));
        sums[cell.kind & 1][part] += ofBytes ? cell.sum : cell.count;
        totals[cell.kind & 1] += ofBytes ? cell.sum : cell.count;
      }
    }
    const seconds = width / 1e6;
    const xs = Array.from({ length: parts + 1 }, (_, part) => (from + part * width) / 1e6);
    const rates = sums.map((sum) => [...Array.from(sum, (one) => one / seconds), sum[parts - 1] / seconds]);
    const rate = (number) => (ofBytes ? `${briefSize(number)}/s` : `${Number(number.toPrecision(3)).toLocaleString("en")}/s`);
    const average = totals.map((total) => total / ((to - from) / 1e6));
    const stepped = uPlot.paths.stepped({ align: 1 });
    const lines = ["received", "sent"].map((name) => ({ stroke: colour(name), fill: colour(`${name}-fill`), width: 1.5, paths: stepped, points: { show: false } }));
    const highest = rates.flat().reduce((one, other) => Math.max(one, other), 0);
    const told = `on average ↓ ${rate(average[0])} ↑ ${rate(average[1])}`;
    this.plot("rate", [xs, ...rates], {
      height: 145,
      isTime: true,
      label: `Rate: received ${rate(average[0])}, sent ${rate(average[1])} on average; at most ${rate(highest)}`,
      told,
      scales: { x: time.scale, y: { range: () => [0, highest * 1.05 || 1] } },
      series: [{}, ...lines],
      x: time.axis,
      y: { values: (plot, marks) => marks.map((mark) => (ofBytes ? briefSize(mark) : mark.toLocaleString("en", { notation: "compact" }))) },
      pick: (plot) => {
        const part = Math.floor((plot.posToVal(plot.cursor.left, "x") * 1e6 - from) / width);
        return part < 0 || part >= parts ? null : { number: null, words: `${axisTime(xs[part], seconds)} · ↓ ${rate(rates[0][part])} ↑ ${rate(rates[1][part])}` };
      },
    });
  }

  drawSizes() {
    const data = new Set(["TEXT", "BINARY"]);
    const sums = [new Float64Array(40), new Float64Array(40)];
    let largest = 0;
    for (const cell of this.cells) {
      if (data.has(facts.types[cell.kind >> 1])) {
        const bits = Math.ceil(Math.log2(cell.size + 1));
        sums[cell.kind & 1][bits] += cell.count;
        largest = Math.max(largest, bits);
      }
    }
    const bins = Math.max(largest + 1, 6);
    const xs = Array.from({ length: bins }, (_, bits) => bits);
    const both = sums.map((sum) => Array.from(sum.subarray(0, bins)));
    const highest = Math.max(1, ...both[0], ...both[1]);
    const bars = [-1, 1].map((align) => uPlot.paths.bars({ size: [0.42, 60], align }));
    const lines = ["received", "sent"].map((name, way) => ({ stroke: colour(name), fill: colour(name), width: 0, paths: bars[way], points: { show: false } }));
    const range = (bits) => (bits === 0 ? "empty" : bits === 1 ? "1 B" : `${briefSize(2 ** (bits - 1))} to ${briefSize(2 ** bits - 1)}`);
    const commonest = xs.reduce((best, bits) => (both[0][bits] + both[1][bits] > both[0][best] + both[1][best] ? bits : best), 0);
    const told = both.flat().some(Boolean) ? `most are ${range(commonest)}` : "no messages";
    this.plot("sizes", [xs, ...both], {
      height: 145,
      isTime: false,
      label: `Sizes of messages: ${told}`,
      told,
      scales: { x: { time: false, range: () => [-0.6, bins - 0.4] }, y: { range: () => [0, highest * 1.05] } },
      series: [{}, ...lines],
      x: { splits: () => xs, grid: { show: false }, space: 34, incrs: [1, 2, 4, 8], values: (plot, marks) => marks.map((bits, place) => (place % Math.ceil(bins / 7) === 0 ? (bits === 0 ? "0" : briefSize(2 ** (bits - 1))) : "")) },
      y: { values: (plot, marks) => marks.map((mark) => (Number.isInteger(mark) ? mark.toLocaleString("en", { notation: "compact" }) : "")) },
      pick: (plot) => {
        const bits = Math.round(plot.posToVal(plot.cursor.left, "x"));
        return bits < 0 || bits >= bins ? null : { number: null, words: `${range(bits)} · ↓ ${whole(both[0][bits])} ↑ ${whole(both[1][bits])}` };
      },
    });
  }

  drawLatency() {
    const time = this.timeAxis();
    const points = [];
    for (const [group, pairs] of [facts.pairs, facts.trips].entries()) {
      for (let place = 0; place < pairs.at.length; place += 1) {
        if (pairs.at[place] >= this.from && pairs.at[place] <= this.to) {
          points.push({ group, at: pairs.at[place], took: pairs.took[place], number: pairs.request[place], way: pairs.way[place] });
        }
      }
    }
    points.sort((one, other) => one.at - other.at);
    const xs = points.map((point) => point.at / 1e6);
    const ys = points.map((point) => Math.log10(Math.max(point.took, 1)));
    const groupOf = (point) => (point.group === 1 ? 2 : point.way === 1 ? 0 : 1);
    const names = ["sent", "received", "ping"];
    const series = names.map((name) => ({ paths: () => null, points: { show: true, size: points.length > 1500 ? 4 : 6, fill: colour(name) + (points.length > 1500 ? "80" : ""), width: 0 } }));
    const data = [xs, ...names.map((_, group) => points.map((point, place) => (groupOf(point) === group ? ys[place] : null)))];
    const took = points.filter((point) => point.group === 0).map((point) => point.took / 1e6).sort((one, other) => one - other);
    const words = [0.5, 0.9, 0.99].map((share) => `p${share * 100} ${durationWords(ranked(took, share))}`);
    const sampled = facts.pairs.every > 1 ? ` · every ${facts.pairs.every}th shown` : "";
    const pings = points.length - took.length;
    let count = "";
    let told = "";
    if (took.length > 0) {
      told = words.join(" · ");
      count = `${whole(took.length)} replies${sampled}: `;
    } else if (pings > 0) {
      told = `${whole(pings)} pong${pings === 1 ? "" : "s"}`;
    } else {
      const isAny = facts.pairs.at.length + facts.trips.at.length > 0;
      this.leaveEmpty("latency", isAny ? "No reply or pong in this time." : "No message is a reply with its request's id, and no ping was answered.");
      return;
    }
    const low = Math.floor(Math.min(...(ys.length ? ys.slice(0, 50000) : [3])) - 0.1);
    const high = Math.ceil(Math.max(...(ys.length ? ys.slice(0, 50000) : [4])) + 0.1);
    this.plot("latency", data, {
      height: 145,
      isTime: true,
      label: `Latency of ${count || "replies: "}${told}`,
      told,
      scales: { x: time.scale, y: { range: () => [low, high] } },
      series: [{}, ...series],
      x: time.axis,
      y: { incrs: [1, 2, 3], values: (plot, marks) => marks.map((mark) => (Number.isInteger(mark) && points.length > 0 ? briefDuration(10 ** mark) : "")) },
      pick: (plot) => {
        const place = this.nearest(plot, xs, ys);
        if (place === null) {
          return null;
        }
        const point = points[place];
        const what = point.group === 1 ? "round trip of a ping" : point.way === 1 ? "reply to what was sent" : "reply to what was received";
        return { number: rowOf.has(point.number) ? point.number : null, words: `${durationWords(point.took / 1e6)} · ${what}` };
      },
    });
  }
}

function briefDuration(micros) {
  return micros < 1e3 ? `${micros} µs` : micros < 1e6 ? `${micros / 1e3} ms` : `${micros / 1e6} s`;
}
