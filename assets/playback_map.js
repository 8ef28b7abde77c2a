/* One map of a film: grids coloured by feature states on a source of its own, cases on the move on a canvas over it. */
window.twinFilmMap = (function () {
  "use strict";
  const SOURCE = "film", LAYER = "film-grids";

  class FilmMap {
    /* player: colours, cuts, fade_frames, most; units: code -> [lon, lat]; tell(row, point): what is under the pointer. */
    constructor(holder, film, side, player, units, tell) {
      Object.assign(this, { holder, film, side, player, tell });
      this.map = window.twinMaps.fullMap(holder.querySelector(".js-plotly-plot"));
      this.points = film.head.unit_codes.map((code) => units.get(code));
      this.shown = new Uint8Array(film.grids).fill(255);
      this.canvas = document.createElement("canvas");
      this.canvas.className = "film-moves";
      this.canvas.setAttribute("aria-hidden", "true");
      holder.append(this.canvas);
      this.pen = this.canvas.getContext("2d");
      this.moved = () => { this.spots = new Map(); if (this.at !== undefined) this.travel(this.at); };
      this.moved();
      if (this.map) this.dress();
    }
    dress() {
      const { map, player } = this, steps = player.colours.slice(1).flatMap((colour, n) => [n + 1, colour]);
      const above = map.getLayersOrder().find((id) => map.getLayer(id).type === "line");
      map.addSource(SOURCE, { type: "geojson", data: "/geo/grids.json", promoteId: "code" });
      map.addLayer({
        id: LAYER, type: "fill", source: SOURCE,
        paint: { "fill-color": ["step", ["coalesce", ["feature-state", "step"], 0], player.colours[0], ...steps], "fill-outline-color": "#FFFFFF" },
      }, above);
      map.on("move", this.moved);
      map.on("resize", this.moved);
      const rows = new Map(this.film.head.grid_codes.map((code, row) => [code, row]));
      map.on("mousemove", LAYER, (e) => this.tell(rows.get(e.features[0].properties.code), e.features[0].properties.name, e.originalEvent));
      map.on("mouseleave", LAYER, () => this.tell(-1));
    }
    step(value) { const cuts = this.player.cuts; let n = 0; while (n < cuts.length && value >= cuts[n]) n += 1; return n; }
    /* Colours of a frame: only the grids whose step has changed are touched; how many they were. */
    paint(frame) {
      if (!this.map) return 0;
      const { frames } = this.side, { count, grids, head } = this.film;
      let changed = 0;
      for (let g = 0; g < grids; g += 1) {
        const now = this.step(frames[g * count + frame]);
        if (now === this.shown[g]) continue;
        this.shown[g] = now; changed += 1;
        this.map.setFeatureState({ source: SOURCE, id: head.grid_codes[g] }, { step: now });
      }
      return changed;
    }
    /* Cases on the move at a time between frames: a line that fades, a dot that goes along it in the first frame. */
    travel(at) {
      this.at = at;
      const { pen, canvas, side, player } = this, wide = this.holder.clientWidth, tall = this.holder.clientHeight, ratio = window.devicePixelRatio || 1;
      if (canvas.width !== Math.round(wide * ratio) || canvas.height !== Math.round(tall * ratio)) { canvas.width = Math.round(wide * ratio); canvas.height = Math.round(tall * ratio); }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, wide, tall);
      if (!this.map) return;
      const unit = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 15), ink = getComputedStyle(this.holder).getPropertyValue("--acc");
      pen.strokeStyle = pen.fillStyle = ink; pen.lineCap = "round";
      const frame = Math.floor(at), first = Math.max(0, frame - player.fade_frames + 1);
      for (let k = side.starts[first]; k < side.starts[frame + 1]; k += 1) {
        const from = this.spot(side.moves[3 * k + 1]), to = this.spot(side.moves[3 * k + 2]);
        if (!from || !to) continue;
        const age = at - side.moves[3 * k], gone = Math.min(1, age), x = from.x + (to.x - from.x) * gone, y = from.y + (to.y - from.y) * gone;
        const left = Math.max(0, 1 - age / player.fade_frames);
        pen.globalAlpha = .75 * left; pen.lineWidth = 1.2 * unit;
        pen.beginPath(); pen.moveTo(from.x, from.y); pen.lineTo(x, y); pen.stroke();
        pen.globalAlpha = left;
        pen.beginPath(); pen.arc(x, y, 2.6 * unit, 0, 7); pen.fill();
      }
      pen.globalAlpha = 1;
    }
    spot(unit) {
      if (!this.spots.has(unit)) this.spots.set(unit, this.points[unit] ? this.map.project(this.points[unit]) : null);
      return this.spots.get(unit);
    }
    end() { if (this.map) { this.map.off("move", this.moved); this.map.off("resize", this.moved); } }
  }
  return { FilmMap };
})();
