/* What people wrote about a case, in its drawer, and the form by which a desk files a case. */
(function () {
  "use strict";
  const desk = window.liveDesk, { h, fill, tr } = desk;
  let held = null, form = null;
  const field = (name, control) => h("label", {}, h("span", {}, tr(name)), control);
  const options = (list, first) => [first ? h("option", { value: "" }, first) : null, list.map(([code, word]) => h("option", { value: code }, word))];
  const home = () => document.getElementById("live-case");

  /* One node a case, kept while the case is chosen, so that a text half written survives the drawer's redraws. */
  desk.records = (file) => {
    if (!desk.root.dataset.records || !file) return null;
    if (!held || held.caseId !== file.case_id) held = build(file.case_id);
    return held.node;
  };
  desk.isWriting = () => {
    const at = document.activeElement;
    return !!form || !!(held && at && held.node.contains(at) && at.matches("textarea, select, input"));
  };

  function build(caseId) {
    const list = h("div", { cls: "record-list" }), note = h("p", { cls: "said", role: "status" });
    const node = h("details", { cls: "records", "data-records": "1", on: { toggle: () => { if (node.open && !list.firstChild) read(); } } },
      h("summary", {}, tr("records")), list, desk.root.dataset.writes ? writer() : null, note, h("p", { cls: "caption" }, tr("records_note")));
    const say = (text, cls) => { note.textContent = text; note.className = "said " + (cls || ""); };
    const address = "/api/records/" + encodeURIComponent(caseId);

    async function read() {
      try {
        const answer = await fetch(address, { cache: "no-store" });
        if (!answer.ok) throw answer;
        const rows = await answer.json();
        fill(list, rows.length ? h("ul", {}, rows.map(line)) : h("p", { cls: "empty" }, "○ " + tr("records_none")));
      } catch (_) { fill(list, h("p", { cls: "empty" }, "◆ " + tr("records_failed"))); }
    }
    function line(row) {
      const text = h("p", { cls: "record-text" }), plain = row.media_type === "text/plain", where = address + "/" + encodeURIComponent(row.record_id);
      const when = new Intl.DateTimeFormat("zh-CN", { timeZone: desk.root.dataset.zone, month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hour12: false }).format(new Date(row.written_at));
      const open = plain ? h("button", { type: "button", cls: "button link", on: { click: () => show(where, text, open) } }, tr("record_open"))
        : h("a", { cls: "button link", href: where, download: "" }, tr("record_save"));
      return h("li", {}, h("b", {}, tr("record_" + row.kind)), " ", h("span", { cls: "caption" }, when + " · " + row.written_by), " ", open, text);
    }
    async function show(where, text, open) {
      const answer = await fetch(where, { cache: "no-store" }), body = answer.ok ? await answer.text() : (await answer.json().catch(() => ({}))).error;
      text.textContent = body || tr("records_failed"); text.classList.toggle("r", !answer.ok); open.remove();
    }
    function writer() {
      const words = h("textarea", { name: "text", rows: 3, maxlength: 4000 }), photo = h("input", { type: "file", name: "file", accept: "image/jpeg,image/png,image/webp" });
      const kind = h("select", { name: "kind", cls: "select", on: { change: () => { words.parentNode.hidden = kind.value === "photo"; photo.parentNode.hidden = kind.value !== "photo"; } } }, options(["text", "contact", "photo"].map((k) => [k, tr("record_" + k)])));
      const send = h("form", { cls: "record-form", "aria-label": tr("record_add"), on: { submit: (event) => { event.preventDefault(); add(kind, words, photo); } } },
        field("record_kind", kind), field("record_words", words), field("record_photo", photo), h("button", { type: "submit", cls: "button" }, tr("record_add")));
      photo.parentNode.hidden = true;
      return send;
    }
    async function add(kind, words, photo) {
      const body = new FormData();
      body.set("kind", kind.value);
      if (kind.value === "photo") { if (!photo.files.length) return; body.set("file", photo.files[0]); } else { if (!words.value.trim()) return; body.set("text", words.value); }
      say(tr("doing"));
      try {
        const answer = await fetch(address, { method: "POST", body });
        if (answer.ok) { words.value = ""; photo.value = ""; say("✓ " + tr("record_kept"), "g"); read(); }
        else say("◆ " + ((await answer.json().catch(() => ({}))).error || answer.status), "r");
      } catch (_) { say("◆ " + tr("not_sent"), "r"); }
    }
    return { caseId, node };
  }

  /* A new case: what, where, by which channel; words go to the records, not into the log. */
  desk.file = async () => {
    desk.choose(null);
    const answer = await fetch("/api/live/filing", { cache: "no-store" });
    if (!answer.ok) return;
    const book = await answer.json(), note = h("p", { cls: "said", role: "status" });
    const grids = h("select", { name: "grid", cls: "select", required: true });
    const village = h("select", { name: "village", cls: "select", required: true, on: { change: () => fill(grids, options(book.grids.filter((g) => g[2] === village.value), tr("pick"))) } }, options(book.villages, tr("pick")));
    const send = h("form", { cls: "act-form filing", "aria-label": tr("file_case"), on: { submit: (event) => { event.preventDefault(); put(); } } }, h("h2", {}, tr("file_case")),
      field("file_item", h("select", { name: "item", cls: "select", required: true }, options(book.items, tr("pick")))), field("file_village", village), field("file_grid", grids),
      field("file_channel", h("select", { name: "channel", cls: "select", required: true }, options(book.channels))),
      field("record_text", h("textarea", { name: "text", rows: 4, maxlength: 4000 })), field("record_contact", h("textarea", { name: "contact", rows: 2, maxlength: 200 })),
      h("p", { cls: "caption" }, tr("records_note")), note,
      h("div", { cls: "pair" }, h("button", { type: "submit", cls: "button filled" }, tr("file_now")), h("button", { type: "button", cls: "button", on: { click: close } }, tr("cancel"))));
    form = send;
    fill(home(), send);
    send.querySelector("select").focus();

    async function put() {
      const wish = {}, button = send.querySelector("[type=submit]");
      if (button.disabled) return;
      button.disabled = true;
      for (const control of send.querySelectorAll("select, textarea")) if (control.name !== "village") wish[control.name] = control.value;
      note.textContent = tr("doing"); note.className = "said";
      try {
        const answer = await fetch("/api/live/cases", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(wish) });
        const body = await answer.json().catch(() => ({}));
        if (answer.ok) { form = null; desk.choose(body.case_id); desk.ask(); return; }
        note.textContent = "◆ " + (body.text || body.error || answer.status); note.className = "said r";
      } catch (_) { note.textContent = "◆ " + tr("not_sent"); note.className = "said r"; }
      button.disabled = false;
    }
    function close() { form = null; desk.choose(null); }
  };
  desk.onLeave.push(() => { held = form = null; });
  document.addEventListener("click", (event) => { if (event.target.closest && event.target.closest("#live-file")) desk.file(); });
})();
