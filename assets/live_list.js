/* The list of /live: only the rows in sight are in the page; arrows move, Enter opens. */
(function () {
  "use strict";
  const desk = window.liveDesk, { h, fill, tr, span, left, badge, now, count, latin, filtered, LIGHTS, CLS } = desk;
  const home = () => document.getElementById("live-rows");

  function draw() {
    if (!home().firstChild) build(home());
    desk.set.active = Math.max(0, Math.min(desk.set.active, desk.set.rows.length - 1));
    document.getElementById("live-order").textContent = filtered() ? tr("order_filtered", { n: count(desk.set.rows.length), all: count(desk.set.cols.case_id.length) }) : tr("order", { n: count(desk.set.rows.length) });
    refresh();
  }
  const HEAD = ["light", "number", "matter_head", "place", "step", "body_head", "used", "left_head"];
  function build(home) {
    const body = h("div", { cls: "body", role: "rowgroup" });
    const scroller = h("div", { cls: "scroller", tabindex: "0", role: "grid", "aria-label": tr("cases"), "aria-describedby": "live-keys" },
      h("div", { cls: "head line", role: "row" }, HEAD.map((key) => h("span", { role: "columnheader", title: tr("hint_" + key) === "hint_" + key ? null : tr("hint_" + key) }, tr(key)))), body);
    scroller.addEventListener("scroll", () => { if (!desk.set.frame) desk.set.frame = requestAnimationFrame(() => { desk.set.frame = 0; refresh(); }); }, { passive: true });
    scroller.addEventListener("keydown", keys);
    body.addEventListener("click", (event) => { const line = event.target.closest("[data-row]"); if (line) { desk.set.active = Number(line.dataset.row); desk.choose(desk.set.cols.case_id[desk.set.rows[desk.set.active]]); } });
    fill(home, scroller, h("p", { id: "live-keys", cls: "unseen" }, tr("keys")));
  }
  function refresh() {
    const scroller = home().querySelector(".scroller"), body = scroller && scroller.querySelector(".body");
    if (!body || !desk.set.cols) return;
    const tall = parseFloat(getComputedStyle(scroller).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize) || 30;
    const first = Math.max(0, Math.floor(scroller.scrollTop / tall) - 4), last = Math.min(desk.set.rows.length, first + Math.ceil(scroller.clientHeight / tall) + 9);
    body.style.height = `${desk.set.rows.length * tall}px`;
    scroller.setAttribute("aria-rowcount", String(desk.set.rows.length + 1));
    if (!desk.set.rows.length) {
      body.style.height = "";
      fill(body, h("p", { cls: "empty" }, "○ " + tr(filtered() ? "nothing_filtered" : desk.set.origin === "preparing" ? "preparing" : "nothing_open"), filtered() ? h("button", { cls: "plain", type: "button", on: { click: desk.clearFilters } }, tr("clear")) : null));
      return;
    }
    const t = now(), lines = [];
    for (let n = first; n < last; n += 1) lines.push(line(n, desk.set.rows[n], t, tall));
    fill(body, lines);
    const active = desk.set.rows[desk.set.active];
    if (active !== undefined) scroller.setAttribute("aria-activedescendant", "live-row-" + desk.set.active);
  }
  function line(n, i, t, tall) {
    const c = desk.set.cols, light = LIGHTS[desk.set.light[i]], chosen = c.case_id[i] === desk.set.chosen;
    const place = c.township[i] || c.village[i] ? [desk.book.places[c.township[i]], desk.book.places[c.village[i]]].filter(Boolean) : [tr("outside")];
    const state = c.stage[i] === 3 && c.state[i] === "dispatched" ? "handling" : c.state[i];
    const used = share(c, i, t);
    return h("div", { cls: "line" + (chosen ? " chosen" : "") + (n === desk.set.active ? " active" : ""), role: "row", id: "live-row-" + n, "data-row": n, "data-case": c.case_id[i], "aria-rowindex": n + 2, "aria-selected": chosen ? "true" : "false", style: `top:${n * tall}px` },
      h("span", { role: "gridcell" }, badge(light)), h("span", { role: "gridcell", cls: "quiet" }, c.number[i]),
      h("span", { role: "gridcell", cls: "strong" }, (desk.book.items[c.item[i]] || ["", c.item[i]])[1] || c.item[i], c.suspect[i] ? h("em", { title: tr("only_suspect") }, " ≈") : null, c.supervised[i] ? h("em", { cls: "a", title: tr("only_supervised") }, " ⚑") : null),
      h("span", { role: "gridcell" }, latin() ? place.reverse().join(", ") : place.join(" ")), h("span", { role: "gridcell" }, desk.book.states[state] || state),
      h("span", { role: "gridcell" }, c.stage[i] < 2 ? tr("undecided") : (desk.book.units[c.unit[i]] || [c.unit[i]])[0]),
      h("span", { role: "gridcell", cls: "use" }, used === null ? "–" : h("i", { cls: "track" }, h("i", { cls: CLS[light], style: `width:${Math.min(100, used * 100).toFixed(0)}%` }))),
      h("span", { role: "gridcell", cls: "n " + CLS[light] }, c.due[i] < 0 ? tr("waited", { span: span(t - c.reported_at[i]) }) : left(c.due[i] - t)));
  }
  /* 80 % of the limit is used when the light turns amber, whatever clock the limit runs on. */
  function share(c, i, t) {
    if (c.due[i] < 0 || c.amber_at[i] < 0) return null;
    if (t >= c.due[i]) return 1;
    if (t >= c.amber_at[i]) return .8 + .2 * (t - c.amber_at[i]) / Math.max(1, c.due[i] - c.amber_at[i]);
    return Math.max(0, .8 * (t - c.reported_at[i]) / Math.max(1, c.amber_at[i] - c.reported_at[i]));
  }
  function keys(event) {
    const scroller = event.currentTarget, page = Math.max(1, Math.floor(scroller.clientHeight / 34) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -1e9, End: 1e9 }[event.key];
    if (event.key === "Enter" && desk.set.rows.length) { desk.choose(desk.set.cols.case_id[desk.set.rows[desk.set.active]]); event.preventDefault(); return; }
    if (!step || !desk.set.rows.length) return;
    event.preventDefault();
    desk.set.active = Math.max(0, Math.min(desk.set.rows.length - 1, desk.set.active + step));
    reveal();
    refresh();
  }
  function reveal() {
    const scroller = home() && home().querySelector(".scroller");
    if (!scroller) return;
    const tall = parseFloat(getComputedStyle(scroller).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize) || 30;
    const head = scroller.querySelector(".head").offsetHeight, top = desk.set.active * tall, room = scroller.clientHeight - head;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + tall > scroller.scrollTop + room) scroller.scrollTop = top + tall - room;
  }

  desk.list = { draw, refresh, reveal };
})();
