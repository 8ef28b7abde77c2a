/* The wall's second view: the way of cases through seven stages, against their timers. */
(function () {
  "use strict";
  const w = window.twinWall;
  const { tr, known, count, pct, hue, h, put, title, meta, td, row, th, table, bar, empty, span, dots, NONE, LATIN } = w;
  const STEPS = [0, 1, 2, 3, 4, 5, 6];

  function funnel(d) {
    meta("funnel", tr("funnel_meta", { n: d.days, time: d.clock }));
    const most = Math.max(1, ...d.stages.map((r) => r[0])), sum = [1, 2, 3, 4].map((n) => d.stages.reduce((a, r) => a + r[n], 0));
    const rows = STEPS.map((n) => {
      const r = d.stages[n], t = d.times[n], late = known(t.in_time) && t.in_time < .9;
      const timer = known(t.timer) ? span(t.timer) : n === 3 ? tr("own_limit") : NONE;
      return row([td("bold", tr("stage_" + n)), td("n", count(r[0])), h("td", { cls: "funnel" }, h("span", { cls: "bar", style: `width:${Math.max(.4, 100 * r[0] / most)}%` })),
        td("n bold", n === 6 && !r[1] ? NONE : count(r[1])), td("n " + hue(r[2], ""), count(r[2])), td("n " + hue(r[3], "a"), count(r[3])), td("n " + hue(r[4], "r"), count(r[4])),
        td("n s", tr("span_" + n)), td("n", known(t.median) ? span(t.median) : NONE), td("n", known(t.p90) ? span(t.p90) : NONE), td("n s", timer),
        h("td", { cls: "n" }, known(t.in_time) ? h("span", { cls: late ? "a" : "g" }, late ? "▲ " : "● ") : null, known(t.in_time) ? pct(t.in_time) + "%" : NONE), td("n m", count(t.n))]);
    });
    rows.push(row([td("bold", tr("total")), td("", ""), td("", ""), ...sum.map((v, n) => td("n bold " + ["", "", v ? "a" : "z", v ? "r" : "z"][n], count(v))), h("td", { colspan: 6, cls: "n m" }, tr("clocks"))], { cls: "sum" }));
    const heading = th([[tr("stages"), ""], [tr("arrived"), "n"], ["", ""], [tr("in_hand"), "n"], ["● " + tr("green"), "n"], ["▲ " + tr("amber"), "n"], ["◆ " + tr("red"), "n"], [tr("interval_of"), "n"], [tr("median"), "n"], ["P90", "n"], [tr("timer"), "n"], [tr("in_time"), "n"], [tr("n_cases"), "n"]]);
    put("funnel", table(heading, rows, "fill"));
  }
  function shares(d) {
    meta("shares", tr("last_days", { n: d.days }) + " · " + tr("interval_95"));
    const rows = d.shares.map((r) => {
      const good = r.name === "filing" || r.name === "dispatch", lo = good ? .5 : 0, hi = good ? 1 : .2;
      return row([td("s", tr("share_" + r.name)), td("n bold", known(r.value) ? pct(r.value) + "%" : NONE),
        h("td", { style: "width:34%" }, known(r.value) ? dots(r.low, Math.min(hi, r.value), Math.min(hi, r.high), lo, hi, "#4DA3FF", { rule: true }) : h("span", { cls: "m" }, tr("few"))), td("n m", count(r.hits) + " / " + count(r.n))]);
    });
    put("shares", table(null, rows, "fill"), h("div", { cls: "m" }, tr("shares_note")));
  }
  function tiers(d) {
    meta("tiers", tr("tiers_meta", { n: count(d.held) }));
    const most = Math.max(1, ...d.rows.map((r) => r[1]));
    put("tiers", table(th([["", ""], [tr("in_hand"), "n"], ["", ""], ["● " + tr("green"), "n"], ["▲ " + tr("amber"), "n"], ["◆ " + tr("red"), "n"]]), d.rows.map((r) => row([td("s", tr("tier_" + r[0])), td("n bold", count(r[1])), bar(r[1] / most, 8),
      td("n " + hue(r[2], ""), count(r[2])), td("n " + hue(r[3], "a"), count(r[3])), td("n " + hue(r[4], "r"), count(r[4]))])), "fill"));
  }
  function late(d) {
    title("pressing", tr("overdue") + " " + count(d.total));
    const room = 16;
    meta("pressing", tr("pressing_meta", { n: Math.min(room, d.rows.length) }));
    const rows = d.rows.slice(0, room).map((c) => row([td("", c.number <= 5 ? h("span", { cls: "lozenge" }, String(c.number)) : h("span", { cls: "r" }, "◆")), td("m", c.case), td("t", c.matter), td("t s", c.where), td("s", tr("stage_of_" + c.state)), td("t s", c.unit), td("n r", tr("late", { span: span(c.minutes) }))], { "data-place": c.place }));
    put("pressing", rows.length ? table(th([["", "", 2], [tr("case_number"), "", 6.4], [tr("matter"), "", LATIN ? 8 : 5], [tr("place"), ""], [tr("stage"), "", 5], [tr("body"), "", 11], ["", "n", 5]]), rows, "fixed fill") : empty("● " + tr("none_overdue")));
  }
  function calls(d) {
    title("calls", tr("whistles") + " " + count(d.going));
    meta("calls", known(d.answered.value) ? tr("answered", { value: pct(d.answered.value) }) + tr("of", { n: d.answered.n }) : tr("no_calls"));
    const rows = d.rows.slice(0, w.broad() ? 9 : 8).map((c) => row([td("m", c.time, { style: "width:2.8rem" }), td("t", c.where + "·" + c.village), td("t s", c.matter, { style: "width:4.6rem" }), td("n", tr("present", { n: c.present, of: c.called }), { style: "width:4.6rem" }), h("td", { cls: "n", style: "width:6.8rem" }, answer(c)), td("n m", tr(c.going ? "going" : "over"), { style: "width:3.6rem" })]));
    put("calls", rows.length ? table(null, rows, "fixed fill") : h("p", { cls: "m" }, tr("no_whistles")));
  }
  function answer(c) {
    if (known(c.taken)) return h("span", { cls: c.left < 0 ? "r" : "g" }, (c.left < 0 ? "◆ " : "● ") + tr("took", { span: span(c.taken) }));
    if (!known(c.left)) return h("span", { cls: "k" }, NONE);
    return h("span", { cls: c.left < 0 ? "r" : c.left < 15 ? "a" : "k" }, c.left < 0 ? "◆ " + tr("late", { span: span(c.left) }) : (c.left < 15 ? "▲ " : "○ ") + tr("left", { span: span(c.left) }));
  }
  function kinds(list) {
    const most = Math.max(1, ...list.map((m) => m.in_hand));
    const rows = [...list].sort((a, b) => b.in_hand - a.in_hand).slice(0, 18).map((m) => row([td("s", m.name), td("n", count(m.in_hand)), bar(m.in_hand / most, 5.4), td("n " + hue(m.overdue, "r"), count(m.overdue)), td("n", known(m.on_time) ? pct(m.on_time, 0) + "%" : NONE)]));
    put("kinds", table(th([[tr("matter"), ""], [tr("in_hand"), "n"], ["", ""], ["◆ " + tr("red"), "n"], [tr("rate"), "n"]]), rows, "fill"));
  }
  w.view("loop", (d) => {
    w.part("funnel", { stages: d.stages, times: d.loop.times, days: d.loop.days, clock: d.clock }, funnel);
    w.part("shares", d.loop, shares);
    w.part("tiers", { rows: d.loop.tiers, held: d.kpis.in_hand.value }, tiers);
    w.part("pressing", { total: d.kpis.overdue.value, rows: d.overdue }, late);
    w.part("calls", d.whistles, calls);
    w.part("kinds", d.matters, kinds);
  });
})();
