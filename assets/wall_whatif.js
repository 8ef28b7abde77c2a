/* The wall's view of a run that a planner put up: verdict, three maps of villages, figures on one axis, what changed. */
(function () {
  "use strict";
  const w = window.twinWall, { $, tr, count, h, s, put, meta, td, row, th, table, px } = w;
  const SIDES = ["baseline", "scenario", "difference"], HATCH = "whatif-hatch", DOUBT = 4, SAME = 5;
  const SIGN = { better: "pos", worse: "neg", changed: "s", unclear: "k", same: "k" };
  let tag = "", asking = "", view = null, layers = null;

  function load() {
    const names = ["villages", "townships", "outline", "water", "lakes"];
    layers = layers || Promise.all(names.map((name) => fetch(`/geo/${name}.json`).then((a) => { if (!a.ok) throw new Error(a.status); return a.json(); })))
      .then((all) => Object.fromEntries(all.map((layer, n) => [names[n], layer.features]))).catch((fault) => { layers = null; throw fault; });
    return layers;
  }
  /* Asked once a tag; an answer that comes late for another tag is dropped; a failure is asked again with the next news. */
  async function ask(wanted) {
    if (asking === wanted) return;
    asking = wanted;
    try {
      const [answer] = await Promise.all([fetch("/api/wall/whatif"), load()]);
      if (!answer.ok) throw new Error(String(answer.status));
      const found = await answer.json();
      if (asking === wanted && found) { tag = wanted; view = found; draw(); }
    } catch (_) { /* the next news ask again */ } finally { if (asking === wanted) asking = ""; }
  }

  function verdict(d) {
    const v = d.verdict;
    put("verdict", h("div", { cls: "what" },
      h("p", { cls: "s" }, h("span", { cls: "sim" }, tr("whatif_sim")), d.title),
      h("h2", {}, `${v.name} ${v.before} → ${v.after}${w.LATIN ? ", " : "，"}`, h("b", { cls: SIGN[v.sign] }, v.size), h("small", {}, v.interval))),
      h("div", { cls: "origin" }, ...d.origin.map((line) => h("p", {}, line))));
  }

  const fill = (side, step) => side !== "difference" ? (step === 255 ? "var(--panel)" : `var(--risk-${step})`)
    : step === DOUBT ? `url(#${HATCH})` : step === SAME || step === 255 ? "var(--bg)" : `var(--difference-${step})`;
  function hatch() {
    const size = px(6), p = s("pattern", { id: HATCH, width: size, height: size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
    p.append(s("rect", { width: size, height: size, fill: "var(--map-doubt)" }), s("line", { x1: 0, x2: 0, y1: 0, y2: size, stroke: "var(--map-hatch)", "stroke-width": px(2.2) }));
    return p;
  }
  function map(home, side, d, all) {
    const wide = home.clientWidth, tall = home.clientHeight;
    if (!wide || !tall) return;
    const points = all.outline.flatMap((f) => (f.geometry.type === "Polygon" ? [f.geometry.coordinates] : f.geometry.coordinates).flat(2)), xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
    const bounds = [xs, ys].map((list) => list.reduce((a, v) => Math.min(a, v), Infinity)).concat([xs, ys].map((list) => list.reduce((a, v) => Math.max(a, v), -Infinity)));
    const at = window.twinPlaces.fitted(bounds, wide, tall, px(4)), shape = (list) => list.map((f) => window.twinPlaces.draft(f.geometry, at)).join("");
    const box = s("svg", { class: "zoomed", viewBox: `0 0 ${wide} ${tall}`, role: "img", "aria-label": tr("whatif_" + side) });
    if (side === "difference") box.append(hatch());
    const step = new Map(d.codes.map((code, n) => [code, d[side][n]]));
    for (const f of all.villages) box.append(s("path", { d: shape([f]), class: "cell", style: `fill:${fill(side, step.get(f.id))}` }));
    box.append(s("path", { d: shape(all.lakes), class: "lake" }), s("path", { d: shape(all.water), class: "river casing" }), s("path", { d: shape(all.water), class: "river" }));
    const towns = shape(all.townships), edge = shape(all.outline);
    box.append(s("path", { d: towns, class: "town casing" }), s("path", { d: towns, class: "town" }), s("path", { d: edge, class: "edge" }));
    for (const label of JSON.parse($("whatif-maps").dataset.labels)) { const [x, y] = at([label.lon, label.lat]); box.append(s("text", { x, y, class: "name" }, label.name)); }
    home.replaceChildren(box);
  }
  const key = (colour, word) => h("span", {}, h("i", { style: `background:${colour}` }), word);
  function legend(side, d) {
    if (side !== "difference") return [h("div", { cls: "risk" }, d.legend.map((word, n) => key(`var(--risk-${n})`, word))), h("span", { cls: "m" }, tr("whatif_scale"))];
    const hues = d.gains.map((word, n) => key(`var(--difference-${3 - n})`, word)), c = d.counts;
    return [h("div", { cls: "risk" }, hues.slice(0, 2), h("span", {}, h("i", { cls: "doubt" }), tr("whatif_doubt")), hues.slice(2)),
      h("div", { cls: "counts" }, h("span", { cls: "pos" }, tr("whatif_better", { n: count(c.better) })), h("span", { cls: "neg" }, tr("whatif_worse", { n: count(c.worse) })), h("span", { cls: "s" }, tr("whatif_unclear", { n: count(c.unclear) })), h("span", { cls: "m" }, tr("whatif_same", { n: count(c.same) })))];
  }
  function maps(d, all) {
    SIDES.forEach((side, n) => {
      const body = h("div", { cls: "zoom-map" }), figure = n < 2 ? h("b", {}, d.maps.figures[n]) : h("b", { cls: SIGN[d.verdict.sign] }, d.maps.gap);
      put("whatif-" + side, h("div", { cls: "head" }, h("h2", {}, tr("whatif_" + side)), h("span", { cls: "m" }, tr(n < 2 ? "whatif_level" : "whatif_gap", { name: d.verdict.name })), figure), body, h("div", { cls: "keys" }, legend(side, d.maps)));
      map(body, side, d.maps, all);
    });
  }

  function forest(r, axis) {
    const svg = s("svg", { class: "forest", viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" }), x = (v) => Math.max(0, Math.min(100, 50 + 50 * v / axis));
    const line = (a, b, y1, y2, wide, colour, more) => s("line", Object.assign({ x1: a, x2: b, y1, y2, stroke: colour, "stroke-width": px(wide), "vector-effect": "non-scaling-stroke" }, more));
    svg.append(line(50, 50, 0, 20, 1, "var(--tx3)"));
    if (!r.at) return svg;
    const [low, mid, high] = r.at, clear = r.sign === "better" || r.sign === "worse", colour = clear ? `var(--${SIGN[r.sign]})` : "var(--tx3)";
    svg.append(line(x(low), x(high), 10, 10, clear ? 7 : 5, colour, clear ? { opacity: .5 } : { "stroke-dasharray": `${px(3)} ${px(3)}` }));
    svg.append(line(x(mid), x(mid) + .01, 10, 10, 9, colour, { "stroke-linecap": "round" }));
    if (!clear) svg.append(line(x(mid), x(mid) + .01, 10, 10, 5, "var(--panel)", { "stroke-linecap": "round" }));
    return svg;
  }
  function figures(d) {
    meta("figures", tr("whatif_axis", { n: d.axis }));
    const two = (big, small, cls) => h("td", { cls: "two" }, h("b", { cls: cls || "" }, big), h("span", { cls: "m" }, small));
    const rows = d.rows.map((r) => row([two(r.name, r.formula), td("bold", r.before), td("bold", r.after), two(r.gap, r.interval, SIGN[r.sign]), h("td", { cls: "plot" }, forest(r, d.axis)), td("words s", r.words)]));
    put("figures", table(th([["", ""], [tr("whatif_baseline"), "", 7], [tr("whatif_scenario"), "", 7], [tr("whatif_difference"), "", 8], [tr("whatif_turn"), "plot", 15], [tr("whatif_reading"), ""]]), rows, "fixed fill"));
  }
  function changes(d) {
    meta("changes", tr("whatif_levers", { n: d.changes.levers.length }));
    put("changes", h("p", { cls: "bold" }, d.changes.levers.join(w.LATIN ? "; " : "、")), ...d.changes.lines.slice(0, 4).map((line) => h("p", { cls: "s" }, line)),
      h("div", { cls: "sub" }, h("b", {}, tr("whatif_touched"))), ...d.touched.map((line) => h("p", { cls: "s" }, line)), h("p", { cls: "m last" }, tr("whatif_note")));
  }
  function draw() {
    const home = $("whatif-maps");
    if (!view || !home) return;
    const d = view;
    w.part("verdict", d, verdict); w.part("figures", d, figures); w.part("changes", d, changes);
    load().then((all) => { if (home.clientWidth && document.contains(home)) w.part("whatif-maps", [d.maps, home.clientWidth, home.clientHeight], () => maps(d, all)); }).catch(() => {});
  }
  w.view("whatif", (news) => { if (!news.whatif) return; if (news.whatif !== tag) ask(news.whatif); else draw(); });
})();
