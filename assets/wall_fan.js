/* Cases in hand: the last 24 hours as they were and, where a forecast is at hand, the next 24 as a fan. */
window.twinFan = (function () {
  "use strict";
  const w = window.twinWall, LIVE = "#4DA3FF", SIM = "#B9A6FF";
  const nice = (v) => { const p = Math.pow(10, Math.floor(Math.log10(Math.max(1, v)))), m = v / p; return Math.max(1, (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10) * p); };

  /* Hours that have passed since the forecast was made are left out. */
  function rest(fan) {
    if (!fan) return null;
    const first = fan.ahead.findIndex((m) => m >= 0), from = first < 0 ? 0 : first, cut = (name) => fan[name].slice(from);
    return fan.ahead.length - from < 3 ? null : Object.assign({}, fan, Object.fromEntries(["clock", "ahead", "median", "low50", "high50", "low90", "high90"].map((name) => [name, cut(name)])));
  }
  function draw(d) {
    const home = w.$("backlog"), fan = rest(d.fan);
    w.title("backlog", w.tr(fan ? "forecast" : "backlog"));
    heading(fan);
    if (!home || !d.past.length || !home.clientWidth) return;
    const chart = plot(home, d.past, fan, d.held);
    w.put("backlog", chart, fan ? w.h("div", { cls: "m ends" }, w.h("span", {}, sentence(fan)), w.h("span", {}, w.tr("fan_key"))) : null);
  }
  function heading(fan) {
    const head = w.$("backlog-title"), old = head && head.parentNode.querySelector(".sim");
    if (fan && head && !old) head.after(w.h("span", { cls: "sim" }, w.tr("simulated")));
    if (!fan && old) old.remove();
    w.meta("backlog", fan ? w.tr("runs", { n: fan.replications, seed: fan.seed, time: fan.made_at }) : w.tr("backlog_meta"));
  }
  function peak(fan) { let top = 0; fan.median.forEach((v, n) => { if (v > fan.median[top]) top = n; }); return top; }
  function sentence(fan) {
    const n = peak(fan), range = w.tr("fan_range", { low: w.count(fan.low90[n]), high: w.count(fan.high90[n]) });
    if (!w.known(fan.probability)) return range;
    const least = Math.ceil(100 / fan.replications), chance = 100 * fan.probability < least ? "<" + least : w.pct(fan.probability, 0);
    return range + w.tr("fan_chance", { line: w.count(fan.threshold), chance });
  }
  function plot(home, past, fan, held) {
    const unit = w.rem(), width = home.clientWidth, tall = home.clientHeight - (fan ? 1.5 * unit : 0);
    const left = 2.8 * unit, right = .6 * unit, top = 1.5 * unit, bottom = 1.3 * unit;
    const ahead = fan ? fan.ahead[fan.ahead.length - 1] / 60 : 0, behind = fan ? Math.min(past.length, 17) : past.length, old = past.slice(-behind);
    const hours = (past.length - 1) / 24, total = (behind - 1) / hours + ahead;
    const x = (t) => left + t / total * (width - left - right), now = (behind - 1) / hours;
    const values = old.map((p) => p[1]).concat(fan ? [...fan.low90, ...fan.high90] : [], fan && w.known(fan.threshold) ? [fan.threshold] : []);
    const least = Math.min(...values), most = Math.max(...values), step = nice(Math.max(6, most - least) / 2.2);
    const lo = Math.max(0, Math.floor(least / step) * step), hi = Math.max(lo + step, Math.ceil(most / step) * step);
    const y = (v) => top + (1 - (v - lo) / (hi - lo)) * (tall - top - bottom);
    const svg = w.s("svg", { class: "chart", viewBox: `0 0 ${width} ${tall}` });
    const line = (x1, y1, x2, y2, more) => svg.append(w.s("line", Object.assign({ x1, y1, x2, y2 }, more)));
    const label = (text, at, up, more) => svg.append(w.s("text", Object.assign({ x: at, y: up }, more), text));
    for (let v = lo; v <= hi + 1e-9; v += step) { line(left, y(v), width - right, y(v), { stroke: "#1C2A42" }); label(w.count(v), left - .5 * unit, y(v) + .3 * unit, { "text-anchor": "end" }); }
    ticks(old[old.length - 1][0], now, total).forEach(([at, text]) => label(text, x(at), tall - .1 * unit, { "text-anchor": "middle" }));
    const points = (list) => list.map((p) => p.map((v) => v.toFixed(1)).join(",")).join(" ");
    if (fan) shade(svg, fan, (n) => x(now + fan.ahead[n] / 60), y, points, unit);
    svg.append(w.s("polyline", { class: "live-line", points: points(old.map((p, n) => [x(n / hours), y(p[1])])), fill: "none", stroke: LIVE, "stroke-width": .125 * unit }));
    if (fan && w.known(fan.threshold)) { line(left, y(fan.threshold), width - right, y(fan.threshold), { stroke: "#F5B83D", "stroke-width": .08 * unit, "stroke-dasharray": `${.125 * unit} ${.25 * unit}` }); label(w.tr("warning", { n: w.count(fan.threshold) }), left + .3 * unit, y(fan.threshold) - .35 * unit, { style: "fill:#F5B83D" }); }
    const end = old[old.length - 1][1];
    if (fan) { line(x(now), top - .6 * unit, x(now), tall - bottom, { stroke: "#5C6E8A" }); label(w.tr("fan_peak", { n: w.count(fan.median[peak(fan)]), time: fan.clock[peak(fan)] }), width - right, .95 * unit, { "text-anchor": "end", style: "fill:#E8EEF7;font-weight:700" }); }
    svg.append(w.s("circle", { cx: x(now), cy: y(end), r: .22 * unit, fill: "#E8EEF7" }));
    label(w.tr("now", { n: w.count(held) }), fan ? x(now) - .3 * unit : x(now), fan ? .95 * unit : y(end) - .6 * unit, { "text-anchor": "end", style: "fill:#E8EEF7;font-weight:700" });
    return svg;
  }
  /* Every fourth whole hour between the ends: [hours from the left, text]. */
  function ticks(clock, now, total) {
    const [hour, minute] = clock.split(":").map(Number), found = [];
    for (let k = -Math.floor(now); k <= total - now + 1; k += 1) {
      const at = now + k - minute / 60, label = ((hour + k) % 24 + 24) % 24;
      if (at > .8 && at < total - .4 && label % 4 === 0) found.push([at, String(label).padStart(2, "0") + ":00"]);
    }
    return found;
  }
  function shade(svg, fan, x, y, points, unit) {
    const hatch = w.s("pattern", { id: "wall-hatch", width: .375 * unit, height: .375 * unit, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    hatch.append(w.s("line", { x1: 0, y1: 0, x2: 0, y2: .375 * unit, stroke: SIM, "stroke-width": .15 * unit, opacity: .45 }));
    const defs = w.s("defs", {}); defs.append(hatch); svg.append(defs);
    const band = (low, high) => points([...high.map((v, n) => [x(n), y(v)]), ...low.map((v, n) => [x(n), y(v)]).reverse()]);
    svg.append(w.s("polygon", { points: band(fan.low90, fan.high90), fill: SIM, opacity: .1 }), w.s("polygon", { points: band(fan.low90, fan.high90), fill: "url(#wall-hatch)" }));
    svg.append(w.s("polygon", { points: band(fan.low50, fan.high50), fill: SIM, opacity: .3 }));
    svg.append(w.s("polyline", { points: points(fan.median.map((v, n) => [x(n), y(v)])), fill: "none", stroke: "#CFC2FF", "stroke-width": .1125 * unit, "stroke-dasharray": `${.375 * unit} ${.1875 * unit}` }));
  }
  return { draw };
})();
