/* Maps: fit to the district, labels and markers in an SVG on top, groups that move together.
   The MapLibre object is plotly's private `_fullLayout.map._subplot.map`: only this file touches it. */
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg";
  const groups = {}, twins = new Set(), PATIENCE = 2000;   /* ms without a drawing device before it is told */
  const fullMap = (gd) => gd && gd._fullLayout && gd._fullLayout.map && gd._fullLayout.map._subplot
    ? gd._fullLayout.map._subplot.map : null;
  const hasWebGL = (() => {
    try { return !!document.createElement("canvas").getContext("webgl2"); } catch (_) { return false; }
  })();

  /* What plotly would draw while a map has no style (it is being made, or the drawing device is lost) ends in an
     error, and the map keeps what it had: it is put off, and drawn from the figure as soon as the map can draw.
     And the first figure, drawn when the map has loaded, would lie over a second that came meanwhile: a step
     always draws what was asked for last. */
  const STEPS = { fillBelowLookup: (data, layout) => [data, layout], updateData: (data) => [data], updateLayout: (_, layout) => [layout] };
  const drawable = (map) => !!(map && map.style && map.style._loaded);
  function putOff(gd) {
    const subplot = gd && gd._fullLayout && gd._fullLayout.map && gd._fullLayout.map._subplot;
    if (!subplot || subplot.puttingOff !== undefined) return;
    subplot.puttingOff = false;
    const plot = subplot.plot;
    subplot.plot = function (...asked) { this.asked = asked; return plot.apply(this, asked); };
    for (const step in STEPS) {
      const act = subplot[step];
      subplot[step] = function (...given) {
        if (drawable(this.map)) { act.apply(this, this.asked ? STEPS[step](...this.asked) : given); return; }
        if (!this.map || this.puttingOff) return;
        const map = this.map;
        this.puttingOff = true;
        map.once("idle", () => { this.puttingOff = false; if (fullMap(gd) === map) window.Plotly.redraw(gd); });
      };
    }
  }
  new MutationObserver(() => {
    for (const holder of document.querySelectorAll(".twin-map")) putOff(holder.querySelector(".js-plotly-plot"));
  }).observe(document, { childList: true, subtree: true });

  function read(holder, name, otherwise) {
    try { return JSON.parse(holder.dataset[name] || "null") || otherwise; } catch (_) { return otherwise; }
  }
  function el(name, attributes, text) {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  }

  class Twin {
    constructor(holder, gd, map) {
      Object.assign(this, { holder, gd, map, group: holder.dataset.group || "" });
      this.over = el("svg", { class: "over", "aria-hidden": "true" });
      holder.appendChild(this.over);
      this.watchDevice();
      this.thicken();
      this.fit();
      map.on("move", () => this.moved());
      map.on("resize", () => { if (!this.touched) this.fit(); });
      twins.add(this);
      ["mousedown", "wheel", "touchstart"].forEach((kind) => holder.addEventListener(kind, () => { this.touched = true; }, { passive: true }));
      gd.on("plotly_afterplot", () => this.restore());
      if (this.group) (groups[this.group] = groups[this.group] || new Set()).add(this);
      this.sized = new ResizeObserver(() => { if (this.gone) return; map.resize(); this.thicken(); if (!this.touched) this.fit(); this.draw(); });
      this.sized.observe(holder);
      this.dressed = new MutationObserver(() => this.draw());
      this.dressed.observe(holder, { attributes: true });
      this.draw();
      holder.dataset.ready = "1";
    }
    /* A machine may lose its drawing device for a while (driver, sleep): a plain map stands in until it is back. */
    watchDevice() {
      this.map.on("webglcontextlost", () => {
        clearTimeout(this.waiting);
        this.waiting = setTimeout(() => flat(this.holder, "lost", read(this.holder, "towns", null)
          ? "图形设备中断，暂用乡镇简图 · drawing interrupted: plain map of townships"
          : "图形设备中断，暂无颜色，恢复后自动重画 · drawing interrupted: no colours until it is back"), PATIENCE);
      });
      this.map.on("webglcontextrestored", () => {
        clearTimeout(this.waiting);
        this.map.once("idle", () => raise(this.holder));
      });
    }
    /* plotly has thrown this map away, for another or for good: nothing may be asked of it any more. */
    get gone() { return !document.contains(this.gd) || fullMap(this.gd) !== this.map; }
    end() {
      clearTimeout(this.waiting);
      this.sized.disconnect();
      this.dressed.disconnect();
      this.over.remove();
      twins.delete(this);
      if (this.group) groups[this.group].delete(this);
      delete this.holder.dataset.ready;
    }
    /* Lines are given in pixels of a 1080-high wall; larger roots draw them thicker. */
    thicken() {
      if (!drawable(this.map)) return;
      const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      this.widths = this.widths || new Map();
      for (const id of this.map.getLayersOrder()) {
        if (this.map.getLayer(id).type !== "line") continue;
        const now = this.map.getPaintProperty(id, "line-width");
        if (!this.widths.has(id)) this.widths.set(id, now);
        const width = this.widths.get(id) * Math.max(1, unit);
        if (width && width !== now) this.map.setPaintProperty(id, "line-width", width);
      }
    }
    fit() {
      const b = read(this.holder, "bounds", null);
      if (!b) return;
      const camera = this.map.cameraForBounds([[b[0], b[1]], [b[2], b[3]]], { padding: read(this.holder, "padding", 14) });
      if (!camera) return;
      const was = Twin.locked;
      Twin.locked = true;          /* each map of a group shows the whole district at its own size */
      this.map.jumpTo({ center: camera.center, zoom: camera.zoom });
      Twin.locked = was;
      this.base = this.map.getZoom();
      this.keep();
    }
    keep() { this.camera = { center: this.map.getCenter(), zoom: this.map.getZoom() }; }
    restore() {
      if (this.gone) return;
      this.thicken();
      if (!this.camera) return;
      const c = this.map.getCenter(), k = this.camera;
      if (Math.abs(c.lng - k.center.lng) + Math.abs(c.lat - k.center.lat) + Math.abs(this.map.getZoom() - k.zoom) > 1e-6) {
        this.map.jumpTo(k);
      }
      this.draw();
    }
    moved() {
      if (this.gone) return;
      const at = this.map.getCenter();
      if (this.map.getZoom() < 4 || Math.abs(at.lng) + Math.abs(at.lat) < 1e-9) { return; }      /* plotly's own reset; restore() follows */
      this.keep();
      this.draw();
      if (!this.group || Twin.locked) return;
      Twin.locked = true;
      for (const other of groups[this.group]) {
        if (other !== this && !other.gone) { other.join(this); }
      }
      Twin.locked = false;
    }
    /* The place of another map of the group, nearer by as much as that one is. */
    join(leader) {
      const zoom = leader.camera.zoom + (this.base || 0) - (leader.base || 0);
      this.touched = this.touched || leader.touched;
      this.map.jumpTo({ center: leader.camera.center, zoom });
      this.keep();
      this.draw();
    }
    draw() {
      if (this.gone) return;
      const over = this.over, labels = read(this.holder, "labels", []), markers = read(this.holder, "markers", []);
      while (over.firstChild) over.removeChild(over.firstChild);
      const bold = new Set(read(this.holder, "bold", []));
      const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
      const place = (rows) => { for (let i = rows.length - 1; i >= 0; i -= 1) over.appendChild(marker(rows[i], this.map, unit)); };
      place(markers.filter((m) => !m.number));
      const bases = read(this.holder, "bases", false), letter = parseFloat(getComputedStyle(over).fontSize) || 14 * unit, size = .52 * letter;
      for (const [lon, lat] of read(this.holder, "hubs", [])) {
        const p = this.map.project([lon, lat]), r = 8 * unit;
        over.appendChild(el("rect", { class: "hub", x: p.x - r, y: p.y - r, width: 2 * r, height: 2 * r }));
        over.appendChild(el("rect", { class: "core", x: p.x - r / 2.6, y: p.y - r / 2.6, width: r / 1.3, height: r / 1.3 }));
      }
      const apart = read(this.holder, "apart", false), taken = [];
      for (const label of labels) {
        const p = this.map.project([label.lon, label.lat]), half = widthOf(label.name) * letter / 2;
        if (apart && taken.some((q) => Math.abs(q.x - p.x) < q.half + half && Math.abs(q.y - p.y) < 1.2 * letter)) continue;
        taken.push({ x: p.x, y: p.y, half });
        if (bases) over.appendChild(el("rect", { class: "base", x: p.x - widthOf(label.name) * letter / 2 - 1.15 * size - size / 2, y: p.y - size / 2, width: size, height: size }));
        const text = el("text", { x: p.x, y: p.y, "font-weight": bold.has(label.code) ? 700 : 400 }, label.name);
        over.appendChild(text);
      }
      place(markers.filter((m) => m.number));
    }
  }

  /* In ems, near enough: a square for each Chinese sign, half of one for a Latin letter. */
  function widthOf(name) { let ems = 0; for (const sign of name) ems += sign.charCodeAt(0) > 255 ? 1 : .54; return ems; }
  function shape(kind, x, y, r) {
    if (kind === "red") return `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`;
    if (kind === "amber") return `M${x} ${y - r}L${x + r * .95} ${y + r * .75}L${x - r * .95} ${y + r * .75}Z`;
    return `M${x - r * .7} ${y - r * .7}h${r * 1.4}v${r * 1.4}h${-r * 1.4}Z`;
  }
  function marker(m, map, unit) { const p = map.project([m.lon, m.lat]); return markerAt(m, p.x, p.y, unit); }
  function markerAt(m, x, y, unit) {
    const p = { x, y };
    if (m.kind === "whistle") {
      const disc = el("g", { class: "marker whistle" });
      disc.appendChild(el("circle", { cx: x, cy: y, r: 9 * unit }));
      disc.appendChild(el("text", { class: "number", x, y }, "哨"));
      return disc;
    }
    const r = unit * (m.number ? 11 : m.kind === "amber" ? 5.6 : 6.2);
    const node = el("g", { class: `marker ${m.kind}${m.number ? " listed" : ""}` });
    node.appendChild(el("path", { class: "halo", d: shape(m.kind, p.x, p.y, r), "stroke-width": r * (m.number ? .5 : 1.1) }));
    node.appendChild(el("path", { class: "body", d: shape(m.kind, p.x, p.y, r) }));
    if (m.number) node.appendChild(el("text", { class: "number", x: p.x, y: p.y }, String(m.number)));
    return node;
  }

  /* Where nothing can be drawn with WebGL: say so, and draw the townships flat, with their colours and markers. */
  function flat(holder, ready, words) {
    holder.dataset.ready = ready;
    const note = document.createElement("p"), svg = el("svg", { class: "flat" });
    note.className = "no-webgl";
    note.textContent = words;
    holder.append(svg, note);
    fetch("/geo/townships.json").then((answer) => answer.json()).then((layer) => {
      const watchers = [];
      const draw = () => (svg.isConnected ? drawFlat(holder, svg, layer) : watchers.forEach((w) => w.disconnect()));
      watchers.push(new ResizeObserver(draw), new MutationObserver(draw));
      watchers[0].observe(holder);
      watchers[1].observe(holder, { attributes: true });
      draw();
    }).catch(() => {});
  }
  function raise(holder) {
    holder.querySelectorAll(".no-webgl, svg.flat").forEach((node) => node.remove());
    holder.dataset.ready = "1";
  }
  function drawFlat(holder, svg, layer) {
    const b = read(holder, "bounds", [0, 0, 1, 1]), squeeze = Math.cos((b[1] + b[3]) / 2 * Math.PI / 180), steps = read(holder, "towns", {});
    const wide = holder.clientWidth, tall = holder.clientHeight, size = Math.min((wide - 28) / ((b[2] - b[0]) * squeeze), (tall - 28) / (b[3] - b[1]));
    if (!(size > 0)) return;
    const left = (wide - (b[2] - b[0]) * squeeze * size) / 2, top = (tall - (b[3] - b[1]) * size) / 2, unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const at = (c) => [left + (c[0] - b[0]) * squeeze * size, top + (b[3] - c[1]) * size];
    svg.setAttribute("viewBox", `0 0 ${wide} ${tall}`);
    const parts = layer.features.map((place) => {
      const g = place.geometry, rings = (g.type === "Polygon" ? [g.coordinates] : g.coordinates).flat();
      const d = rings.map((ring) => "M" + ring.map((c) => at(c).map((v) => v.toFixed(1)).join(" ")).join("L") + "Z").join("");
      const step = steps[place.id];
      const known = `var(--risk-${step === undefined ? 1 : step}, var(--level-1))`;
      return el("path", { d, "data-place": place.id, fill: Object.keys(steps).length ? known : "none", stroke: "var(--tx3)", "stroke-width": unit });
    });
    for (const m of read(holder, "markers", []).slice().reverse()) parts.push(markerAt(m, ...at([m.lon, m.lat]), unit));
    for (const label of read(holder, "labels", [])) { const [x, y] = at([label.lon, label.lat]); parts.push(el("text", { class: "place", x, y }, label.name)); }
    svg.replaceChildren(...parts);
  }

  function scan() {
    for (const twin of [...twins]) if (twin.gone) twin.end();
    for (const holder of document.querySelectorAll(".twin-map:not([data-ready])")) {
      if (!hasWebGL) { flat(holder, "flat", "此机无 WebGL，改用乡镇简图 · no WebGL here: plain map of townships"); continue; }
      const gd = holder.querySelector(".js-plotly-plot"), map = fullMap(gd);
      if (map && map.loaded && map.isStyleLoaded()) new Twin(holder, gd, map);
    }
  }
  setInterval(scan, 200);
  window.twinMaps = { fullMap, marker: markerAt };
})();
