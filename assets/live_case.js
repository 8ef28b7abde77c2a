/* The drawer of /live: one case, its clocks, its seven stages, the advice, and what may be done with it. */
(function () {
  "use strict";
  const desk = window.liveDesk, { h, fill, tr, span, badge, MARK, CLS } = desk, SLOW = 6000;
  let file = null, form = null, said = null, heard = 0, asking = 0, tried = 0, row = "", pending = false, beside = null;
  const home = () => document.getElementById("live-case");
  const minutes = (m) => span(m * 60);
  /* Working hours are told in hours: eight of them are a day, 24 are three. */
  const told = (m, working) => working && Math.abs(m) >= 600 ? tr("hours", { n: tidy(Math.abs(m) / 60) }) : minutes(m);
  const tidy = (v) => (v >= 10 ? Math.round(v) : Math.round(v * 10) / 10).toLocaleString("en-US");
  const pair = (used, limit) => limit <= 120 && used < 1000 ? tr("minutes", { n: `${Math.round(used)} / ${Math.round(limit)}` }) : tr("hours", { n: `${tidy(used / 60)} / ${tidy(limit / 60)}` });
  const button = (text, cls, act, more) => h("button", Object.assign({ type: "button", cls: "button " + (cls || ""), on: { click: act } }, more), text);

  async function load(caseId, quiet) {
    if (!caseId) { file = null; form = beside = said = null; empty(); desk.outline && desk.outline(null); return; }
    if (!quiet) { file = null; form = beside = said = null; fill(home(), h("div", { cls: "skeleton tall" }), h("p", { cls: "caption", role: "status" }, tr("case_loading"))); }
    const mine = asking += 1;
    try {
      const answer = await fetch("/api/live/cases/" + encodeURIComponent(caseId), { cache: "no-store" });
      if (mine !== asking || desk.set.chosen !== caseId) return;
      if (answer.status === 404) { file = null; heard = Date.now(); fill(home(), top(h("span", {}, "")), h("p", { cls: "empty" }, "○ " + tr("gone"))); return; }
      if (!answer.ok) throw answer;
      const body = await answer.json();
      if (quiet) await desk.released();
      if (mine !== asking || desk.set.chosen !== caseId) return;
      file = body; heard = Date.now();
      if (desk.outline) desk.outline(file.outline);
      draw();
    } catch (_) { if (mine === asking && !file) fill(home(), top(h("span", {}, "")), h("p", { cls: "empty" }, "◆ " + tr("case_failed"))); }
  }

  /* Nothing chosen: what the filters leave, place by place. */
  function empty() {
    const set = desk.set, c = set.cols;
    if (!home() || !c) return;
    const places = new Map(), towns = new Set(c.township.filter(Boolean)), column = towns.size > 1 ? c.township : c.village;
    for (const i of set.rows) { const p = column[i] || ""; if (!places.has(p)) places.set(p, [0, 0, 0]); places.get(p)[set.light[i]] += 1; }
    const sum = (r) => r[0] + r[1] + r[2], rows = [...places].sort((a, b) => b[1][0] - a[1][0] || b[1][1] - a[1][1] || (a[0] < b[0] ? -1 : 1));
    fill(home(), h("div", { cls: "nothing" }, h("h2", {}, "○ " + tr("choose")), h("p", { cls: "caption" }, tr("choose_hint"))),
      rows.length ? h("table", { cls: "rows", "aria-label": tr("by_place") }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, tr("col_place")), h("th", { cls: "n", scope: "col" }, "◆ " + tr("col_red")), h("th", { cls: "n", scope: "col" }, "▲ " + tr("col_amber")), h("th", { cls: "n", scope: "col" }, tr("col_all")))),
        h("tbody", {}, rows.slice(0, 24).map(([p, r]) => h("tr", {}, h("td", {}, desk.book.places[p] || tr("outside")), h("td", { cls: "n " + (r[0] ? "r" : "quiet") }, String(r[0])), h("td", { cls: "n " + (r[1] ? "a" : "quiet") }, String(r[1])), h("td", { cls: "n" }, String(sum(r))))))) : null);
  }

  function top(title) { return h("div", { cls: "case-top" }, title, button(tr("close") + " ✕", "bare", () => desk.choose(null), { "data-close": "1" })); }

  function draw() {
    if (!file || !home()) return;
    const at = home().scrollTop, held = document.activeElement, key = held && home().contains(held) ? held.dataset.action || held.dataset.close && "close" : null;
    if (beside) { fill(home(), compare()); return; }
    const kept = form && form.node && form.action ? form.node : null;
    fill(home(), head(), clocks(), timeline(), advice(), kept || null, say(), kept ? null : actions(), kept ? null : twins(), desk.records && file.record === "hub" ? desk.records(file) : null);
    home().scrollTop = at;
    const list = home().querySelector(".timeline"), present = list && list.querySelector(".now");
    if (present) list.scrollTop = Math.max(0, present.offsetTop - list.offsetTop + present.offsetHeight * 2 - list.clientHeight);
    if (kept && key === null && document.activeElement === document.body) { const again = kept.querySelector("select, input, button"); if (again && said) again.focus({ preventScroll: true }); }
    if (key && !kept) { const again = home().querySelector(`[data-action="${key}"]`); if (again) again.focus({ preventScroll: true }); }
    home().dataset.version = String(file.version); home().dataset.state = file.code; home().dataset.case = file.case_id;
  }
  function head() {
    return [top(h("span", { cls: "case-number" }, file.number, " ", file.ended ? h("span", { cls: "badge" }, "✓ " + tr("ended")) : badge(file.light), h("span", { cls: "badge b" }, "■ " + file.state))),
      h("h2", { cls: "case-title" }, file.title), h("p", { cls: "case-where" }, file.where),
      file.asked.length ? h("p", { cls: "case-note a" }, "▲ " + tr("asked", { what: file.asked.join(tr("comma")) })) : null,
      file.advised.length ? h("p", { cls: "case-note" }, tr("advised", { list: file.advised.join(tr("comma")) })) : null,
      file.helpers.length ? h("p", { cls: "case-note" }, tr("helpers") + " ", file.helpers.map(([name, there]) => h("span", { cls: there ? "g" : "a" }, ` ${there ? "●" : "▲"} ${name} ${tr(there ? "there" : "not_there")}`))) : null];
  }
  function clocks() {
    const order = { close: 0, handling: 1, step: 2 }, list = [...file.clocks].sort((a, b) => order[a.name] - order[b.name]);
    const two = list.length > 2 ? [list[0], list[list.length - 1]] : list;
    if (!two.length) return null;
    return h("div", { cls: "clocks" }, two.map((k) => {
      const rest = k.remaining, share = k.limit > 0 ? Math.min(1, k.used / k.limit) : 1;
      return h("div", { cls: "clock " + CLS[k.light], title: k.kind }, h("div", { cls: "caption" }, tr("limit", { what: k.word, span: told(k.limit, k.working) }) + (k.working ? tr("working") : "")),
        h("div", { cls: "rest" }, tr(rest < 0 ? "late" : "left", { span: told(rest, k.working) })),
        h("div", { cls: "track" }, h("i", { style: `width:${(share * 100).toFixed(1)}%` }), h("b", { "aria-hidden": "true" })),
        h("div", { cls: "caption" }, k.stopped ? tr("stopped") : tr("due", { time: k.due, used: pair(k.used, k.limit) })));
    }));
  }
  const SIGN = { done: "●", between: "◇", now: "■", ahead: "○" };
  function timeline() {
    return h("ol", { cls: "timeline", "aria-label": tr("step") }, file.timeline.map((s) => {
      const light = s.light || "green", sign = s.back ? "◆" : s.kind === "done" ? MARK[light] : SIGN[s.kind];
      const time = s.used === null || s.used === undefined || s.limit === null ? "" : pair(s.used, s.limit);
      return h("li", { cls: s.kind + (s.back ? " back" : ""), "aria-current": s.kind === "now" ? "step" : null },
        h("i", { cls: s.back ? "r" : s.kind === "done" ? CLS[light] : s.kind === "now" ? "b" : "k", "aria-hidden": "true" }, sign),
        h("div", { cls: "what" }, h("b", {}, (s.kind !== "between" && s.stage >= 0 ? s.stage + 1 + " " : "") + s.word), " ", h("span", {}, s.at || (s.kind === "ahead" ? "—" : "")), s.by_hand ? h("span", { cls: "hand", title: tr("by_hand") }, " ✎") : null,
          s.note ? h("div", { cls: "note", title: s.note }, s.note) : null),
        h("span", { cls: "spent " + (s.light ? CLS[s.light] : "") }, time));
    }));
  }
  const pct = (v) => (100 * v).toFixed(0);
  function advice() {
    const [best, other] = file.advice, dispatching = file.choices.some((c) => c.action === "dispatch" && c.allowed);
    if (!best) return null;
    const line = (name, text) => h("div", { cls: "because" }, h("span", {}, tr(name)), h("span", {}, text));
    return h("section", { cls: "advice" + (dispatching ? " open" : "") }, h("div", { cls: "advice-head" }, h("span", { cls: "caption" }, tr("advice")), h("span", { cls: "caption" }, tr("advice_rule", { version: file.rules_version }))),
      h("h3", {}, best.name), line("powers", best.powers), line("way", best.minutes === null ? tr("way_unknown") : tr("way_minutes", { n: Math.max(1, Math.round(best.minutes)) })),
      line("in_hand_row", tr("holding", { n: best.in_hand, posts: best.posts })),
      line("record", !best.due ? tr("on_time_none") : best.on_time === null ? tr("on_time_few", { due: best.due }) : tr("on_time", { share: pct(best.on_time), due: best.due, low: pct(best.low), high: pct(best.high) })),
      other ? h("p", { cls: "caption" }, tr("instead", { name: other.name, n: other.in_hand })) : null);
  }

  /* Actions: what is open first; what is off keeps its place and says why. */
  function actions() {
    if (!desk.root.dataset.acts) return h("p", { cls: "caption" }, "○ " + tr("read_only"));
    const best = file.advice[0], main = file.choices.find((c) => c.action === file.main), rows = [];
    const platform = file.source_url ? h("a", { cls: "button filled wide", href: file.source_url, target: "_blank", rel: "noopener noreferrer" }, tr("at_platform")) : null;
    if (file.record === "mirror") rows.push(platform, h("p", { cls: "caption" }, tr("advice_only")));
    if (main && main.action === "dispatch" && best && main.units.some(([code]) => code === best.unit)) {
      rows.push(button(tr("send_to", { name: best.name }), "filled wide", () => send({ action: "dispatch", unit: best.unit }), { "data-action": "dispatch-best" }));
    } else if (main) rows.push(button(main.word, "filled wide", () => begin(main), { "data-action": main.action }));
    const rest = file.choices.filter((c) => c.action !== "merge" && !(main && c.action === main.action && main.action !== "dispatch"));
    const near = rest.filter((c) => c.allowed || !["wrong_state", "mirror", "not_your_part"].includes(c.why_not)), far = rest.filter((c) => !near.includes(c));
    const on = near.filter((c) => c.allowed), off = near.filter((c) => !c.allowed);
    if (on.length) rows.push(h("div", { cls: "choices" }, on.map(choice)));
    if (off.length) rows.push(h("div", { cls: "choices shut" }, off.map(choice)));
    if (far.length) rows.push(h("details", { cls: "far", "data-far": "1" }, h("summary", {}, tr("more", { n: far.length })), h("div", { cls: "choices shut" }, far.map(choice))));
    const open = home().querySelector("details.far[open]");
    if (open && far.length) rows[rows.length - 1].open = true;
    return h("div", { cls: "actions" }, rows);
  }
  function choice(c) {
    const name = c.action === "dispatch" && file.main === "dispatch" ? tr("other_body") : c.word;
    if (c.allowed) return button(name, "", () => begin(c), { "data-action": c.action });
    return button(`${name} · ${c.short}`, "off", () => { said = { text: `${name}：${c.why}`, cls: "a" }; draw(); }, { "aria-disabled": "true", title: c.why, "data-action": c.action });
  }
  function begin(c) {
    said = null;
    if (!c.reasons.length && !c.units.length && !c.verdicts.length) { send({ action: c.action }); return; }
    form = { action: c.action, node: null, word: c.word };
    form.node = build(c);
    draw();
    const first = form.node.querySelector("select, input");
    if (first) first.focus();
  }
  function build(c) {
    const picker = (name, list) => h("label", {}, h("span", {}, tr(name)), h("select", { name, cls: "select", required: true }, list.length > 1 || name === "reason" ? h("option", { value: "" }, tr("pick")) : null, list.map(([code, word]) => h("option", { value: code }, word))));
    const parts = [c.units.length ? picker("unit", c.units) : null, c.reasons.length ? picker("reason", c.reasons) : null, c.verdicts.length ? picker("verdict", c.verdicts) : null];
    const node = h("form", { cls: "act-form", "aria-label": c.word, on: { submit: (event) => { event.preventDefault(); const wish = { action: c.action }; for (const field of node.querySelectorAll("select")) wish[field.name] = field.value; send(wish); },
      keydown: (event) => { if (event.key === "Escape") stop(); } } }, h("h3", {}, c.word), parts,
      h("div", { cls: "pair" }, h("button", { type: "submit", cls: "button filled" }, tr("confirm", { what: c.word })), button(tr("cancel"), "", stop)));
    return node;
  }
  function stop() { const back = form && form.action; form = beside = null; said = null; draw(); const again = back && home().querySelector(`[data-action="${back}"]`); if (again) again.focus(); }
  function say() { return h("p", { cls: "said " + (said ? said.cls : ""), role: "status" }, said ? said.text : ""); }

  async function send(wish) {
    if (pending || !file) return;
    pending = true;
    const caseId = file.case_id, word = (file.choices.find((c) => c.action === wish.action) || {}).word || wish.action;
    said = { text: tr("doing"), cls: "" }; draw();
    try {
      const answer = await fetch("/api/live/cases/" + encodeURIComponent(caseId), { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(Object.assign({ version: file.version }, wish)) });
      const body = await answer.json().catch(() => ({}));
      if (answer.ok) { form = beside = null; said = { text: "✓ " + tr("done", { what: word }), cls: "g" }; }
      else said = { text: "◆ " + tr("refused", { text: body.text || body.error || String(answer.status) }), cls: "r" };
    } catch (_) { said = { text: "◆ " + tr("not_sent"), cls: "r" }; }
    const note = said;
    await load(caseId, true);
    pending = false; said = note; draw();
    desk.ask();
  }

  /* Suspected repeats: side by side, then one case goes on. */
  function twins() {
    const list = file.twins, merge = file.choices.find((c) => c.action === "merge");
    if (!list.length) return null;
    const one = list[0], values = { number: one.number, metres: one.metres, span: minutes(one.minutes), n: list.length };
    const may = merge && merge.allowed && desk.root.dataset.acts;
    return h("p", { cls: "twins" }, tr(list.length > 1 ? "twins_more" : "twins", values), " ",
      button(tr(may ? "compare" : "open_case"), "link", () => may ? lay(one) : desk.choose(one.case_id), { "data-action": "merge" }));
  }
  async function lay(twin) {
    try {
      const answer = await fetch("/api/live/cases/" + encodeURIComponent(twin.case_id), { cache: "no-store" });
      if (!answer.ok) throw answer;
      beside = { twin, file: await answer.json() };
    } catch (_) { said = { text: "◆ " + tr("case_failed"), cls: "r" }; }
    draw();
  }
  function compare() {
    const a = file, b = beside.file, rows = [["row_number", a.number, b.number], ["row_item", a.title, b.title], ["row_where", a.where, b.where], ["row_reported", a.reported, b.reported], ["row_state", a.state, b.state], ["row_unit", a.unit, b.unit]];
    return [top(h("span", { cls: "case-number" }, tr("compare_title"))), h("p", { cls: "caption" }, tr("twins", { number: beside.twin.number, metres: beside.twin.metres, span: minutes(beside.twin.minutes) })),
      h("table", { cls: "rows compare" }, h("thead", {}, h("tr", {}, h("th", {}), h("th", { scope: "col" }, tr("this_case")), h("th", { scope: "col" }, tr("that_case")))),
        h("tbody", {}, rows.map(([key, left, right]) => h("tr", { cls: left === right ? "same" : "" }, h("th", { scope: "row" }, tr(key)), h("td", {}, left), h("td", {}, right))))),
      say(), h("div", { cls: "actions" }, button(tr("merge_into", { number: b.number }), "filled wide", () => send({ action: "merge", twin: b.case_id }), { "data-action": "merge-now" }), button(tr("back"), "wide", stop))];
  }

  desk.onChoose = (caseId) => load(caseId, file && file.case_id === caseId);
  /* A case is read again every few seconds; not while somebody fills in a form or compares. */
  function refresh() {
    if (desk.isWriting && desk.isWriting()) return;
    if (!desk.set.chosen) empty();
    else if (!pending && !form && !beside && Date.now() - Math.max(heard, tried) > SLOW) { tried = Date.now(); load(desk.set.chosen, true); }
  }
  desk.onTick = refresh;
  /* What the list says of the chosen case has changed: read it at once. */
  desk.onNews = () => {
    const c = desk.set.cols, i = desk.set.chosen ? c.case_id.indexOf(desk.set.chosen) : -1;
    const sign = i < 0 ? "" : [c.state[i], c.stage[i], c.unit[i], c.due[i], c.whistled[i]].join("|");
    if (sign !== row) { row = sign; tried = heard = 0; }
    refresh();
  };
  desk.onLeave.push(() => { file = form = beside = said = null; });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && desk.root && desk.set.chosen && !form && !beside) desk.choose(null); else if (event.key === "Escape" && beside) stop(); });
})();
