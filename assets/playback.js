/* The player: reads a film, keeps the maps, the curve, the clock and the table at one moment. Text enters by textContent only.
   A stage is `.film` with data-film; dashboard/playback/stage.py draws it. */
window.twinPlayer = (function () {
  "use strict";
  const AWAIT = 60000, DAY = 86400;
  const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
  let player = null, left = null; /* left: where the last stage was, for the same film drawn anew */

  function h(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const key in attributes) key === "on" ? node.addEventListener("click", attributes.on) : node.setAttribute(key, attributes[key]);
    node.append(...children.filter((c) => c !== null && c !== undefined));
    return node;
  }

  class Player {
    constructor(stage, film, layers) {
      Object.assign(this, { stage, film, at: 0, playing: false, speed: 1, span: "day", told: 0 });
      const read = (name) => JSON.parse(stage.dataset[name]);
      this.texts = read("texts"); this.names = read("names"); this.short = read("short"); this.policy = read("player"); this.towns = read("towns");
      this.tr = (key, values) => (this.texts[key] || key).replace(/\{(\w+)\}/g, (_, k) => (values || {})[k]);
      this.perDay = DAY / film.head.frame_seconds;
      this.first = Date.parse(film.head.start + "T00:00:00Z");
      this.speed = this.policy.speeds[1];
      this.bar(); this.tables(layers);
      this.panels = [...stage.querySelectorAll(".film-map")];
      const units = new Map(layers.units.map((f) => [f.id, f.geometry.coordinates]));
      this.maps = this.panels.map((panel, n) => new window.twinFilmMap.FilmMap(panel.querySelector(".twin-map"), film, film.sides[n], this.policy, units, (row, name, e) => this.hover(row, name, e)));
      this.tip = h("div", { class: "film-tip", hidden: "" }); stage.append(this.tip);
      this.flat = !this.maps[0].map;
      if (this.flat) stage.querySelector(".film-more").open = true;
      this.note(this.flat ? this.tr("flat") : calm() ? this.tr("still") : "");
      stage.addEventListener("keydown", (e) => this.key(e));
      stage.querySelector(".film-more").addEventListener("toggle", () => this.table());
      this.spread(); this.seek(0);
      const title = document.getElementById("playback-title");
      if (title) title.textContent = stage.dataset.finding;
      stage.dataset.ready = this.flat ? "flat" : "1";
    }
    note(text) { const home = this.stage.querySelector(".film-note"); home.textContent = text; home.hidden = !text; }

    /* --- words --- */
    moment(frame) {
      const date = new Date(this.first + frame * this.film.head.frame_seconds * 1000), two = (n) => String(n).padStart(2, "0");
      const zh = document.documentElement.lang === "zh-CN", days = this.texts.weekdays.includes(",") ? this.texts.weekdays.split(",") : [...this.texts.weekdays];
      const month = zh ? date.getUTCMonth() + 1 : date.toLocaleString("en", { month: "short", timeZone: "UTC" });
      return {
        day: Math.floor(frame / this.perDay) + 1, weekday: this.tr("weekday", { w: days[date.getUTCDay()] }),
        date: this.tr("month_day", { m: month, d: date.getUTCDate() }), clock: `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`,
      };
    }
    sentence(frame) { const m = this.moment(frame); return `${this.tr("of_day", { n: m.day })} ${m.date} ${m.weekday} ${m.clock}`; }
    counts(frame) { return this.short.map((name, n) => `${name} ${this.film.sides[n].backlog[frame].toLocaleString("en-US")}`).join(" · "); }

    /* --- the bar --- */
    bar() {
      const { policy } = this, choice = (name, options, now, pick) => h("div", { class: "film-choice", role: "group", "aria-label": this.tr(name) },
        ...options.map(([value, word]) => h("button", { type: "button", "data-value": value, "aria-pressed": String(value === now), on: () => pick(value) }, word)));
      this.button = h("button", { type: "button", class: "button filled film-play", "aria-keyshortcuts": "Space", on: () => this.toggle() });
      this.spans = choice("span", [["day", this.tr("day")], ["week", this.tr("week")]], this.span, (v) => { this.span = v; this.spread(); this.show(); this.press(this.spans, v); });
      this.speeds = choice("speed", policy.speeds.map((n) => [n, this.tr("times", { n: n.toLocaleString("en-US") })]), this.speed, (v) => this.run(v));
      this.clock = h("b", { class: "film-clock" }); this.held = h("span", { class: "caption" });
      this.curve = new window.twinFilmCurve.Curve(this.film);
      this.range = h("input", { type: "range", min: 0, step: 1, value: 0, "aria-label": this.tr("time") });
      this.range.addEventListener("input", () => this.seek(Number(this.range.value)));
      this.curve.box.append(this.range);
      const key = h("div", { class: "film-lines caption" }, ...this.short.map((name, n) => h("span", { class: `of-${n}` }, h("i"), name)));
      this.stage.querySelector(".film-bar").replaceChildren(this.button, this.spans, h("div", { class: "film-now" }, this.clock, this.held), this.curve.box, h("div", { class: "film-side" }, this.speeds, key));
      this.stage.querySelector(".film-bar").title = this.tr("keys");
      this.label();
    }
    press(group, value) { for (const b of group.children) b.setAttribute("aria-pressed", String(b.dataset.value === String(value))); }
    run(speed) { this.speed = speed; this.press(this.speeds, speed); }
    label() { this.button.textContent = this.playing ? "❚❚ " + this.tr("pause") : "▶ " + this.tr("play"); this.button.setAttribute("aria-pressed", String(this.playing)); this.stage.dataset.playing = this.playing ? "1" : ""; }
    /* The curve's window: the day of the moment, or the whole film. */
    spread() {
      const { perDay, film } = this, day = Math.min(Math.floor(this.at / perDay), Math.ceil(film.count / perDay) - 1), marks = [];
      const from = this.span === "day" ? day * perDay : 0, to = this.span === "day" ? Math.min(film.count, from + perDay) : film.count;
      if (this.span === "day") for (let hour = 0; hour < 24; hour += 3) marks.push([from + hour * perDay / 24, `${String(hour).padStart(2, "0")}:00`]);
      else { const every = Math.ceil(film.count / perDay / 8); for (let n = 0; n * perDay < film.count; n += every) { const m = this.moment(n * perDay); marks.push([n * perDay, `${m.weekday} ${m.day}`]); } }
      this.from = from; this.to = to;
      this.curve.draw(from, to, marks);
      this.range.min = from; this.range.max = to - 1;
    }

    /* --- time --- */
    toggle() {
      this.playing = !this.playing;
      if (this.playing && this.at >= this.film.count - 1) this.at = 0;
      this.last = performance.now();
      this.label();
      if (this.playing) this.wake();
    }
    wake() { if (!this.due) this.due = requestAnimationFrame((now) => { this.due = 0; this.tick(now); }); }
    tick(now) {
      if (!this.playing || !document.contains(this.stage)) return;
      const gone = Math.max(0, Math.min(1000, now - this.last));
      if (!calm()) { this.at += gone / 1000 * this.speed / this.film.head.frame_seconds; this.last = now; this.show(); }
      else if (gone >= 1000) { this.at += this.policy.still_frames; this.last = now; this.show(); }
      if (this.at >= this.film.count - 1) { this.at = this.film.count - 1; this.playing = false; this.label(); this.show(); return; }
      this.wake();
    }
    seek(frame) { this.at = Math.max(0, Math.min(this.film.count - 1, frame)); this.show(); }
    show() {
      const last = this.film.count - 1, at = Math.min(last, Math.max(0, this.at)), frame = Math.floor(at);
      if (frame < this.from || frame >= this.to) this.spread();
      if (frame !== this.frame) {
        this.frame = frame;
        for (const map of this.maps) map.paint(frame);
        this.tell(frame);
      }
      for (const map of this.maps) map.travel(calm() ? frame + .999 : at);
      this.curve.move(at);
      this.stage.dataset.frame = String(frame);
    }
    tell(frame) {
      this.clock.textContent = this.sentence(frame);
      this.held.textContent = this.tr("backlog") + " " + this.counts(frame);
      this.range.value = frame;
      this.range.setAttribute("aria-valuetext", `${this.sentence(frame)}，${this.counts(frame)}`);
      this.panels.forEach((panel, n) => { panel.querySelector(".figure").textContent = this.film.sides[n].backlog[frame].toLocaleString("en-US") + " " + this.tr("cases"); });
      const now = performance.now();
      if (!this.playing || now - this.told > 250) { this.told = now; this.table(); }
    }
    key(e) {
      const typed = e.target.tagName === "BUTTON" || e.target.tagName === "SUMMARY", range = e.target === this.range, hour = 3600 / this.film.head.frame_seconds;
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -hour, PageDown: hour }, speed = this.policy.speeds[Number(e.key) - 1];
      if (e.altKey || e.ctrlKey || e.metaKey) return;
      if (e.key === " " && !typed) this.toggle();
      else if (steps[e.key] && (!range || e.key.startsWith("Page"))) this.seek(this.frame + steps[e.key]);
      else if (speed) this.run(speed);
      else return;
      e.preventDefault();
    }

    /* --- what stands beside the maps --- */
    tables(layers) {
      const up = new Map(layers.villages.map((f) => [f.id, f.properties.up])), village = new Map(layers.grids.map((f) => [f.id, f.properties.up]));
      const row = new Map(this.towns.map((t, n) => [t.code, n]));
      this.townOf = this.film.head.grid_codes.map((code) => { const n = row.get(up.get(village.get(code))); return n === undefined ? -1 : n; });
      const head = h("tr", {}, h("th", { scope: "col" }, this.tr("township")), ...this.names.map((name) => h("th", { scope: "col", class: "n" }, name)));
      this.cells = this.towns.map(() => this.names.map(() => h("td", { class: "n" })));
      const body = this.towns.map((t, n) => h("tr", {}, h("th", { scope: "row" }, t.name), ...this.cells[n]));
      this.stage.querySelector(".film-table").replaceChildren(h("table", { class: "rows" }, h("thead", {}, head), h("tbody", {}, ...body)));
    }
    table() {
      if (!this.stage.querySelector(".film-more").open) return;
      this.film.sides.forEach((side, n) => {
        const sums = new Int32Array(this.towns.length);
        this.townOf.forEach((town, g) => { if (town >= 0) sums[town] += side.frames[g * this.film.count + this.frame]; });
        sums.forEach((sum, town) => { const text = sum.toLocaleString("en-US"); if (this.cells[town][n].textContent !== text) this.cells[town][n].textContent = text; });
      });
    }
    hover(row, name, e) {
      this.tip.hidden = !(row >= 0);
      if (!(row >= 0)) return;
      const town = this.towns[this.townOf[row]], many = (v) => v >= this.policy.most ? this.tr("most", { n: v }) : `${v} ${this.tr("cases")}`;
      const lines = this.short.map((side, n) => `${side} ${many(this.film.sides[n].frames[row * this.film.count + this.frame])}`);
      this.tip.replaceChildren(h("b", {}, (town ? town.name + " · " : "") + name), ...lines.map((line) => h("div", {}, line)));
      const box = this.stage.getBoundingClientRect();
      this.tip.style.left = `${Math.min(e.clientX - box.left + 14, box.width - 220)}px`; this.tip.style.top = `${e.clientY - box.top + 14}px`;
    }
    end() { left = { film: this.stage.dataset.film, at: this.at, speed: this.speed, playing: this.playing }; this.playing = false; for (const map of this.maps) map.end(); }
  }

  const layer = (name) => fetch(`/geo/${name}.json`).then((answer) => { if (!answer.ok) throw new Error(String(answer.status)); return answer.json(); }).then((all) => all.features);
  function drawn(stage) {
    const holders = [...stage.querySelectorAll(".twin-map")], until = performance.now() + AWAIT;
    return new Promise((done) => (function look() { holders.every((home) => home.dataset.ready) || performance.now() > until ? done() : setTimeout(look, 100); })());
  }
  async function open(stage) {
    stage.dataset.opened = "1";
    try {
      const [film, grids, villages, units] = await Promise.all([window.twinFilm.read(stage.dataset.film), layer("grids"), layer("villages"), layer("units"), drawn(stage)]);
      if (!document.contains(stage)) return;
      if (player) player.end();
      player = new Player(stage, film, { grids, villages, units });
      if (left && left.film === stage.dataset.film) { player.seek(left.at); player.run(left.speed); if (left.playing) player.toggle(); }
    } catch (fault) {
      const texts = JSON.parse(stage.dataset.texts), note = stage.querySelector(".film-note");
      note.classList.add("red"); note.textContent = texts.failed.replace("{why}", fault.message);
      stage.dataset.ready = "failed";
    }
  }
  setInterval(() => {
    const stage = document.querySelector(".film:not([data-opened])");
    if (stage) open(stage);
    if (player && !document.contains(player.stage)) { player.end(); player = null; }
  }, 200);
  return { get: () => player };
})();
