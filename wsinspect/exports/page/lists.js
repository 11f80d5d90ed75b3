// A list of any length of which only the rows in sight stand in the page; all have the same height.
"use strict";

class VirtualList {
  // `draw(place)` returns the element of a row; `height` is a row's, in pixels.
  constructor(box, height, draw) {
    this.box = box;
    this.height = height;
    this.draw = draw;
    this.length = 0;
    this.rows = new Map();
    this.space = make("div", { class: "space", role: "presentation" });
    box.replaceChildren(this.space);
    let waiting = 0;
    const soon = () => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => this.show());
    };
    box.addEventListener("scroll", soon, { passive: true });
    new ResizeObserver(soon).observe(box);
  }

  // Show a list of another length, or the same anew.
  renew(length) {
    this.length = length;
    this.space.style.height = `${length * this.height}px`;
    this.rows.clear();
    this.space.replaceChildren();
    this.show();
  }

  get page() {
    return Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
  }

  show() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 5);
    const last = Math.min(this.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + 5);
    for (const [place, row] of this.rows) {
      if (place < first || place >= last) {
        row.remove();
        this.rows.delete(place);
      }
    }
    for (let place = first; place < last; place += 1) {
      if (!this.rows.has(place)) {
        const row = this.draw(place);
        row.style.transform = `translateY(${place * this.height}px)`;
        this.rows.set(place, row);
        this.space.append(row);
      }
    }
  }

  // Bring a row into sight.
  reach(place) {
    const top = place * this.height;
    if (top < this.box.scrollTop) {
      this.box.scrollTop = top;
    } else if (top + this.height > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = top + this.height - this.box.clientHeight;
    }
    this.show();
  }
}
