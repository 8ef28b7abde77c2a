/* The wall: asks /api/wall for news, turns its views, owns up to stale data. Text enters by textContent only.
   wall_*.js register views with twinWall.view(name, draw); each panel is drawn again only where it changed. */
window.twinWall = (function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg", STALE = 12000, SLOWEST = 4000, PATIENCE = 12000, MINUS = "−", NONE = "–";
  const LATIN = document.documentElement.lang !== "zh-CN", views = {}, drawn = new Map(), shown = {}, watchers = [];
  let wall = null, texts = {}, news = null, tag = "", last = 0, fails = 0, current = "", turned = 0, touched = -1e9, held = false;
  let rotation = {}, began = 0;

  const $ = (name) => document.getElementById("wall-" + name);
  const tr = (key, values) => (texts[key] || key).replace(/\{(\w+)\}/g, (_, k) => (values || {})[k]);
  const known = (v) => v !== null && v !== undefined;
  const count = (v) => known(v) ? Math.round(v).toLocaleString("en-US").replace("-", MINUS) : NONE;
  const pct = (v, d) => known(v) ? (100 * v).toFixed(d === undefined ? 1 : d) : NONE;
  const signed = (v, d) => !known(v) ? "" : Math.abs(v) < .5 * Math.pow(10, -(d || 0)) ? "±0" : (v > 0 ? "+" : MINUS) + Math.abs(v).toFixed(d || 0);
  const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const px = (n) => n * rem() / 16;
  const broad = () => matchMedia("(min-aspect-ratio: 3/1)").matches;
  const wide = (n) => `width:${n * (LATIN ? .4 : 1)}rem`;   /* Latin words need the room that bars have */
  const hue = (n, kind) => n ? kind : "z";

  function fill(node, children) { for (const child of children.flat()) if (known(child)) node.append(child); return node; }
  function h(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const key in attributes || {}) key === "style" ? node.style.cssText = attributes.style : node.setAttribute(key === "cls" ? "class" : key, attributes[key]);
    return fill(node, children);
  }
  function s(tag, attributes, text) {
    const node = document.createElementNS(NS, tag);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  }
  const put = (name, ...nodes) => { const home = $(name); if (home) home.replaceChildren(...nodes.flat().filter(known)); };
  const title = (name, text) => { const home = $(name + "-title"); if (home && home.textContent !== text) home.textContent = text; };
  const meta = (name, text) => { const home = $(name + "-meta"); if (home && home.textContent !== text) home.textContent = text; };
  const td = (cls, content, more) => h("td", Object.assign({ cls }, more), content);
  const row = (cells, more) => h("tr", more || {}, cells);
  const th = (cells) => h("tr", {}, cells.map(([text, cls, width]) => h("th", { cls: cls || "", scope: "col", style: width ? `width:${width}rem` : "" }, text)));
  const table = (head, rows, cls) => h("table", { cls: cls || "" }, head ? h("thead", {}, head) : null, h("tbody", {}, rows));
  const bar = (share, size, more) => td("", h("span", { cls: "bar " + (more || ""), style: wide(size * Math.max(0, Math.min(1, share))) }), { style: wide(size + .4) });
  const empty = (text) => h("p", { cls: "empty" }, text);
  function span(minutes) {
    const m = Math.abs(minutes);
    if (m < 60) return tr("minutes", { n: Math.max(1, Math.round(m)) });
    if (m < 48 * 60) return tr("hours", { n: m < 600 ? (m / 60).toFixed(1) : Math.round(m / 60) });
    return tr("days", { n: Math.round(m / 1440) });
  }
  function figure(name, value, unit, more) {
    const is = shown[name] !== undefined && shown[name] !== value ? " changed" : "";
    shown[name] = value;
    return h("div", { cls: "value" + (more || "") + is }, value, h("small", {}, unit));
  }
  function dots(low, mid, high, lo, hi, colour, more) {   /* an interval with its dot on a rule from lo to hi */
    const svg = s("svg", { class: "dots", viewBox: "0 0 100 12", preserveAspectRatio: "none" });
    const x = (v) => Math.max(0, Math.min(100, (v - lo) / Math.max(1e-9, hi - lo) * 100));
    const line = (a, b, w, c, o, y1, y2) => s("line", { x1: a, x2: b, y1: y1 === undefined ? 6 : y1, y2: y2 === undefined ? 6 : y2, stroke: c, "stroke-width": px(w), opacity: o || 1, "stroke-linecap": w > 1.5 ? "round" : "butt", "vector-effect": "non-scaling-stroke" });
    if (more && more.rule) svg.append(line(0, 100, 1, "#26364F"));
    if (more && known(more.mean)) svg.append(line(x(more.mean), x(more.mean), 1, "#5C6E8A", 1, -2, 14));
    if (more && known(more.target)) svg.append(line(x(more.target), x(more.target), 2, "#E8EEF7", 1, 0, 12));
    if (known(mid)) svg.append(line(x(low), x(high), 2.4, colour, .75), line(x(mid), x(mid) + .01, 7.2, colour));
    return svg;
  }
  function part(name, data, draw) {
    const text = JSON.stringify(data);
    if (drawn.get(name) === text) return;
    drawn.set(name, text);
    draw(data);
  }

  function head(d) {
    put("date", d.date); put("clock", d.clock);
    const origin = d.preparing ? tr("preparing") : d.origin === "replay" ? tr("replay", { speed: d.speed }) : tr("live");
    put("state", h("span", { cls: "g" }, h("span", { cls: "mark" }, "●")), origin + " " + tr("as_of", { time: d.as_of }));
    const b = d.board, notes = [];
    if (b.contingency) notes.push(h("b", { cls: "contingency" }, "■ " + tr("contingency", { name: b.contingency })));
    if (b.orders) notes.push(h("span", {}, tr("orders", { n: count(b.orders) })));
    put("board", notes);
  }
  const rotating = () => [...wall.querySelectorAll(".view")].filter((v) => !v.dataset.off);
  /* A view that has nothing to show leaves the rotation and its tab; the one in front gives way. */
  function offer(name, there) {
    const view = wall.querySelector(`.view[data-view="${name}"]`), tab = wall.querySelector(`[data-tab="${name}"]`);
    if (!view || !view.dataset.off === there) return;
    view.dataset.off = there ? "" : "1"; tab.hidden = !there;
    if (!there && current === name) show("");
  }
  function show(name) {
    if (!wall) return;
    const all = rotating();
    current = all.some((v) => v.dataset.view === name) ? name : all[0].dataset.view;
    turned = performance.now();
    if (news) draw(news, [current]);
    for (const v of wall.querySelectorAll(".view")) { v.classList.toggle("on", v.dataset.view === current); v.inert = v.dataset.view !== current; }
    for (const tab of wall.querySelectorAll("[data-tab]")) { const on = tab.dataset.tab === current; tab.classList.toggle("on", on); tab.setAttribute("aria-pressed", on); }
    put("title", tr("view_" + current));
  }
  function turn(step) {
    const names = rotating().map((v) => v.dataset.view);
    show(names[(names.indexOf(current) + step + names.length) % names.length]);
  }
  function touch() { touched = performance.now(); turning(); }
  const idle = () => !held && performance.now() - touched > rotation.pause_seconds * 1000;
  function turning() { put("turning", held ? tr("held") : idle() ? "" : tr("paused")); }

  function draw(d, names) {
    head(d);
    offer("whatif", !!d.whatif);
    for (const name of names || [current]) if (views[name]) views[name](d);
    for (const tell of watchers) tell(d);
  }
  function stale(text) {
    wall.classList.add("stale");
    put("state", h("span", { cls: "a" }, "▲ " + text));
  }
  async function ask() {
    const stop = new AbortController(), bell = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const answer = await fetch("/api/wall", { cache: "no-store", signal: stop.signal, headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.status === 401) { fails += 1; stale(tr("no_session")); return; }
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        const d = await answer.json(), first = !wall.dataset.ready;
        tag = answer.headers.get("ETag") || ""; news = d;
        draw(d, first ? Object.keys(views) : [current]);
      } else if (news) head(news);
      last = Date.now(); fails = 0;
      wall.classList.remove("stale"); wall.dataset.ready = "1";
      if (news.release !== wall.dataset.release && idle()) afresh("wall-release", news.release);
    } catch (_) {
      fails += 1;
      if (Date.now() - last > STALE) stale(tr("stale", { time: news ? news.as_of : NONE }));
    } finally { clearTimeout(bell); }
  }
  /* n refreshes one after the other, each drawing every panel anew: what a soak test counts. */
  async function refresh(n) { for (let k = 0; k < n; k += 1) { tag = ""; drawn.clear(); await ask(); await new Promise(requestAnimationFrame); } return n; }

  function keep() { try { sessionStorage.setItem("wall-kept", JSON.stringify({ news, current })); } catch (_) { /* full: start blank */ } }
  function afresh(name, value) {   /* once for each value: never a loop of reloads */
    if (sessionStorage.getItem(name) === value) return;
    sessionStorage.setItem(name, value); keep(); location.reload();
  }
  function recall() {
    try {
      const kept = JSON.parse(sessionStorage.getItem("wall-kept") || "null");
      sessionStorage.removeItem("wall-kept");
      if (kept && kept.news) { news = kept.news; current = kept.current; draw(news, Object.keys(views)); stale(tr("stale", { time: news.as_of })); }
    } catch (_) { news = null; }
  }
  function nightly() {
    const now = new Date(), quiet = now.getHours() === rotation.quiet_hour && performance.now() - began > 2 * 3600e3 && idle();
    if (quiet) fetch("/health").then((a) => { if (a.ok) afresh("wall-night", now.toDateString()); }).catch(() => {});
  }
  function start(found) {
    wall = found; drawn.clear(); news = null; tag = ""; fails = 0; began = performance.now(); last = Date.now();
    texts = JSON.parse(wall.dataset.texts); rotation = JSON.parse(wall.dataset.rotation);
    document.documentElement.lang = texts.lang;
    current = location.hash.slice(1); recall(); show(current);
    const poll = Number(wall.dataset.poll) || 2000, mine = wall;
    (async function again() {
      if (document.getElementById("wall") !== mine) return;
      await ask();
      setTimeout(again, fails ? Math.min(SLOWEST, poll * Math.pow(1.5, fails - 1)) : poll);
    })();
  }
  setInterval(() => {
    const found = document.getElementById("wall");
    if (found && found !== wall) start(found);
    if (!found) wall = null;
    if (!wall) return;
    turning();
    const one = matchMedia("(max-width: 900px)").matches || rotating().length < 2;
    if (!one && idle() && performance.now() - turned > rotation.dwell_seconds * 1000) turn(1);
    nightly();
  }, 200);
  addEventListener("resize", () => { drawn.clear(); if (wall && news) draw(news, Object.keys(views)); });
  addEventListener("pointerdown", (e) => {
    if (!wall) return;
    touch();
    const tab = e.target.closest && e.target.closest("[data-tab]");
    if (tab) show(tab.dataset.tab);
  });
  addEventListener("keydown", (e) => {
    if (!wall) return;
    if (e.key === "ArrowRight" || e.key === "ArrowLeft") { touch(); turn(e.key === "ArrowRight" ? 1 : -1); }
    else if (e.key === " ") { held = !held; turning(); e.preventDefault(); }
    else if (e.key === "Enter" && document.activeElement.dataset.tab) { touch(); show(document.activeElement.dataset.tab); }
  });
  return {
    view: (name, draw) => { views[name] = draw; }, watch: (tell) => watchers.push(tell), part, refresh, show, touch, news: () => news, policy: () => rotation,
    $, tr, known, count, pct, signed, rem, px, broad, wide, hue, h, s, put, title, meta, td, row, th, table, bar, empty, span, figure, dots, NONE, LATIN,
  };
})();
