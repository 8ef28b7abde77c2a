/* The backlog curve of a film: a line a side on an axis that prints its ends, a cursor, days below. */
window.twinFilmCurve = (function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg", WIDE = 1000, TALL = 100;
  function s(tag, attributes, text) {
    const node = document.createElementNS(NS, tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  /* The largest or smallest of what a pixel covers would be lost in a mean: at most WIDE points, each kept as it is. */
  function path(values, from, to, y) {
    const every = Math.max(1, Math.floor((to - from) / WIDE)), points = [];
    for (let f = from; f < to; f += every) points.push(`${((f - from) / Math.max(1, to - from - 1) * WIDE).toFixed(1)} ${y(values[f]).toFixed(1)}`);
    return points;
  }
  class Curve {
    constructor(film) {
      this.film = film;
      this.box = document.createElement("div"); this.box.className = "film-curve";
      this.svg = s("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, preserveAspectRatio: "none", "aria-hidden": "true" });
      this.cursor = document.createElement("i"); this.cursor.className = "film-cursor";
      this.days = document.createElement("div"); this.days.className = "film-days";
      this.top = document.createElement("span"); this.top.className = "film-top";
      this.foot = document.createElement("span"); this.foot.className = "film-top foot";
      this.box.append(this.svg, this.top, this.foot, this.cursor, this.days);
    }
    /* from, to: frames; marks: [[frame, word], ...]. Lines need no zero; the axis prints where it begins and ends. */
    draw(from, to, marks) {
      Object.assign(this, { from, to });
      const { sides } = this.film, parts = [], at = (f) => (f - from) / Math.max(1, to - from - 1);
      let most = 0, least = Infinity;
      for (const side of sides) for (let f = from; f < to; f += 1) { most = Math.max(most, side.backlog[f]); least = Math.min(least, side.backlog[f]); }
      const unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(Math.max(1, most - least))))), low = Math.floor(least / unit) * unit, high = Math.max(low + 1, Math.ceil(most / unit) * unit);
      const y = (v) => TALL - 3 - (v - low) / (high - low) * (TALL - 6);
      for (const [f] of marks) parts.push(s("line", { class: "mark", x1: at(f) * WIDE, x2: at(f) * WIDE, y1: 0, y2: TALL }));
      sides.forEach((side, n) => parts.push(s("path", { class: `line of-${n}`, d: `M${path(side.backlog, from, to, y).join("L")}` })));
      this.svg.replaceChildren(...parts);
      this.top.textContent = high.toLocaleString("en-US"); this.foot.textContent = low.toLocaleString("en-US");
      this.days.replaceChildren(...marks.map(([f, word]) => { const node = document.createElement("span"); node.textContent = word; node.style.left = `${100 * at(f)}%`; return node; }));
    }
    move(at) { this.cursor.style.left = `${100 * Math.min(1, Math.max(0, (at - this.from) / Math.max(1, this.to - this.from - 1)))}%`; }
  }
  return { Curve };
})();
