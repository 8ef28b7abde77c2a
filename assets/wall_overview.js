/* The wall's first view: what came in, where it stands, what is overdue, who is called, who is on duty. */
(function () {
  "use strict";
  const w = window.twinWall;
  const { tr, known, count, pct, signed, px, broad, hue, h, s, put, title, meta, td, row, th, table, bar, empty, span, figure, dots, NONE, LATIN } = w;
  let seen = new Set();

  function kpis(k) {
    const note = (f, key, digits) => !known(f.delta) ? tr(key + "_unknown") : tr(key, { delta: signed(f.delta, digits) });
    const range = (f) => known(f.low) ? tr("interval", { low: pct(f.low), high: pct(f.high) }) : "";
    const box = (name, value, unit, text) => h("div", { cls: "kpi" }, h("div", { cls: "label" }, tr("kpi_" + name)), figure(name, value, unit), h("div", { cls: "note" }, text));
    const happy = k.rates.rows.find((r) => r.name === "satisfied");
    put("kpis",
      h("div", { cls: "kpi first" }, h("div", { cls: "label" }, h("span", { cls: "r mark" }, "◆"), tr("kpi_overdue")),
        figure("overdue", count(k.overdue.value), tr("unit"), k.overdue.value ? "" : " zero"), h("div", { cls: "note" }, note(k.overdue, "yesterday"))),
      box("reported", count(k.reported.value), tr("unit"), note(k.reported, "last_week")),
      box("in_hand", count(k.in_hand.value), tr("unit"), note(k.in_hand, "yesterday")),
      box("on_time", pct(k.on_time.value), "%", tr("window_30d") + " " + range(k.on_time)),
      box("satisfied", pct(happy && happy.value), "%", !happy || !known(happy.value) ? tr("too_few", { n: happy ? happy.n : 0, least: k.rates.least }) : tr("last_days", { n: k.rates.days }) + tr("comma") + tr("target", { value: pct(happy.target, 0) })));
  }
  function today(d) {
    const stages = d.stages, most = Math.max(1, ...stages.map((r) => r[0])), sum = [0, 1, 2, 3, 4].map((n) => stages.reduce((a, r) => a + r[n], 0));
    const f = d.reported;
    const top = h("div", { cls: "top" },
      h("div", {}, h("div", { cls: "figure" }, count(f.value), h("small", {}, tr("unit"))), h("div", { cls: "m" }, !known(f.delta) ? tr("last_week_unknown") : tr("last_week", { delta: signed(f.delta) }))),
      h("div", { cls: "channels" }, d.channels.slice(0, 8).map(([name, n]) => h("div", {}, h("span", { cls: "s" }, name), h("span", {}, count(n))))));
    const rows = stages.map((r, n) => row([td("s", tr("stage_" + n)), td("n", n === 6 && !r[0] ? NONE : count(r[0])), bar(r[0] / most, 2.9),
      td("n", n === 6 && !r[1] ? NONE : count(r[1])), td("n " + hue(r[2], ""), count(r[2])), td("n " + hue(r[3], "a"), count(r[3])), td("n " + hue(r[4], "r"), count(r[4]))]));
    rows.push(row([td("s", tr("total")), td("n", ""), td("", ""), td("n", count(sum[1])), td("n", count(sum[2])), td("n", count(sum[3])), td("n", count(sum[4]))], { cls: "sum" }));
    const heading = th([[tr("stages"), ""], [tr("arrived"), "n"], ["", ""], [tr("in_hand"), "n"], ["● " + tr("green"), "n"], ["▲ " + tr("amber"), "n"], ["◆ " + tr("red"), "n"]]);
    const aside = Object.entries(d.aside).filter(([, n]) => n).map(([k, n]) => tr("aside_" + k) + " " + n);
    if (d.outside) aside.push(tr("outside") + " " + d.outside);
    put("today", top, table(heading, rows), h("div", { cls: "m" }, aside.length ? aside.join(" · ") + tr("aside") : ""));
    meta("today", tr("since_midnight", { time: d.clock }));
  }
  function matters(list) {
    const room = broad() ? 40 : 9;
    list = list.filter((m) => m.reported || m.overdue || broad());
    const most = Math.max(1, ...list.map((m) => m.reported)), rest = list.slice(room);
    const low = (m) => known(m.on_time) && m.on_time < .7 ? h("span", { cls: "m" }, tr("low") + " ") : null;
    const line = (m) => row([td("s", m.name), td("n", count(m.reported)), bar(m.reported / most, 6.2, m.rest ? "rest" : ""), td("n " + hue(m.overdue, "r"), count(m.overdue)),
      h("td", { cls: "n" }, low(m), known(m.on_time) ? pct(m.on_time, 0) + "%" : NONE)]);
    const rows = list.slice(0, room).map(line);
    if (rest.length) rows.push(line({ rest: true, name: tr("others", { n: rest.length }), reported: rest.reduce((a, m) => a + m.reported, 0), overdue: rest.reduce((a, m) => a + m.overdue, 0) }));
    put("matters", rows.length ? table(th([[tr("matter"), ""], [tr("reported_head"), "n"], ["", ""], ["◆ " + tr("red"), "n"], [tr("rate"), "n"]]), rows, "fill") : empty(tr("none_today")));
  }
  function rates(d) {
    meta("rates", tr("last_days", { n: d.days }) + " · " + tr("cases", { n: count(d.n) }));
    if (d.n < d.least) return put("rates", empty(tr("too_few", { n: d.n, least: d.least })));
    const rows = d.rows.map((r) => {
      const gap = 100 * (r.value - r.target), met = gap >= 0;
      return row([td("s", tr("rate_" + r.name)), td("n bold", pct(r.value) + "%"), h("td", { style: "width:38%" }, dots(r.low, r.value, r.high, d.from, 1, "#4DA3FF", { rule: true, target: r.target })),
        h("td", { cls: "n" }, h("span", { cls: met ? "g" : "a" }, met ? "● " + tr("met") : "▲ "), met ? "" : h("span", { cls: "m" }, tr("short", { n: Math.abs(gap).toFixed(1) })), known(r.delta) ? h("span", { cls: "m" }, " " + signed(100 * r.delta, 1)) : null)]);
    });
    put("rates", table(null, rows, "fill"), h("div", { cls: "m ends" }, h("span", {}, tr("whole"), h("b", {}, " " + pct(d.whole) + " "), tr("weights", { list: d.rows.map((r) => r.weight).join(" / ") })), h("span", {}, tr("axis", { from: pct(d.from, 0) }))));
  }

  const BANDS = [["attention", "▲", "a"], ["usual", "○", "k"], ["good", "●", "g"], ["not_scored", "–", "k"]];
  function townships(d) {
    const list = d.rows, edges = list.flatMap((t) => known(t.low) ? [t.low, t.high] : []);
    const lo = Math.min(...edges, 1), hi = Math.max(...edges, 0);
    const spans = list.map((t) => t.trend.length ? Math.max(...t.trend) - Math.min(...t.trend) : 0), reach = Math.max(.09, ...spans), rows = [];
    for (const [band, mark, cls] of BANDS) {
      const mine = list.filter((t) => t.band === band);
      if (!mine.length) continue;
      rows.push(row([h("td", { colspan: 3 }, h("span", { cls }, mark + " "), tr("band_" + band) + " " + mine.length), td("n m", tr("band_note_" + band), { colspan: 3 })], { cls: "band" }));
      for (const t of mine) rows.push(township(t, d.mean, lo, hi, reach, cls));
    }
    const heading = th([["", ""], ["", ""], [tr("trend"), ""], [tr("mean", { value: pct(d.mean) }), ""], [tr("rate"), "n"], [tr("red"), "n"]]);
    put("townships", list.length ? table(heading, rows, "fill") : empty(tr("none_today")));
  }
  function township(t, mean, lo, hi, reach, cls) {
    const spark = s("svg", { class: "spark", viewBox: "0 0 60 12", preserveAspectRatio: "none" });
    const middle = t.trend.reduce((a, v) => a + v, 0) / Math.max(1, t.trend.length), end = t.trend.length - 1;
    const at = t.trend.map((v, n) => [n / Math.max(1, end) * 58, 6 - (v - middle) / reach * 11]);
    spark.append(s("polyline", { points: at.map((p) => p.join(",")).join(" "), fill: "none", stroke: "#A3B5CD", "stroke-width": px(1.2), "vector-effect": "non-scaling-stroke" }));
    if (at.length) spark.append(s("line", { x1: at[end][0], x2: at[end][0] + .01, y1: at[end][1], y2: at[end][1], stroke: "#E8EEF7", "stroke-width": px(3.6), "stroke-linecap": "round", "vector-effect": "non-scaling-stroke" }));
    const colour = { a: "#F5B83D", g: "#3CC98B", k: "#A3B5CD" }[cls];
    return row([td("", ""), td("", t.name), td("", spark), td("", dots(t.low, t.shrunk, t.high, lo, hi, colour, { mean })), td("n", pct(t.on_time)), td("n " + hue(t.overdue, "r"), count(t.overdue))], { "data-place": t.code });
  }

  function overdue(d) {
    title("overdue", tr("overdue") + " " + count(d.total));
    meta("overdue", tr("overdue_meta", { n: Math.min(d.rows.length, broad() ? 10 : 5) }));
    const rows = d.rows.slice(0, broad() ? 10 : 5).map((c) => row([td("", c.number <= 5 ? h("span", { cls: "lozenge" }, String(c.number)) : h("span", { cls: "r" }, "◆"), { style: "width:1.7rem" }), td("t", c.where + " " + c.matter), td("t s", c.unit, { style: "width:6.4rem" }), td("n r", tr("late", { span: span(c.minutes) }), { style: "width:4.1rem" })], { "data-place": c.place }));
    const list = rows.length ? table(null, rows, "fixed fill") : empty("● " + tr("none_overdue"));
    const whistles = d.whistles, some = whistles.rows.slice(0, broad() ? 6 : 3);
    const answered = whistles.answered.value === null ? tr("no_calls") : tr("answered", { value: pct(whistles.answered.value) });
    put("overdue", list, h("div", { cls: "sub" }, h("b", {}, tr("whistles") + " " + count(whistles.going)), h("span", { cls: "m" }, answered)),
      some.length ? table(null, some.map(call), "fixed calls") : h("p", { cls: "m" }, tr("no_whistles")));
  }
  function call(c) { return row([td("t", c.where, { style: "width:4.4rem" }), td("t s", c.matter + " · " + c.village), td("n", tr("present", { n: c.present, of: c.called }), { style: "width:4.4rem" }), td("n", answer(c), { style: "width:6.4rem" })]); }
  function answer(c) {
    if (known(c.taken)) return h("span", { cls: c.left < 0 ? "r" : "g" }, (c.left < 0 ? "◆ " : "● ") + tr("took", { span: span(c.taken) }));
    if (!known(c.left)) return h("span", { cls: "k" }, NONE);
    if (c.left < 0) return h("span", { cls: "r" }, "◆ " + tr("late", { span: span(c.left) }));
    return h("span", { cls: c.left < 15 ? "a" : "k" }, (c.left < 15 ? "▲ " : "○ ") + tr("left", { span: span(c.left) }));
  }

  function moves(list) {
    const rows = list.slice(0, broad() ? 11 : 8).map((m) => {
      const left = !known(m.minutes) ? h("span", { cls: "k" }, NONE) : m.closed
        ? h("span", { cls: m.light === "red" ? "r" : "g" }, m.light === "red" ? "◆ " + tr("closed_late") : "● " + tr("closed_in_time"))
        : h("span", { cls: { green: "g", amber: "a", red: "r" }[m.light] }, { green: "● ", amber: "▲ ", red: "◆ " }[m.light] + tr(m.minutes < 0 ? "late" : "left", { span: span(m.minutes) }));
      return row([td("m", m.time, { style: "width:2.6rem" }), td("m", m.number, { style: "width:5.6rem" }), td("t", m.matter, { style: "width:4.2rem" }), td("t s", m.where), td("", m.state, { style: `width:${LATIN ? 4.6 : 2.9}rem` }), td("n", left, { style: `width:${LATIN ? 5.6 : 4.7}rem` })], seen.size && !seen.has(m.key) ? { cls: "new" } : {});
    });
    seen = new Set(list.map((m) => m.key));
    put("moves", rows.length ? table(null, rows, "fill fixed") : empty(tr("none_today")));
  }
  function forces(list) {
    const working = list.filter((f) => known(f.load) && f.load > 0);
    const rows = working.slice(0, broad() ? 16 : 5).map((f) => row([td("s", f.name), bar(f.on_duty / Math.max(1, f.established), 5.4),
      h("td", { cls: "n" }, count(f.on_duty), h("span", { cls: "k" }, " / " + count(f.established))), td("n " + (f.load > .9 ? "a" : ""), (f.load > .9 ? "▲ " + tr("high") + " " : "") + f.load.toFixed(2))]));
    put("forces", rows.length ? table(th([["", ""], [tr("on_duty"), ""], [tr("of_posts"), "n"], [tr("load"), "n"]]), rows, "fill") : empty(tr("none_today")));
  }

  w.view("overview", (d) => {
    w.part("kpis", { overdue: d.kpis.overdue, reported: d.kpis.reported_today, in_hand: d.kpis.in_hand, on_time: d.kpis.on_time_closure, rates: d.rates }, kpis);
    w.part("today", { stages: d.stages, reported: d.kpis.reported_today, channels: d.channels, aside: d.aside, outside: d.outside, clock: d.clock }, today);
    w.part("matters", d.matters, matters);
    w.part("rates", d.rates, rates);
    w.part("townships", { rows: d.townships, mean: d.mean_on_time }, townships);
    w.part("overdue", { total: d.kpis.overdue.value, rows: d.overdue, whistles: d.whistles }, overdue);
    w.part("moves", d.moves, moves);
    w.part("forces", d.forces, forces);
    w.part("backlog", { past: d.backlog, fan: d.forecast, held: d.kpis.in_hand.value }, window.twinFan.draw);
    w.part("map", { markers: d.markers, levels: d.levels, townships: d.townships.map((t) => [t.code, t.band, t.name, t.on_time, t.low, t.high, t.shrunk, t.overdue]), board: broad() }, window.twinPlaces.draw);
  });
})();
