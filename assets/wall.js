/* The wall asks /api/wall for news and draws them. Text enters by textContent only. */
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg", STALE = 12000, LATIN = document.documentElement.lang !== "zh-CN";
  let wall = null, texts = {}, seen = new Set(), levels = "", last = 0, asOf = "", busy = false, shown = {};
  const $ = (name) => document.getElementById("wall-" + name);
  const tr = (key, values) => (texts[key] || key).replace(/\{(\w+)\}/g, (_, k) => (values || {})[k]);
  const MINUS = "−", NONE = "–";
  const count = (v) => v === null || v === undefined ? NONE : Math.round(v).toLocaleString("en-US").replace("-", MINUS);
  const pct = (v, d) => v === null || v === undefined ? NONE : (100 * v).toFixed(d === undefined ? 1 : d);
  const signed = (v, d) => v === null || v === undefined ? "" : Math.abs(v) < .05 ? "±0" : (v > 0 ? "+" : MINUS) + Math.abs(v).toFixed(d || 0);

  function h(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const key in attributes || {}) key === "style" ? node.style.cssText = attributes.style : node.setAttribute(key === "cls" ? "class" : key, attributes[key]);
    for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
    return node;
  }
  function s(tag, attributes, text) {
    const node = document.createElementNS(NS, tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  const put = (name, ...nodes) => { const home = $(name); if (home) home.replaceChildren(...nodes.flat().filter(Boolean)); };
  const px = (n) => n * parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const row = (cells, cls) => h("tr", cls ? { cls } : {}, cells.map((c) => c instanceof Node && c.tagName === "TD" ? c : h("td", {}, c)));
  const td = (cls, content, more) => h("td", Object.assign({ cls }, more), content);
  const th = (cells) => h("tr", {}, cells.map(([text, cls]) => h("th", { cls: cls || "", scope: "col" }, text)));
  const table = (head, rows, cls) => h("table", { cls: cls || "" }, head ? h("thead", {}, head) : null, h("tbody", {}, rows));
  const hue = (n, kind) => n ? kind : "z";

  function span(minutes) {
    const m = Math.abs(minutes);
    if (m < 60) return tr("minutes", { n: Math.max(1, Math.round(m)) });
    if (m < 48 * 60) return tr("hours", { n: m < 600 ? (m / 60).toFixed(1) : Math.round(m / 60) });
    return tr("days", { n: Math.round(m / 1440) });
  }

  function head(d) {
    put("date", d.date); put("clock", d.clock);
    const origin = d.preparing ? tr("preparing") : d.origin === "replay" ? tr("replay", { speed: d.speed }) : tr("live");
    put("state", h("span", { cls: "g" }, h("span", { cls: "mark" }, "●")), origin + " " + tr("as_of", { time: d.as_of }));
  }

  function kpis(d) {
    const k = d.kpis;
    const note = (f, key, digits, times) => f.delta === null ? tr(key + "_unknown") : tr(key, { delta: signed(f.delta * (times || 1), digits) });
    const range = (f) => f.low === null ? "" : tr("interval", { low: pct(f.low), high: pct(f.high) });
    const box = (name, value, unit, text) => h("div", { cls: "kpi" }, h("div", { cls: "label" }, tr("kpi_" + name)),
      figure(name, value, unit), h("div", { cls: "note" }, text));
    put("kpis",
      h("div", { cls: "kpi first" }, h("div", { cls: "label" }, h("span", { cls: "r mark" }, "◆"), tr("kpi_overdue")),
        figure("overdue", count(k.overdue.value), tr("unit"), k.overdue.value ? "" : " zero"),
        h("div", { cls: "note" }, note(k.overdue, "yesterday"))),
      box("reported", count(k.reported_today.value), tr("unit"), note(k.reported_today, "last_week")),
      box("in_hand", count(k.in_hand.value), tr("unit"), note(k.in_hand, "yesterday")),
      box("on_time", pct(k.on_time_closure.value), "%", tr("window_30d") + " " + range(k.on_time_closure)),
      box("handled", pct(k.handled_in_time.value), "%", tr("window_30d") + " " + range(k.handled_in_time)));
  }
  function figure(name, value, unit, more) {
    const is = shown[name] !== undefined && shown[name] !== value ? " changed" : "";
    shown[name] = value;
    return h("div", { cls: "value" + (more || "") + is }, value, h("small", {}, unit));
  }

  function wide(rem) { return `width:${rem * (LATIN ? .4 : 1)}rem`; }  // Latin words need the room that bars have

  function today(d) {
    const stages = d.stages, most = Math.max(1, ...stages.map((r) => r[0])), sum = [0, 1, 2, 3, 4].map((n) => stages.reduce((a, r) => a + r[n], 0));
    const f = d.kpis.reported_today;
    const top = h("div", { cls: "top" },
      h("div", {}, h("div", { cls: "figure" }, count(f.value), h("small", {}, tr("unit"))), h("div", { cls: "m" }, f.delta === null ? tr("last_week_unknown") : tr("last_week", { delta: signed(f.delta) }))),
      h("div", { cls: "channels" }, d.channels.slice(0, 8).map(([name, n]) => h("div", {}, h("span", { cls: "s" }, name), h("span", {}, count(n))))));
    const rows = stages.map((r, n) => row([td("s", tr("stage_" + n)), td("n", n === 6 && !r[0] ? NONE : count(r[0])),
      td("", h("span", { cls: "bar", style: wide(2.9 * r[0] / most) }), { style: wide(3.3) }),
      td("n", count(r[1])), td("n " + hue(r[2], ""), count(r[2])), td("n " + hue(r[3], "a"), count(r[3])), td("n " + hue(r[4], "r"), count(r[4]))]));
    rows.push(row([td("s", tr("total")), td("n", ""), td("", ""), td("n", count(sum[1])), td("n", count(sum[2])), td("n", count(sum[3])), td("n", count(sum[4]))], "sum"));
    const heading = th([[tr("stages"), ""], [tr("arrived"), "n"], ["", ""], [tr("in_hand"), "n"], ["● " + tr("green"), "n"], ["▲ " + tr("amber"), "n"], ["◆ " + tr("red"), "n"]]);
    const aside = Object.entries(d.aside).filter(([, n]) => n).map(([k, n]) => tr("aside_" + k) + " " + n);
    if (d.outside) aside.push(tr("outside") + " " + d.outside);
    put("today", top, table(heading, rows), h("div", { cls: "m" }, aside.length ? aside.join(" · ") + tr("aside") : ""));
  }

  function matters(d) {
    const broad = matchMedia("(min-aspect-ratio: 3/1)").matches, room = broad ? 40 : 9;
    let list = d.matters.filter((m) => m.reported || m.overdue || broad);
    const most = Math.max(1, ...list.map((m) => m.reported));
    const rest = list.slice(room);
    list = list.slice(0, room);
    const line = (m) => row([td("s", m.name), td("n", count(m.reported)), td("", h("span", { cls: "bar" + (m.rest ? " rest" : ""), style: wide(Math.min(1, m.reported / most) * 6.2) }), { style: wide(6.8) }),
      td("n " + hue(m.overdue, "r"), count(m.overdue)), td("n", m.on_time === null || m.on_time === undefined ? NONE : pct(m.on_time, 0) + "%")]);
    const rows = list.map(line);
    if (rest.length) rows.push(line({ rest: true, name: tr("others", { n: rest.length }), reported: rest.reduce((a, m) => a + m.reported, 0), overdue: rest.reduce((a, m) => a + m.overdue, 0), on_time: null }));
    put("matters", list.length ? table(th([[tr("matter"), ""], [tr("reported_head"), "n"], ["", ""], ["◆ " + tr("red"), "n"], [tr("rate"), "n"]]), rows, "fill") : h("p", { cls: "empty" }, tr("none_today")));
  }

  function rates(d) {
    const rows = [["on_time", d.kpis.on_time_closure], ["handled", d.kpis.handled_in_time]].map(([name, f]) => {
      const svg = s("svg", { width: "100%", height: "1.4em", viewBox: "0 0 100 14", preserveAspectRatio: "none" });
      const x = (v) => Math.max(0, Math.min(100, (v - .5) / .5 * 100));
      svg.append(s("line", { x1: 0, x2: 100, y1: 7, y2: 7, stroke: "#26364F", "stroke-width": px(1), "vector-effect": "non-scaling-stroke" }));
      if (f.value !== null) {
        svg.append(s("line", { x1: x(f.low), x2: x(f.high), y1: 7, y2: 7, stroke: "#4DA3FF", "stroke-width": px(3), opacity: .75, "vector-effect": "non-scaling-stroke" }));
        svg.append(s("line", { x1: x(f.value), x2: x(f.value), y1: 7, y2: 7, stroke: "#4DA3FF", "stroke-width": px(9), "stroke-linecap": "round", "vector-effect": "non-scaling-stroke" }));
      }
      return row([td("s", tr("kpi_" + name)), td("n bold", f.value === null ? NONE : pct(f.value) + "%"), h("td", { style: "width:55%" }, svg), td("n m", f.delta === null ? "" : signed(100 * f.delta, 1))]);
    });
    put("rates", table(null, rows, "fill"), h("div", { cls: "m" }, tr("rates_note")));
  }

  const BANDS = [["attention", "▲", "a"], ["usual", "○", "k"], ["good", "●", "g"], ["not_scored", "–", "k"]];
  function townships(d) {
    const list = d.townships, edges = list.flatMap((t) => t.low === null ? [] : [t.low, t.high]);
    const lo = Math.min(...edges, 1), hi = Math.max(...edges, 0), x = (v) => (v - lo) / Math.max(1e-9, hi - lo) * 100;
    const spans = list.map((t) => t.trend.length ? Math.max(...t.trend) - Math.min(...t.trend) : 0), reach = Math.max(.09, ...spans);
    const rows = [];
    for (const [band, mark, cls] of BANDS) {
      const mine = list.filter((t) => t.band === band);
      if (!mine.length) continue;
      rows.push(row([td("", h("span", { cls }, mark + " "), { style: "width:1px" }), td("", tr("band_" + band) + " " + mine.length, { colspan: 2 }), td("n m", tr("band_note_" + band), { colspan: 3 })], "band"));
      for (const t of mine) rows.push(township(t, d, x, reach, cls));
    }
    const heading = th([["", ""], ["", ""], [tr("trend"), ""], [tr("mean", { value: pct(d.mean_on_time) }), ""], [tr("rate"), "n"], [tr("red"), "n"]]);
    put("townships", list.length ? table(heading, rows, "fill") : h("p", { cls: "empty" }, tr("none_today")));
  }
  function township(t, d, x, reach, cls) {
    const spark = s("svg", { width: "4.4rem", height: "1em", viewBox: "0 0 60 12", preserveAspectRatio: "none" });
    const middle = t.trend.reduce((a, v) => a + v, 0) / Math.max(1, t.trend.length);
    const points = t.trend.map((v, n) => `${n / Math.max(1, t.trend.length - 1) * 60},${6 - (v - middle) / reach * 11}`).join(" ");
    spark.append(s("polyline", { points, fill: "none", stroke: "#A3B5CD", "stroke-width": px(1.2), "vector-effect": "non-scaling-stroke" }));
    const dot = s("svg", { width: "7.4rem", height: "1em", viewBox: "0 0 100 12", preserveAspectRatio: "none" });
    const colour = { a: "#F5B83D", g: "#3CC98B", k: "#A3B5CD" }[cls];
    const line = (a, b, w, c) => s("line", { x1: a, x2: b, y1: 6, y2: 6, stroke: c, "stroke-width": px(w), "stroke-linecap": "round", "vector-effect": "non-scaling-stroke" });
    if (d.mean_on_time !== null) dot.append(s("line", { x1: x(d.mean_on_time), x2: x(d.mean_on_time), y1: -2, y2: 14, stroke: "#5C6E8A", "stroke-width": px(1), "vector-effect": "non-scaling-stroke" }));
    if (t.low !== null) dot.append(line(x(t.low), x(t.high), 2.2, colour), line(x(t.shrunk), x(t.shrunk), 7, colour));
    return row([td("", ""), td("", t.name), td("", spark), td("", dot), td("n", pct(t.on_time)), td("n " + hue(t.overdue, "r"), count(t.overdue))]);
  }

  function overdue(d) {
    const total = d.kpis.overdue.value, heading = $("overdue").parentNode.querySelector("h2");
    heading.textContent = tr("overdue") + " " + count(total);
    const rows = d.overdue.map((c) => row([td("", h("span", { cls: "lozenge" }, String(c.number)), { style: "width:1.7rem" }), td("t", c.where + " " + c.matter), td("t s", c.unit, { style: "width:6.6rem" }), td("n r", tr("late", { span: span(c.minutes) }), { style: "width:3.9rem" })]));
    put("overdue", rows.length ? table(null, rows, "fill fixed") : h("p", { cls: "empty" }, "● " + tr("none_overdue")));
  }

  function moves(d) {
    const rows = d.moves.map((m) => {
      const fresh = seen.size && !seen.has(m.key);
      const left = m.minutes === null ? h("span", { cls: "k" }, NONE) : m.closed
        ? h("span", { cls: m.light === "red" ? "r" : "g" }, m.light === "red" ? "◆ " + tr("closed_late") : "● " + tr("closed_in_time"))
        : h("span", { cls: { green: "g", amber: "a", red: "r" }[m.light] }, { green: "● ", amber: "▲ ", red: "◆ " }[m.light] + tr(m.minutes < 0 ? "late" : "left", { span: span(m.minutes) }));
      return row([td("m", m.time, { style: "width:2.6rem" }), td("m", m.number, { style: "width:5.6rem" }), td("t", m.matter, { style: "width:4.2rem" }), td("t s", m.where), td("", m.state, { style: `width:${LATIN ? 4.6 : 2.9}rem` }), td("n", left, { style: `width:${LATIN ? 5.6 : 4.7}rem` })], fresh ? "new" : "");
    });
    seen = new Set(d.moves.map((m) => m.key));
    put("moves", rows.length ? table(null, rows, "fill fixed") : h("p", { cls: "empty" }, tr("none_today")));
  }

  function forces(d) {
    const broad = matchMedia("(min-aspect-ratio: 3/1)").matches;
    const rows = d.forces.slice(0, broad ? 16 : 5).map((f) => row([td("s", f.name), td("", h("span", { cls: "bar", style: wide(5.4 * f.on_duty / Math.max(1, f.established)) }), { style: wide(6) }),
      td("n", h("span", {}, count(f.on_duty), h("span", { cls: "k" }, " / " + count(f.established)))), td("n " + (f.load > .9 ? "a" : ""), (f.load > .9 ? "▲ " + tr("high") + " " : "") + f.load.toFixed(2))]));
    put("forces", rows.length ? table(th([["", ""], [tr("on_duty"), ""], [tr("of_posts"), "n"], [tr("load"), "n"]]), rows, "fill") : h("p", { cls: "empty" }, tr("none_today")));
  }

  function backlog(d) {
    const home = $("backlog"), rem = parseFloat(getComputedStyle(document.documentElement).fontSize), list = d.backlog;
    if (!list.length || !home.clientWidth) return;
    const w = home.clientWidth, tall = home.clientHeight, left = 2.6 * rem, bottom = 1.6 * rem, top = 1.6 * rem;
    const values = list.map((p) => p[1]), most = Math.max(10, ...values), step = nice(most / 3), ceiling = Math.ceil(most / step) * step;
    const x = (n) => left + n / (list.length - 1) * (w - left - 1.2 * rem), y = (v) => top + (1 - v / ceiling) * (tall - top - bottom);
    const svg = s("svg", { class: "chart", viewBox: `0 0 ${w} ${tall}` });
    for (let v = 0; v <= ceiling; v += step) {
      svg.append(s("line", { x1: left, x2: w - 1.2 * rem, y1: y(v), y2: y(v), stroke: "#1C2A42" }), s("text", { x: left - .5 * rem, y: y(v) + .3 * rem, "text-anchor": "end" }, String(v)));
    }
    list.forEach((p, n) => { if (n % 8 === 0) svg.append(s("text", { x: x(n), y: tall - .2 * rem, "text-anchor": "middle" }, p[0])); });
    svg.append(s("polyline", { class: "live-line", points: values.map((v, n) => `${x(n)},${y(v)}`).join(" "), fill: "none", stroke: "#4DA3FF", "stroke-width": .13 * rem }));
    const end = list.length - 1;
    svg.append(s("circle", { cx: x(end), cy: y(values[end]), r: .25 * rem, fill: "#E8EEF7" }));
    svg.append(s("text", { x: x(end), y: y(values[end]) - .6 * rem, "text-anchor": "end", style: "fill:#E8EEF7;font-weight:700" }, tr("now", { n: count(values[end]) })));
    put("backlog", svg);
  }
  function nice(v) { const p = Math.pow(10, Math.floor(Math.log10(Math.max(1, v)))), m = v / p; return Math.max(1, (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10) * p); }

  function map(d) {
    const holder = document.getElementById("wall-map-holder"), gd = holder && holder.querySelector(".js-plotly-plot");
    if (!holder) return;
    const text = JSON.stringify(d.markers);
    if (holder.dataset.markers !== text) holder.dataset.markers = text;
    holder.dataset.bold = JSON.stringify(d.townships.filter((t) => t.band === "attention").map((t) => t.code));
    put("marked", [["r", "◆", "red"], ["a", "▲", "amber"]].flatMap(([cls, mark, kind]) => [h("span", { cls }, mark), h("span", {}, tr("marked_" + kind)), h("b", {}, count(d.marked[kind]))]));
    if (holder.dataset.ready !== "1" || d.levels === levels || !window.Plotly) return;
    levels = d.levels;
    const z = Array.from(atob(levels), (c) => { const v = c.charCodeAt(0); return v === 255 ? null : v; });
    window.Plotly.restyle(gd, { z: [z] }, [0]);
  }

  function draw(d) { for (const part of [head, kpis, today, matters, rates, townships, overdue, moves, forces, backlog, map]) part(d); }

  async function ask() {
    if (busy || !wall) return;
    busy = true;
    let news = null;
    try {
      const answer = await fetch("/api/wall", { cache: "no-store" });
      if (answer.status === 401) { last = 0; stale(tr("no_session")); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const d = await answer.json();
      last = Date.now(); asOf = d.as_of; wall.classList.remove("stale");
      news = d;
    } catch (_) { if (Date.now() - last > STALE) stale(tr("stale", { time: asOf || NONE })); } finally { busy = false; }
    if (news) { draw(news); wall.dataset.ready = "1"; }
  }
  function stale(text) {
    wall.classList.add("stale");
    put("state", h("span", { cls: "a" }, "▲ " + text));
  }

  setInterval(() => {
    const found = document.getElementById("wall");
    if (found === wall) return;
    wall = found; levels = ""; shown = {}; seen = new Set();
    if (!wall) return;
    texts = JSON.parse(wall.dataset.texts);
    document.documentElement.lang = texts.lang;
    const poll = Number(wall.dataset.poll) || 2000;
    ask();
    const timer = setInterval(() => { if (document.getElementById("wall") !== wall) clearInterval(timer); else ask(); }, poll);
  }, 200);
  /* quiet reload in the small hours: a month on the wall starts each day fresh */
  const night = new Date(); night.setDate(night.getDate() + (night.getHours() >= 3 ? 1 : 0)); night.setHours(3, 40, Math.floor(Math.random() * 60), 0);
  setTimeout(() => { if (wall) fetch("/health").then((a) => a.ok && location.reload()).catch(() => {}); }, Math.min(night - Date.now(), 2 ** 31 - 1));
})();
