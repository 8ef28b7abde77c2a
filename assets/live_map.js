/* The map of /live: one marker a case on a canvas over the map, late and amber ones kept apart. */
(function () {
  "use strict";
  const desk = window.liveDesk, APART = 12, FAR = 26, COLOUR = { red: "--r", amber: "--a", green: "--g" };
  let view = null;

  /* Longitude and latitude -> pixels: the map's own way, or the flat one's where there is no WebGL. */
  function projector(holder) {
    const gd = holder.querySelector(".js-plotly-plot"), map = gd && window.twinMaps.fullMap(gd);
    if (holder.dataset.ready === "flat") {
      const b = JSON.parse(holder.dataset.bounds), squeeze = Math.cos((b[1] + b[3]) / 2 * Math.PI / 180);
      const w = holder.clientWidth, tall = holder.clientHeight, k = Math.min((w - 28) / ((b[2] - b[0]) * squeeze), (tall - 28) / (b[3] - b[1]));
      const x0 = (w - (b[2] - b[0]) * squeeze * k) / 2, y0 = (tall - (b[3] - b[1]) * k) / 2;
      return { map: null, zoom: 0, at: (lon, lat) => ({ x: x0 + (lon - b[0]) * squeeze * k, y: y0 + (b[3] - lat) * k }) };
    }
    return map ? { map, zoom: map.getZoom(), at: (lon, lat) => map.project([lon, lat]) } : null;
  }

  class View {
    constructor(holder) {
      this.holder = holder; this.offsets = null; this.spots = [];
      this.canvas = document.createElement("canvas");
      this.canvas.className = "live-markers";
      this.canvas.setAttribute("aria-hidden", "true");
      holder.appendChild(this.canvas);
      this.projector = projector(holder);
      this.later = () => { if (!this.frame) this.frame = requestAnimationFrame(() => { this.frame = 0; this.draw(); }); };
      if (this.projector.map) this.projector.map.on("move", this.later);
      this.watch = new ResizeObserver(() => { this.offsets = null; this.later(); });
      this.watch.observe(holder);
      this.down = null;
      holder.addEventListener("pointerdown", (e) => { this.down = [e.clientX, e.clientY]; });
      holder.addEventListener("pointerup", (e) => { if (this.down && Math.hypot(e.clientX - this.down[0], e.clientY - this.down[1]) < 4) this.click(e); });
      holder.addEventListener("pointermove", (e) => this.hover(e));
      holder.addEventListener("pointerleave", () => this.hover(null));
      this.draw();
    }
    end() { this.watch.disconnect(); if (this.projector.map) this.projector.map.off("move", this.later); }

    draw() {
      const set = desk.set, c = set.cols;
      if (!c || !document.contains(this.holder)) return;
      this.projector = projector(this.holder);
      const ratio = window.devicePixelRatio || 1, w = this.holder.clientWidth, tall = this.holder.clientHeight;
      if (!this.projector || !w) return;
      if (this.canvas.width !== Math.round(w * ratio) || this.canvas.height !== Math.round(tall * ratio)) { this.canvas.width = Math.round(w * ratio); this.canvas.height = Math.round(tall * ratio); }
      const pen = this.canvas.getContext("2d"), style = getComputedStyle(desk.root);
      const ink = { red: style.getPropertyValue("--r"), amber: style.getPropertyValue("--a"), green: style.getPropertyValue("--g"), bg: style.getPropertyValue("--bg"), tx: style.getPropertyValue("--tx"), acc: style.getPropertyValue("--acc") };
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, w, tall);
      /* 1000 units are the map's shorter side at the zoom that shows the whole part */
      const near = this.projector.map ? Math.max(0, this.projector.zoom - this.base()) : 0;
      const unit = Math.min(1.15, Math.max(.62, Math.min(w, tall) / 820)) * Math.min(1.8, 1 + .22 * near), size = { red: 5.2 * unit, amber: 5 * unit, green: 1.8 * unit };
      const spots = this.place(set, c, unit, w, tall);
      this.spots = spots;
      if (this.outline) this.ring(pen, ink);
      for (let pass = 2; pass >= 0; pass -= 1) {
        const kind = desk.LIGHTS[pass];
        pen.globalAlpha = pass === 2 ? .62 : 1;
        for (const spot of spots) if (spot.light === pass) mark(pen, kind, spot.x, spot.y, size[kind], ink);
      }
      pen.globalAlpha = 1;
      const chosen = spots.find((spot) => c.case_id[spot.i] === set.chosen) || this.away(set, c);
      if (chosen) {
        const kind = desk.LIGHTS[chosen.light];
        mark(pen, kind, chosen.x, chosen.y, size[kind] * (kind === "green" ? 1.8 : 1.15), ink);
        pen.lineWidth = 2 * unit; pen.strokeStyle = ink.tx;
        pen.beginPath(); pen.arc(chosen.x, chosen.y, 13 * unit, 0, 7); pen.stroke();
      }
      this.holder.dataset.drawn = String(spots.length);
    }
    base() { if (this.first === undefined) this.first = this.projector.zoom; return this.first; }

    /* A chosen case that the filters hide, or that has ended, is still ringed. */
    away(set, c) {
      const i = set.chosen ? c.case_id.indexOf(set.chosen) : -1;
      if (i >= 0 && c.longitude[i] !== null) { const p = this.projector.at(c.longitude[i], c.latitude[i]); return { x: p.x, y: p.y, i, light: set.light[i] }; }
      return null;
    }

    place(set, c, unit, w, tall) {
      const spots = [], cells = new Map(), gap = APART * unit, key = (x, y) => `${Math.floor(x / gap)},${Math.floor(y / gap)}`;
      const free = (x, y) => {
        for (let dx = -gap; dx <= gap; dx += gap) for (let dy = -gap; dy <= gap; dy += gap) for (const other of cells.get(key(x + dx, y + dy)) || []) if (Math.hypot(other.x - x, other.y - y) < gap) return false;
        return true;
      };
      for (const pass of [0, 1, 2]) for (const i of set.rows) {
        if (set.light[i] !== pass || c.longitude[i] === null) continue;
        const p = this.projector.at(c.longitude[i], c.latitude[i]);
        let { x, y } = p;
        if (pass < 2 && x > -FAR && y > -FAR && x < w + FAR && y < tall + FAR) {
          for (let n = 0; n < 24 && !free(x, y); n += 1) { const a = n * 2.4, r = Math.min(FAR * unit, gap * .55 * Math.sqrt(n + 1)); x = p.x + r * Math.cos(a); y = p.y + r * Math.sin(a); }
          const k = key(x, y);
          if (!cells.has(k)) cells.set(k, []);
          cells.get(k).push({ x, y });
        }
        spots.push({ x, y, i, light: pass });
      }
      return spots;
    }
    ring(pen, ink) {
      for (const ring of this.outline) {
        pen.beginPath();
        ring.forEach(([lon, lat], n) => { const p = this.projector.at(lon, lat); n ? pen.lineTo(p.x, p.y) : pen.moveTo(p.x, p.y); });
        pen.closePath();
        pen.globalAlpha = .22; pen.fillStyle = ink.acc; pen.fill();
        pen.globalAlpha = 1; pen.lineWidth = 1.6; pen.strokeStyle = ink.acc; pen.stroke();
      }
    }
    find(event) {
      const box = this.holder.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top, reach = event.pointerType === "touch" ? 22 : 9;
      let best = null, least = reach;
      for (const spot of this.spots) { const d = Math.hypot(spot.x - x, spot.y - y) + spot.light * 1.5; if (d < least) { best = spot; least = d; } }
      return best;
    }
    click(event) { const spot = this.find(event); if (spot) desk.choose(desk.set.cols.case_id[spot.i]); }
    hover(event) {
      const tip = document.getElementById("live-tip"), spot = event && event.pointerType !== "touch" ? this.find(event) : null;
      this.holder.style.cursor = spot ? "pointer" : "";
      if (!tip) return;
      if (!spot) { tip.textContent = ""; tip.classList.remove("shown"); return; }
      const c = desk.set.cols, i = spot.i, due = c.due[i] < 0 ? desk.tr("no_due") : desk.left(c.due[i] - desk.now());
      desk.fill(tip, desk.h("b", {}, `${desk.MARK[desk.LIGHTS[spot.light]]} ${c.number[i]}`), ` ${(desk.book.items[c.item[i]] || ["", c.item[i]])[1]} · ${desk.book.places[c.village[i]] || ""} · ${due}`);
      const card = tip.parentNode.getBoundingClientRect(), box = this.holder.getBoundingClientRect();
      tip.style.left = `${Math.max(8, Math.min(spot.x + box.left - card.left + 12, card.width - 280))}px`;
      tip.style.top = `${spot.y + box.top - card.top + 12}px`;
      tip.classList.add("shown");
    }
  }

  function mark(pen, kind, x, y, r, ink) {
    pen.beginPath();
    if (kind === "red") { pen.moveTo(x, y - r); pen.lineTo(x + r, y); pen.lineTo(x, y + r); pen.lineTo(x - r, y); }
    else if (kind === "amber") { pen.moveTo(x, y - r); pen.lineTo(x + r * .95, y + r * .75); pen.lineTo(x - r * .95, y + r * .75); }
    else pen.arc(x, y, r, 0, 7);
    pen.closePath();
    if (kind !== "green") { pen.lineWidth = 2; pen.strokeStyle = ink.bg; pen.lineJoin = "round"; pen.stroke(); }
    pen.fillStyle = ink[kind]; pen.fill();
  }

  desk.onDraw = () => { if (view) view.later(); };
  desk.onLeave.push(() => { if (view) view.end(); view = null; });
  desk.outline = (rings) => { if (view) { view.outline = rings; view.later(); } };
  setInterval(() => {
    const holder = document.getElementById("live-map-holder");
    if (view && view.holder !== holder) { view.end(); view = null; }
    if (!view && holder && holder.dataset.ready && desk.root && projector(holder)) view = new View(holder);
  }, 250);
})();
