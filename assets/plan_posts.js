/* Posts as squares: drag one from a district unit to a township, or choose a unit and press + and − there.
   The board is data (data-board of #plan-board); what is moved goes to the store plan-move, and the server answers with a new board. */
(function () {
  "use strict";
  let root = null, board = null, texts = {}, held = null, drag = null, turn = 0, watcher = null, note = null;

  const h = (tag, cls, text) => { const node = document.createElement(tag); if (cls) node.className = cls; if (text !== undefined) node.textContent = text; return node; };
  const say = (key, values) => (texts[key] || "").replace(/\[(\w+)\]/g, (_, name) => values && values[name] !== undefined ? values[name] : "");
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const plus = (n) => n > 0 ? `+${n}` : n < 0 ? `−${-n}` : "±0";
  const donor = (code) => board.donors.find((d) => d.code === code);

  /* Squares: those that stay, those that leave by batch (the first filled, later ones outlined); a line at the floor. */
  function squares(stay, moved, cls, floor) {
    const box = h("span", "squares"), all = [];
    box.setAttribute("aria-hidden", "true");
    for (let i = 0; i < stay; i += 1) all.push("");
    moved.forEach((number, batch) => { for (let i = 0; i < number; i += 1) all.push(cls + (batch > 1 ? " later" : "")); });
    all.forEach((kind, i) => { const node = h("i", kind + (floor !== undefined && i === floor - 1 ? " floor" : "")); box.appendChild(node); });
    return box;
  }

  function drawDonor(d) {
    const gone = sum(d.out), left = d.have - gone, tile = h("button", "post-tile donor" + (gone ? " touched" : "") + (held === d.code ? " held" : ""));
    tile.type = "button"; tile.dataset.donor = d.code;
    tile.setAttribute("aria-pressed", String(held === d.code));
    tile.setAttribute("aria-label", say("donor", { name: d.name, left, floor: d.floor, spare: d.spare }));
    tile.append(squares(left, d.out, "out", d.floor), h("b", "", d.name), h("span", "count", gone ? `${d.have} → ${left}` : String(d.have)));
    if (!d.spare) tile.appendChild(h("span", "atfloor", "▲ " + say("at_floor")));
    return tile;
  }

  function drawTown(town) {
    const came = sum(town.came), tile = h("div", "post-tile town" + (came ? " touched" : ""));
    tile.dataset.town = town.code;
    const head = h("span", "count", came ? `${town.have} → ${town.have + came}` : String(town.have));
    tile.append(h("b", "", town.name), head, squares(town.have, town.came, "in"));
    if (held) {
      const from = donor(held), mine = town.pairs[held] || 0, keys = h("span", "keys");
      for (const [sign, off, key] of [["−", mine < 1, "take"], ["＋", !from || from.spare < 1, "add"]]) {
        const button = h("button", "button small", sign);
        button.type = "button"; button.dataset.step = sign === "＋" ? "1" : "-1";
        button.setAttribute("aria-disabled", String(off));
        button.setAttribute("aria-label", say(key, { from: from ? from.name : "", to: town.name }));
        keys.append(button);
        if (sign === "−") keys.append(h("span", "mine", String(mine)));
      }
      tile.append(keys);
    }
    return tile;
  }

  function draw() {
    const focus = document.activeElement && root.contains(document.activeElement) ? mark(document.activeElement) : "";
    const key = h("p", "legend posts-key");
    for (const [cls, name] of [["", "stay"], ["out", "first"], ["out later", "later"], ["in", "came"]]) key.append(h("i", cls), say(name));
    const gone = board.donors.reduce((a, d) => a + sum(d.out), 0), came = board.towns.reduce((a, town) => a + sum(town.came), 0);
    const total = h("p", "sum" + (gone === came ? "" : " amber"), say("sum", { gone: plus(-gone), came: plus(came) }));
    total.id = "plan-board-sum";
    const donors = h("div", "tiles donors"), towns = h("div", "tiles towns");
    donors.append(...board.donors.map(drawDonor)); towns.append(...board.towns.map(drawTown));
    const before = root.querySelector(".donors"), top = before ? before.scrollTop : 0;
    note = note || h("p", "drag-note");
    note.setAttribute("role", "status");
    root.replaceChildren(total, key, donors, h("p", "caption", say("keys")), towns, note);
    donors.scrollTop = top;
    if (focus) { const again = root.querySelector(focus); if (again) again.focus({ preventScroll: true }); }
  }
  function mark(node) {
    const town = node.closest("[data-town]");
    if (node.dataset.donor) return `[data-donor="${node.dataset.donor}"]`;
    return town && node.dataset.step ? `[data-town="${town.dataset.town}"] [data-step="${node.dataset.step}"]` : "";
  }

  function move(from, to, count) {
    const town = board.towns.find((place) => place.code === to), giver = donor(from);
    if (!town || !giver) return;
    if (count > 0 && giver.spare < count) { tell(say("floor", { name: giver.name, floor: giver.floor }), false); return; }
    if (count < 0 && (town.pairs[from] || 0) < 1) { tell(say("nothing", { from: giver.name, to: town.name }), false); return; }
    turn += 1;
    window.dash_clientside.set_props("plan-move", { data: { from, to, count, turn } });
    tell(say("moved", { from: giver.name, to: town.name, count: plus(count) }), true);
  }
  function tell(text, good) { note.textContent = text; note.className = "drag-note " + (good ? "good" : "bad"); note.style.left = note.style.top = ""; }

  /* The pointer: a press on a unit lifts one post, the note beside it says before release whether it may be put there. */
  function press(event) {
    const tile = event.target.closest("[data-donor]");
    if (!tile || event.button) return;
    drag = { from: tile.dataset.donor, x: event.clientX, y: event.clientY, moved: false, ghost: null };
  }
  function follow(event) {
    if (!drag) return;
    if (!drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < 6) return;
    if (!drag.moved) { drag.moved = true; drag.ghost = h("i", "ghost"); document.body.appendChild(drag.ghost); root.classList.add("dragging"); }
    event.preventDefault();
    drag.ghost.style.left = `${event.clientX}px`; drag.ghost.style.top = `${event.clientY}px`;
    const under = document.elementFromPoint(event.clientX, event.clientY), tile = under && under.closest("[data-town]");
    for (const node of root.querySelectorAll(".over")) node.classList.remove("over", "no");
    const giver = donor(drag.from), may = giver.spare > 0;
    drag.to = tile && root.contains(tile) ? tile.dataset.town : null;
    if (drag.to) tile.classList.add("over", ...(may ? [] : ["no"]));
    const name = drag.to ? board.towns.find((town) => town.code === drag.to).name : "…";
    const gone = board.donors.reduce((a, d) => a + sum(d.out), 0), left = giver.have - sum(giver.out) - 1;
    const verdict = may ? say("may", { left, floor: giver.floor, gone: plus(-gone - 1), came: plus(gone + 1) }) : say("floor", { name: giver.name, floor: giver.floor });
    const told = drag.to || !may ? ` ${may ? "●" : "✕"} ${verdict}` : "";  // released over no township, the post stays where it is
    note.className = "drag-note floating " + (!told ? "" : may ? "good" : "bad");
    note.textContent = say("lifting", { from: giver.name, to: name }) + told;
    note.style.left = `${Math.min(event.clientX + 16, innerWidth - 330)}px`; note.style.top = `${event.clientY + 18}px`;
  }
  function release(event) {
    const was = drag; drag = null;
    if (!was) return;
    if (was.ghost) was.ghost.remove();
    root.classList.remove("dragging");
    for (const node of root.querySelectorAll(".over")) node.classList.remove("over", "no");
    if (!was.moved) return;
    swallow = true; setTimeout(() => { swallow = false; }, 0);
    if (was.to && event.type === "pointerup") move(was.from, was.to, 1); else tell(say("cancelled"), true);
  }
  let swallow = false;

  function click(event) {
    if (swallow) return;
    const step = event.target.closest("[data-step]"), tile = event.target.closest("[data-donor]");
    if (step && held) { move(held, step.closest("[data-town]").dataset.town, Number(step.dataset.step)); return; }
    if (tile) { held = held === tile.dataset.donor ? null : tile.dataset.donor; draw(); }
  }
  const ARROWS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  function key(event) {
    if (event.key === "Escape") {
      if (drag) { release({ type: "pointercancel" }); return; }
      if (held) { const back = `[data-donor="${held}"]`; held = null; draw(); const tile = root.querySelector(back); if (tile) tile.focus(); tell(say("cancelled"), true); }
      return;
    }
    const way = ARROWS[event.key];
    if (!way) return;
    const list = [...root.querySelectorAll(event.target.dataset.step ? `[data-step="${event.target.dataset.step}"]` : held && event.target.dataset.donor === held ? '[data-step="1"]' : "[data-donor]")];
    const at = list.indexOf(event.target), next = list[at < 0 ? 0 : (at + way + list.length) % list.length];
    if (next) { event.preventDefault(); next.focus(); }
  }

  function read() {
    try { board = JSON.parse(root.dataset.board || "null"); } catch (_) { board = null; }
    if (!board) return;
    if (held && !donor(held)) held = null;
    draw();
    root.dataset.ready = String(Number(root.dataset.ready || 0) + 1);
  }
  function start(found) {
    root = found; held = null; note = null; texts = JSON.parse(root.dataset.texts || "{}");
    root.addEventListener("pointerdown", press); root.addEventListener("click", click); root.addEventListener("keydown", key);
    watcher = new MutationObserver(read);
    watcher.observe(root, { attributes: true, attributeFilter: ["data-board"] });
    read();
  }
  document.addEventListener("pointermove", follow, { passive: false });
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);
  setInterval(() => {
    const found = document.getElementById("plan-board");
    if (found === root) return;
    if (watcher) watcher.disconnect();
    root = null; board = null;
    if (found) start(found);
  }, 200);
})();
