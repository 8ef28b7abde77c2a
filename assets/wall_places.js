/* The map of the wall: its colours, markers, legend and scale; zooms of townships and the lens of a touched one.
   Zooms are plain SVG of the same layers: no second WebGL context, and they stand where WebGL is missing. */
window.twinPlaces = (function () {
  "use strict";
  const w = window.twinWall, { $, tr, known, count, pct, h, s, td, row, th, table, span } = w;
  let levels = "", steps = [], numbers = null, layers = null, lens = null, lensTouched = 0, zoomed = [];

  const holder = () => document.getElementById("wall-map-holder");
  const square = (b) => Math.cos((b[1] + b[3]) / 2 * Math.PI / 180);
  function read(text) { steps = Array.from(atob(text), (c) => { const v = c.charCodeAt(0); return v === 255 ? null : v; }); }

  function draw(d) {
    const home = holder();
    if (!home) return;
    read(d.levels);
    const text = JSON.stringify(d.markers);
    if (home.dataset.markers !== text) home.dataset.markers = text;
    home.dataset.bold = JSON.stringify(d.townships.filter((t) => t[1] === "attention").map((t) => t[0]));
    const risk = [.1, .15, .2, .3, .4];
    home.dataset.towns = JSON.stringify(Object.fromEntries(d.townships.filter((t) => known(t[6])).map((t) => [t[0], risk.filter((edge) => 1 - t[6] >= edge).length])));
    if (window.Plotly && home.dataset.ready === "1" && d.levels !== levels) {
      levels = d.levels;
      window.Plotly.restyle(home.querySelector(".js-plotly-plot"), { z: [steps] }, [0]);
    }
    legend(home, d.markers);
    zooms(d);
    if (lens) lens.paint();
  }
  function legend(home, markers) {
    const has = (kind) => markers.filter((m) => m.kind === kind).length;
    const lines = [["r", "◆", "red", has("red")], ["a", "▲", "amber", has("amber")], ["disc", "哨", "whistle", has("whistle")], ["w", "□", "base", JSON.parse(home.dataset.labels || "[]").length], ["w", "▣", "hub", JSON.parse(home.dataset.hubs || "[]").length]];
    w.put("marked", lines.flatMap(([cls, mark, kind, n]) => [h("span", { cls }, mark), h("span", {}, tr("marked_" + kind)), h("b", {}, count(n))]));
    scale(home);
  }
  function scale(home) {
    const map = window.twinMaps && window.twinMaps.fullMap(home.querySelector(".js-plotly-plot"));
    if (!map || home.dataset.ready !== "1") return;
    const metres = 78271.517 * Math.cos(map.getCenter().lat * Math.PI / 180) / Math.pow(2, map.getZoom());
    const room = 7.5 * w.rem() * metres / 1000, power = Math.pow(10, Math.floor(Math.log10(room))), km = power * (room / power >= 5 ? 5 : room / power >= 2 ? 2 : 1);
    w.put("scale", h("span", {}, tr("km", { n: km })), h("i", { style: `width:${km * 1000 / metres}px` }));
  }

  function load() {
    if (!layers) {
      layers = Promise.all(["grids", "villages", "water", "lakes"].map((name) => fetch(`/geo/${name}.json`).then((a) => a.json())))
        .then(([grids, villages, water, lakes]) => ({ grids: grids.features, villages: villages.features, water: water.features, lakes: lakes.features }))
        .catch((fault) => { layers = null; throw fault; });
      numbers = new Map(JSON.parse(holder().dataset.codes).map((code, n) => [code, n]));
    }
    return layers;
  }
  const rings = (g) => (g.type === "Polygon" ? [g.coordinates] : g.type === "MultiPolygon" ? g.coordinates : g.type === "LineString" ? [[g.coordinates]] : [g.coordinates]).flat();
  function centre(g) {   /* the middle of the largest ring, weighted by area */
    let best = [0, 0, -1];
    for (const ring of rings(g)) {
      let area = 0, x = 0, y = 0;
      for (let n = 0; n < ring.length - 1; n += 1) { const k = ring[n][0] * ring[n + 1][1] - ring[n + 1][0] * ring[n][1]; area += k; x += (ring[n][0] + ring[n + 1][0]) * k; y += (ring[n][1] + ring[n + 1][1]) * k; }
      if (Math.abs(area) > best[2]) best = [x / (3 * area || 1), y / (3 * area || 1), Math.abs(area)];
    }
    return best;
  }

  /* Longitude and latitude -> pixels of a box, so that bounds fill it but for a margin. */
  function fitted(b, wide, tall, pad) {
    const squeeze = square(b), size = Math.min((wide - 2 * pad) / Math.max(1e-9, (b[2] - b[0]) * squeeze), (tall - 2 * pad) / Math.max(1e-9, b[3] - b[1]));
    const left = (wide - (b[2] - b[0]) * squeeze * size) / 2, top = (tall - (b[3] - b[1]) * size) / 2;
    return (p) => [left + (p[0] - b[0]) * squeeze * size, top + (b[3] - p[1]) * size];
  }
  function draft(g, at) { const closed = g.type.endsWith("Polygon"); return rings(g).map((ring) => "M" + ring.map((p) => at(p).map((v) => v.toFixed(1)).join(" ")).join("L") + (closed ? "Z" : "")).join(""); }

  /* One township or village into an SVG of its home's size; paint() colours it, mark() sets its markers. */
  class Zoom {
    constructor(home, code, all, more) {
      this.code = code; this.cells = []; this.box = s("svg", { class: "zoomed", "aria-hidden": "true" });
      this.villages = all.villages.filter((v) => v.properties.up === code || v.id === code);
      const inside = new Set(this.villages.map((v) => v.id));
      this.grids = all.grids.filter((g) => inside.has(g.properties.up));
      this.fit(home);
      const clip = s("clipPath", { id: "clip-" + home.id }), path = (list) => list.map((f) => this.path(f.geometry)).join("");
      clip.append(s("path", { d: path(this.villages) })); this.box.append(clip);
      for (const g of this.grids) { const cell = s("path", { d: this.path(g.geometry), class: "cell", "data-place": more.cells ? "" : g.properties.up, "data-grid": g.id }); this.cells.push([g.id, cell]); this.box.append(cell); }
      const flow = s("g", { "clip-path": `url(#clip-${home.id})` });
      flow.append(s("path", { d: path(all.lakes), class: "lake" }), s("path", { d: path(all.water), class: "river casing" }), s("path", { d: path(all.water), class: "river" }));
      this.box.append(flow);
      const edge = path(this.villages);
      this.box.append(s("path", { d: edge, class: "village casing" }), s("path", { d: edge, class: "village" }));
      this.marks = s("g", {}); this.box.append(this.marks);
      const named = more.cells ? this.grids.map((g) => [g, g.id.slice(-3)]) : this.villages.map((v) => [v, v.properties.name]);
      for (const [f, name] of named) { const [x, y] = this.at(centre(f.geometry)); this.box.append(s("text", { x, y, class: "name" }, name)); }
      home.replaceChildren(this.box);
      this.paint();
    }
    fit(home) {
      const points = this.villages.flatMap((v) => rings(v.geometry).flat()), xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
      const wide = home.clientWidth, tall = home.clientHeight;
      this.at = fitted([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)], wide, tall, .6 * w.rem());
      this.box.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    }
    path(g) { return draft(g, this.at); }
    paint() { for (const [code, cell] of this.cells) { const step = steps[numbers.get(code)], fill = known(step) ? `var(--risk-${step})` : "var(--panel)"; if (cell.style.fill !== fill) cell.style.fill = fill; } }
    mark(list) {
      const unit = w.rem() / 16;
      this.marks.replaceChildren(...list.map((m) => { const [x, y] = this.at([m.lon, m.lat]); return window.twinMaps.marker(m, x, y, unit * 1.25); }));
    }
  }

  function zooms(d) {
    const homes = [0, 1].map((n) => $("zoom-" + n));
    if (!homes[0] || !homes[0].clientWidth) { zoomed = []; return; }
    const order = { attention: 0, not_scored: 1, usual: 1, good: 2 };
    const chosen = [...d.townships].sort((a, b) => order[a[1]] - order[b[1]] || (a[1] === "attention" ? a[6] - b[6] : b[7] - a[7])).slice(0, 2);
    load().then((all) => chosen.forEach((t, n) => {
      const key = t[0] + homes[n].clientWidth + "x" + homes[n].clientHeight;
      if (!zoomed[n] || zoomed[n].key !== key) {
        const map = h("div", { cls: "zoom-map", id: "wall-zoom-map-" + n });
        homes[n].replaceChildren(h("div", { cls: "head" }, h("h2", {}, t[2]), h("span", { cls: "m" }, ""), h("span", { cls: "meta" }, "")), map);
        zoomed[n] = { key, home: homes[n], zoom: new Zoom(map, t[0], all, {}) };
      }
      const [, word, figures] = zoomed[n].home.firstChild.children;
      word.textContent = tr("band_" + t[1]);
      figures.textContent = (known(t[3]) ? pct(t[3]) + "% (" + pct(t[4]) + "–" + pct(t[5]) + ") · " : "") + tr("red") + " " + count(t[7]);
      zoomed[n].zoom.paint();
      zoomed[n].zoom.mark(d.markers.filter((m) => m.place === t[0]));
    })).catch(() => {});
  }

  /* The lens: a township, then a village of it, then its grids; it closes by itself. */
  async function open(code, above) {
    const home = $("lens");
    if (!home || !code) return;
    lensTouched = performance.now();
    try {
      const [all, answer] = await Promise.all([load(), fetch("/api/wall/place/" + encodeURIComponent(code))]);
      if (answer.ok) show(home, await answer.json(), all, above);
    } catch (_) { close(); }
  }
  function show(home, d, all, above) {
    const isVillage = all.villages.some((v) => v.id === d.code), map = h("div", { cls: "zoom-map", id: "wall-lens-map" });
    home.hidden = false;
    home.replaceChildren(h("div", { cls: "head" }, h("button", { "data-back": isVillage ? above || all.villages.find((v) => v.id === d.code).properties.up : "" }, "← " + tr(isVillage ? "back_up" : "back")), h("h2", {}, d.name), h("span", { cls: "meta" }, tr("lens_meta", { n: count(d.cases.length), late: count(d.cases.filter((c) => c.light === "red").length) }))), h("div", { cls: "two" }, map, h("div", { cls: "aside" }, ...aside(d, all, isVillage))));
    lens = new Zoom(map, d.code, all, { cells: isVillage });
    lens.mark(d.cases.filter((c) => c.light !== "green" && known(c.lon)).reverse().map((c) => ({ kind: c.light, lon: c.lon, lat: c.lat, number: 0 })));
  }
  function aside(d, all, isVillage) {
    const parts = isVillage ? all.grids.filter((g) => g.properties.up === d.code).map((g) => [g.id, g.id.slice(-3) + " " + g.properties.name]) : all.villages.filter((v) => v.properties.up === d.code).map((v) => [v.id, v.properties.name]);
    const mine = (code) => d.cases.filter((c) => (isVillage ? c.grid : c.village) === code), of = (list, light) => list.filter((c) => c.light === light).length;
    const rows = parts.map(([code, name]) => [code, name, mine(code)]).sort((a, b) => of(b[2], "red") - of(a[2], "red") || b[2].length - a[2].length).slice(0, 12)
      .map(([code, name, list]) => row([td("t", name), td("n", count(list.length), { style: "width:3.4rem" }), td("n " + w.hue(of(list, "amber"), "a"), count(of(list, "amber")), { style: "width:3.4rem" }), td("n " + w.hue(of(list, "red"), "r"), count(of(list, "red")), { style: "width:3.4rem" })], isVillage ? {} : { "data-place": code }));
    const cases = d.cases.slice(0, 9).map((c) => row([td("", h("span", { cls: { red: "r", amber: "a", green: "g" }[c.light] }, { red: "◆", amber: "▲", green: "●" }[c.light]), { style: "width:1.4rem" }), td("t", c.matter + " · " + (isVillage ? c.grid.slice(-3) : c.where)), td("n " + (c.light === "red" ? "r" : "s"), !known(c.minutes) ? tr("undated") : tr(c.minutes > 0 ? "late" : "left", { span: span(c.minutes) }), { style: "width:5rem" })]));
    return [table(th([[tr(isVillage ? "grid" : "village"), ""], [tr("in_hand"), "n", 4], ["▲", "n", 3], ["◆", "n", 3]]), rows, "fixed"), h("div", { cls: "sub" }, h("b", {}, tr("urgent_first"))), table(null, cases, "fixed")];
  }
  function close() { const home = $("lens"); lens = null; if (home) { home.hidden = true; home.replaceChildren(); } }

  addEventListener("click", (e) => {
    if (!e.target.closest || !document.getElementById("wall")) return;
    const back = e.target.closest("[data-back]"), place = e.target.closest("[data-place]");
    if (back) back.dataset.back ? open(back.dataset.back) : close();
    else if (place && place.dataset.place) { w.show("overview"); open(place.dataset.place); }
  });
  addEventListener("keydown", (e) => { if (e.key === "Escape") close(); });
  setInterval(() => {
    if (lens && performance.now() - lensTouched > (w.policy().lens_seconds || 60) * 1000) close();
    const home = holder(), gd = home && home.dataset.ready === "1" && home.querySelector(".js-plotly-plot");
    if (gd && !home.dataset.touchable) { home.dataset.touchable = "1"; gd.on("plotly_click", (e) => { w.touch(); open(e.points[0].location); }); levels = ""; const d = w.news(); if (d) { read(d.levels); levels = d.levels; window.Plotly.restyle(gd, { z: [steps] }, [0]); scale(home); } }
  }, 500);
  addEventListener("pointerdown", (e) => { if (e.target.closest && e.target.closest("#wall-lens")) lensTouched = performance.now(); });
  return { draw, open, close, fitted, draft };
})();
