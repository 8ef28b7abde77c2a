/* /live: one loop asks for open cases; filters and counts are drawn here, the list by live_list.js, the map by
   live_map.js and the drawer by live_case.js over window.liveDesk. Text enters by textContent only. */
(function () {
  "use strict";
  const STALE = 12000, LIGHTS = ["red", "amber", "green"], MARK = { red: "◆", amber: "▲", green: "●" }, CLS = { red: "r", amber: "a", green: "g" };
  const TIERS = ["village", "township", "district"], TOP = 5, REST = "…";
  let root = null, texts = {}, book = null, set = {}, timers = [], round = 0;
  const $ = (name) => document.getElementById("live-" + name);
  const tr = (key, values) => (texts[key] || key).replace(/\{(\w+)\}/g, (_, k) => (values || {})[k]);
  const latin = () => document.documentElement.lang !== "zh-CN";
  const count = (n) => n.toLocaleString("en-US");

  function h(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const key in attributes || {}) {
      const value = attributes[key];
      if (value === null || value === undefined || value === false) continue;
      if (key === "on") for (const kind in value) node.addEventListener(kind, value[kind]);
      else if (key === "style") node.style.cssText = value;
      else node.setAttribute(key === "cls" ? "class" : key, value === true ? "" : value);
    }
    for (const child of children.flat(3)) if (child !== null && child !== undefined && child !== false) node.append(child);
    return node;
  }
  function fill(home, ...nodes) { if (home) home.replaceChildren(...nodes.flat(3).filter((n) => n !== null && n !== undefined && n !== false)); }

  /* Time: the hub's moment now, and spans as people say them. */
  const now = () => set.asOf === undefined ? 0 : set.asOf + (performance.now() - set.heard) / 1000 * set.speed;
  function span(seconds) {
    const m = Math.floor(Math.abs(seconds) / 60);
    if (m < 1) return tr("moment");
    if (m < 60) return tr("minutes", { n: m });
    const hours = Math.floor(m / 60);
    if (hours < 24) return m % 60 && hours < 10 ? tr("hours_minutes", { h: hours, m: m % 60 }) : tr("hours", { n: hours });
    const days = Math.floor(hours / 24);
    return hours % 24 && days < 10 ? tr("days_hours", { d: days, h: hours % 24 }) : tr("days", { n: days });
  }
  const left = (seconds) => seconds < 0 ? tr("late", { span: span(seconds) }) : tr("left", { span: span(seconds) });
  function clock(seconds, form) {
    const options = { timeZone: root.dataset.zone, hour: "2-digit", minute: "2-digit", hour12: false };
    if (form === "seconds") options.second = "2-digit";
    return new Intl.DateTimeFormat("zh-CN", options).format(new Date(seconds * 1000));
  }
  function badge(light, word) { return h("span", { cls: "badge " + CLS[light] }, MARK[light] + " " + (word || tr(light))); }

  /* Nothing under a finger is drawn anew, or the click would be lost. */
  let pressed = 0;
  document.addEventListener("pointerdown", () => { pressed = Date.now(); }, true);
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => setTimeout(() => { pressed = 0; }), true);
  const isPressed = () => pressed && Date.now() - pressed < 1500;
  async function released() { while (isPressed()) await new Promise((done) => setTimeout(done, 40)); }

  /* State: columns as they came, lights by the clock, what the filters leave. */
  function fresh() {
    return { cols: null, version: null, speed: 1, heard: 0, light: null, mask: null, rows: [], counts: {}, off: { light: new Set(), tier: new Set(), matter: new Set() },
      unit: "", only: { mine: false, whistled: false, suspect: false, supervised: false }, top: null, active: 0, chosen: null, last: 0, failed: "" };
  }
  function lightOf(c, i, t) { return c.due[i] >= 0 && c.due[i] < t ? 0 : c.amber_at[i] >= 0 && c.amber_at[i] <= t ? 1 : 2; }
  function grade() {
    const c = set.cols, t = now(), n = c.case_id.length, next = new Uint8Array(n);
    let changed = !set.light || set.light.length !== n;
    for (let i = 0; i < n; i += 1) { next[i] = lightOf(c, i, t); changed = changed || next[i] !== set.light[i]; }
    set.light = next;
    return changed;
  }
  const tierOf = (i) => TIERS.includes(set.cols.tier[i]) ? set.cols.tier[i] : "village";
  const matterOf = (i) => { const m = (book.items[set.cols.item[i]] || [""])[0]; return set.top.includes(m) ? m : REST; };
  const isMine = (i) => set.stages.includes(set.cols.stage[i]) && (!set.units.size || set.units.has(set.cols.unit[i]));
  const ONLY = { mine: isMine, whistled: (i) => set.cols.whistled[i] === 1, suspect: (i) => set.cols.suspect[i] === 1, supervised: (i) => set.cols.supervised[i] === 1 };

  function rank() {
    const held = {};
    for (const item of set.cols.item) { const m = (book.items[item] || [""])[0]; held[m] = (held[m] || 0) + 1; }
    set.held = Object.keys(held).length;
    if (!set.top || !set.top.length) set.top = Object.keys(held).sort((a, b) => held[b] - held[a] || (a < b ? -1 : 1)).slice(0, TOP);
  }
  /* Every facet is counted under all the others, so that its checked rows add up to what is shown. */
  function sift() {
    const c = set.cols, n = c.case_id.length, rows = [], tally = { light: {}, tier: {}, matter: {}, unit: {}, only: {}, place: {} };
    const add = (kind, key) => { tally[kind][key] = (tally[kind][key] || 0) + 1; };
    for (let i = 0; i < n; i += 1) {
      const light = LIGHTS[set.light[i]], tier = tierOf(i), matter = matterOf(i);
      const fails = [];
      if (set.off.light.has(light)) fails.push("light");
      if (set.off.tier.has(tier)) fails.push("tier");
      if (set.off.matter.has(matter)) fails.push("matter");
      if (set.unit && set.unit !== c.unit[i]) fails.push("unit");
      for (const name in ONLY) if (set.only[name] && !ONLY[name](i)) fails.push(name);
      if (fails.length > 1) continue;
      const but = (kind) => !fails.length || fails[0] === kind;
      if (but("light")) add("light", light);
      if (but("tier")) add("tier", tier);
      if (but("matter")) add("matter", matter);
      if (but("unit")) add("unit", c.unit[i]);
      for (const name in ONLY) if (but(name) && ONLY[name](i)) add("only", name);
      if (!fails.length) rows.push(i);
    }
    /* those without a limit yet come last, the longest waiting first */
    const dated = rows.filter((i) => c.due[i] >= 0), bare = rows.filter((i) => c.due[i] < 0).sort((a, b) => c.reported_at[a] - c.reported_at[b]);
    set.rows = dated.concat(bare); set.counts = tally;
  }
  const filtered = () => set.unit || Object.values(set.off).some((s) => s.size) || Object.values(set.only).some(Boolean);

  /* Rail */
  function toggle(kind, key, label, n, mark) {
    const on = !set.off[kind].has(key);
    const box = h("input", { type: "checkbox", "data-kind": kind, "data-key": key, "aria-label": (mark ? mark.word + " " : "") + label });
    box.checked = on;
    box.addEventListener("change", () => { box.checked ? set.off[kind].delete(key) : set.off[kind].add(key); redraw(); });
    const most = Math.max(1, ...Object.values(set.counts[kind]));
    return h("label", { cls: "row" + (on ? "" : " out") + (mark ? " " + mark.cls : "") }, box, mark ? h("i", { cls: "shape", "aria-hidden": "true" }, mark.sign) : null,
      h("span", { cls: "name" }, label), h("b", {}, count(n || 0)), mark ? null : h("em", { style: `width:${(100 * (n || 0) / most).toFixed(1)}%`, "aria-hidden": "true" }));
  }
  function rail() {
    const t = set.counts;
    keepFocus($("rail"), () => {
      $("count").textContent = count(set.rows.length);
      fill($("lights"), ["green", "amber", "red"].map((l) => toggle("light", l, tr(l), t.light[l], { sign: MARK[l], cls: CLS[l], word: "" })));
      fill($("tier"), TIERS.map((k) => toggle("tier", k, tr("tier_" + k), t.tier[k])));
      const rest = set.held - set.top.length;
      fill($("matter"), set.top.map((m) => toggle("matter", m, book.matters[m] || tr("unknown"), t.matter[m])), rest > 0 ? toggle("matter", REST, tr("rest", { n: rest }), t.matter[REST]) : null);
      const only = JSON.parse($("only-facet").dataset.only || "[]");
      fill($("only"), only.map((name) => {
        const box = h("input", { type: "checkbox", "data-kind": "only", "data-key": name });
        box.checked = set.only[name];
        box.addEventListener("change", () => { set.only[name] = box.checked; redraw(); });
        return h("label", { cls: "row plain" }, box, h("span", { cls: "name" }, name === "mine" ? tr("mine_" + root.dataset.role) : tr("only_" + name)), h("b", {}, count(t.only[name] || 0)));
      }));
      units();
    });
    $("clear").disabled = !filtered();
  }
  function units() {
    const holder = $("unit-holder");
    let select = holder.querySelector("select");
    if (select && document.activeElement === select) return;
    const present = Object.keys(set.counts.unit).filter((u) => u);
    if (set.unit && !present.includes(set.unit)) present.push(set.unit);
    const name = (u) => (book.units[u] || [u])[0];
    const option = (u) => h("option", { value: u }, name(u) + " " + count(set.counts.unit[u] || 0));
    const groups = ["district", "township", "village"].map((tier) => {
      const mine = present.filter((u) => ((book.units[u] || ["", "district"])[1] || "district") === tier);
      mine.sort((a, b) => (set.counts.unit[b] || 0) - (set.counts.unit[a] || 0) || (a < b ? -1 : 1));
      return mine.length ? h("optgroup", { label: tr("tier_" + tier) }, mine.map(option)) : null;
    });
    if (!select) {
      select = h("select", { id: "live-unit", cls: "select" });
      select.addEventListener("change", () => { set.unit = select.value; redraw(); });
      holder.replaceChildren(select);
    }
    fill(select, h("option", { value: "" }, tr("all_bodies", { n: present.length })), groups);
    select.value = set.unit;
  }
  function keepFocus(home, draw) {
    const held = document.activeElement, kept = held && home.contains(held) && held.dataset.kind ? held.dataset : null;
    draw();
    if (kept) { const again = home.querySelector(`input[data-kind="${kept.kind}"][data-key="${CSS.escape(kept.key)}"]`); if (again) again.focus(); }
  }
  function clearFilters() { for (const kind in set.off) set.off[kind].clear(); set.unit = ""; for (const name in set.only) set.only[name] = false; redraw(); }

  /* The finding: where late cases cluster (found by the server over the whole part), counted here. */
  function title() {
    const red = set.rows.filter((i) => set.light[i] === 0), amber = set.rows.filter((i) => set.light[i] === 1).length;
    const cluster = set.cols.cluster, home = $("title"), note = $("caption");
    if (!set.rows.length) { home.textContent = filtered() ? tr("title_nothing") : tr(set.origin === "preparing" ? "preparing" : "title_calm"); note.textContent = ""; return; }
    if (filtered()) { home.textContent = tr("title_filtered", { n: count(set.rows.length), late: count(red.length) }); note.textContent = tr("of_all", { n: count(set.cols.case_id.length) }); return; }
    if (!cluster || !red.length) {
      home.textContent = red.length ? tr("title_even", { late: count(red.length), soon: count(amber) }) : tr("title_none_late", { soon: count(amber) });
      note.textContent = red.length && set.cols.case_id.length > 20 ? tr("even_note") : "";
      return;
    }
    const column = set.cols[cluster.tier], inside = red.filter((i) => cluster.places.includes(column[i])).length;
    const one = cluster.places.length === 1;
    home.textContent = tr("title_cluster_" + (one ? "one" : cluster.tier), { place: book.places[cluster.places[0]] || cluster.places[0], late: count(red.length), n: count(inside), where: tr("way_" + cluster.direction), places: number(cluster.places.length) });
    note.textContent = (one ? "" : cluster.places.map((code) => book.places[code] || code).join(tr("comma")) + " · ") + tr("cluster_note");
    note.title = tr("cluster_formula");
  }
  const number = (n) => latin() ? String(n) : "零一两三四五六七八九"[n] || String(n);

  function choose(caseId, quiet) {
    set.chosen = caseId;
    const n = caseId ? set.rows.findIndex((i) => set.cols.case_id[i] === caseId) : -1;
    if (n >= 0) { set.active = n; if (!quiet) desk.list.reveal(); }
    history.replaceState(null, "", location.pathname + (caseId ? "#" + encodeURIComponent(caseId) : ""));
    root.classList.toggle("opened", Boolean(caseId));
    desk.list.draw();
    if (desk.onChoose) desk.onChoose(caseId);
    if (desk.onDraw) desk.onDraw();
  }

  function redraw() {
    if (!set.cols || !book) return;
    sift(); rail(); title(); desk.list.draw();
    if (desk.onDraw) desk.onDraw();
    root.dataset.shown = String(set.rows.length);
  }
  function state() {
    const home = $("state"), quiet = Date.now() - set.last > STALE;
    root.classList.toggle("stale", Boolean(set.failed) || (set.cols && quiet));
    if (set.failed) { home.textContent = "▲ " + set.failed; return; }
    if (!set.cols) return;
    const origin = set.origin === "replay" ? tr("replay", { speed: set.speed }) + " · " : "";
    home.textContent = quiet ? "▲ " + tr("stale", { time: clock(set.asOf) }) : origin + tr("updated", { time: clock(now(), "seconds") });
  }
  function waiting(since) {
    const s = Math.round((Date.now() - since) / 1000), home = $("rows");
    if (set.cols || set.failed) return;
    if (!home.firstChild) fill(home, Array.from({ length: 6 }, () => h("div", { cls: "skeleton" })), h("p", { cls: "caption waited", role: "status" }));
    if (s >= 3) home.querySelector(".waited").textContent = tr("loading", { n: s });
  }

  async function ask(mine) {
    if (set.busy) return;
    set.busy = true;
    try {
      if (!book) {
        const names = await fetch("/api/live/book");
        if (!names.ok) throw names;
        book = await names.json();
      }
      const answer = await fetch("/api/live" + (set.version === null ? "" : "?version=" + encodeURIComponent(set.version)), { cache: "no-store" });
      if (mine !== round) return;
      if (!answer.ok) throw answer;
      const moment = Number(answer.headers.get("X-Hub-Moment"));
      set.asOf = moment; set.heard = performance.now(); set.speed = Number(answer.headers.get("X-Hub-Speed")) || 1; set.origin = answer.headers.get("X-Hub-Origin");
      const body = answer.status === 204 ? null : await answer.json();
      await released();
      if (mine !== round) return;
      if (body) take(body);
      else if (grade()) redraw();
      set.last = Date.now(); set.failed = "";
    } catch (fault) {
      if (mine !== round) return;
      const status = fault instanceof Response ? fault.status : 0;
      if (status === 401) set.failed = tr("no_session");
      else if (!set.cols || Date.now() - set.last > STALE) set.failed = set.cols ? tr("stale", { time: clock(set.asOf) }) : status ? tr("failed", { n: status }) : tr("unreachable");
      if (set.failed && !set.cols) fill($("rows"), h("p", { cls: "empty" }, "◆ " + set.failed + " ", h("button", { cls: "button small", type: "button", on: { click: () => { set.failed = ""; fill($("rows")); ask(round); } } }, tr("again"))));
    } finally { set.busy = false; }
    state();
    if (set.cols) root.dataset.ready = "1";
  }
  function take(cols) {
    const first = !set.cols, before = set.cols;
    if (first) fill($("rows"));
    set.cols = cols; set.version = cols.version;
    const kept = before && before.case_id[set.rows[set.active]];
    rank(); grade(); sift();
    if (kept) { const n = set.rows.findIndex((i) => cols.case_id[i] === kept); if (n >= 0) set.active = n; }
    redraw();
    if (desk.onNews) desk.onNews();
    if (first && location.hash.length > 1) choose(decodeURIComponent(location.hash.slice(1)));
    else if (first && desk.onChoose) desk.onChoose(null);
  }
  function tick() {
    if (!set.cols || document.hidden || isPressed()) return;
    if (grade()) redraw(); else desk.list.refresh();
    state();
    if (desk.onTick) desk.onTick();
  }

  const desk = window.liveDesk = {
    h, fill, tr, span, left, clock, badge, now, count, latin, filtered, clearFilters, released, LIGHTS, MARK, CLS, choose: (id) => choose(id),
    get set() { return set; }, get book() { return book; }, get root() { return root; }, ask: () => ask(round),
    onDraw: null, onChoose: null, onNews: null, onTick: null, onLeave: [], list: { draw() {}, refresh() {}, reveal() {} },
  };

  function start(found) {
    root = found; round += 1; set = fresh(); book = null;
    texts = JSON.parse(root.dataset.texts);
    document.documentElement.lang = texts.lang;
    set.stages = JSON.parse(root.dataset.mine); set.units = new Set(JSON.parse(root.dataset.units));
    const mine = round, since = Date.now();
    $("clear").addEventListener("click", clearFilters);
    $("toggle").addEventListener("click", (event) => {
      const folded = root.classList.toggle("folded");
      event.currentTarget.setAttribute("aria-expanded", String(!folded));
      if (desk.onDraw) desk.onDraw();
    });
    if (matchMedia("(max-width: 900px)").matches) { root.classList.add("folded"); $("toggle").setAttribute("aria-expanded", "false"); }
    if (desk.onStart) desk.onStart();
    ask(mine);
    timers = [setInterval(() => ask(mine), Number(root.dataset.poll) || 2000), setInterval(tick, 1000), setInterval(() => waiting(since), 500)];
  }
  setInterval(() => {
    const found = document.getElementById("live");
    if (found === root) return;
    timers.forEach(clearInterval); timers = [];
    if (root) { root = null; set = fresh(); for (const leave of desk.onLeave) leave(); }
    if (found) start(found);
  }, 200);
})();
