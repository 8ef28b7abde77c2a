/* The wall's third view: who is on duty, who has more work than hours, where posts are vacant. */
(function () {
  "use strict";
  const w = window.twinWall;
  const { tr, known, count, pct, h, put, meta, td, row, th, table, bar, empty, NONE } = w;

  function duty(d) {
    const longest = d.waiting.length ? d.waiting[0] : null;
    const box = (label, value, unit, note) => h("div", { cls: "kpi" }, h("div", { cls: "label" }, label), h("div", { cls: "value" }, value, h("small", {}, unit)), h("div", { cls: "note" }, note));
    put("duty", h("div", { cls: "wall-kpis" },
      box(tr("on_shift"), count(d.on_duty), tr("posts"), tr("of_filled", { n: count(d.filled), share: pct(d.on_duty / Math.max(1, d.filled), 0) })),
      box(tr("filled"), count(d.filled), tr("posts"), tr("established", { n: count(d.filled + d.vacant) })),
      box(tr("vacant"), count(d.vacant), tr("posts"), tr("vacant_share", { share: pct(d.vacant / Math.max(1, d.filled + d.vacant)) })),
      box("▲ " + tr("crowded"), count(d.crowded), tr("crews"), tr("of_judged", { n: count(d.judged), limit: d.limit.toFixed(2) })),
      box(tr("longest"), longest ? longest.days.toFixed(1) : NONE, tr("workdays"), longest ? longest.unit + " · " + longest.role : "")));
  }
  const load = (v, limit) => td("n " + (v > limit ? "a" : ""), known(v) ? (v > limit ? "▲ " : "") + v.toFixed(2) : NONE);
  function roles(d) {
    const list = d.roles.slice(0, 32);
    const rows = list.map((f) => row([td("s", f.name), bar(f.on_duty / Math.max(1, f.filled), 4.6), h("td", { cls: "n" }, count(f.on_duty), h("span", { cls: "k" }, " / " + count(f.filled))), td("n " + (f.vacant ? "" : "z"), count(f.vacant)), td("n m", pct(f.free, 0) + "%"), load(f.load, d.limit)]));
    put("roles", table(th([["", ""], [tr("on_duty"), ""], [tr("of_posts"), "n"], [tr("vacant"), "n"], [tr("free"), "n"], [tr("load"), "n"]]), rows, "fill"));
  }
  function places(d) {
    const rows = d.places.map((p) => row([td("", p.code ? p.name : tr("district_bodies")), bar(p.on_duty / Math.max(1, p.filled), 4.6), h("td", { cls: "n" }, count(p.on_duty), h("span", { cls: "k" }, " / " + count(p.filled))), td("n " + (p.vacant ? "" : "z"), count(p.vacant)), load(p.load, d.limit),
      td("n", p.code ? count(p.in_hand) : NONE), td("n " + (p.overdue ? "r" : "z"), p.code ? count(p.overdue) : NONE), td("n m", p.code && p.on_duty ? (p.in_hand / p.on_duty).toFixed(2) : NONE)], p.code ? { "data-place": p.code } : { cls: "sum" }));
    put("places", table(th([["", ""], [tr("on_duty"), ""], [tr("of_posts"), "n"], [tr("vacant"), "n"], [tr("load"), "n"], [tr("in_hand"), "n"], ["◆ " + tr("red"), "n"], [tr("per_post"), "n"]]), rows, "fill"));
  }
  const hours = (v) => v.toFixed(v < 100 ? 1 : 0);
  function crowded(d) {
    meta("crowded", tr("crowded_meta", { limit: d.limit.toFixed(2) }));
    const room = 14;
    const rows = d.crews.slice(0, room).map((c) => row([td("t", c.unit), td("t s", c.role), td("n", count(c.posts)), td("n m", hours(c.case_hours) + " / " + hours(c.rostered_hours)), td("n a", "▲ " + c.load.toFixed(2))]));
    const more = d.crowded - rows.length;
    put("crowded", rows.length ? table(th([[tr("body"), ""], [tr("role"), "", 7.6], [tr("posts"), "n", 3], [tr("hours_over"), "n", 8.6], [tr("load"), "n", 4.4]]), rows, "fixed fill") : empty("● " + tr("none_crowded")), more > 0 ? h("div", { cls: "m" }, tr("more_crews", { n: more })) : null);
  }
  function waiting(d) {
    const rows = d.waiting.slice(0, 9).map((c) => row([td("t", c.unit), td("t s", c.role), td("n", count(c.in_hand)), td("n " + (c.days > 5 ? "a" : ""), (c.days > 5 ? "▲ " : "") + c.days.toFixed(1))]));
    put("waiting", rows.length ? table(th([[tr("body"), ""], [tr("role"), "", 7.6], [tr("in_hand"), "n", 4], [tr("workdays"), "n", 5]]), rows, "fixed fill") : empty(tr("none_today")));
  }
  w.view("forces", (d) => w.part("strength", d.strength, (f) => [duty, roles, places, crowded, waiting].forEach((draw) => draw(f))));
})();
