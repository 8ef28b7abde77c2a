/* Maps on which places are chosen: drawn flat, so that they need no WebGL and keys reach every place.
   data-tier names the layer, data-only the codes that are drawn (blank: all), data-chosen those that are marked;
   a click or Enter goes to the store that data-click names. */
(function () {
  "use strict";
  const NS = "http://www.w3.org/2000/svg", layers = {};
  let turn = 0;
  const el = (name, attributes, text) => {
    const node = document.createElementNS(NS, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  function load(layer) {
    layers[layer] = layers[layer] || fetch(`/geo/${layer}.json`).then((answer) => answer.json()).catch(() => { delete layers[layer]; return null; });
    return layers[layer];
  }
  const list = (text) => JSON.parse(text || "[]");
  const ask = (root) => ["tier", "only", "bounds", "labels"].map((name) => root.dataset[name] || "").join("|");
  function press(path) { turn += 1; window.dash_clientside.set_props(path.closest(".places-map").dataset.click, { data: { code: path.dataset.code, turn } }); }

  async function draw(root) {
    const asked = ask(root), data = await load(root.dataset.tier);
    if (!data || ask(root) !== asked) return;
    const b = JSON.parse(root.dataset.bounds), squeeze = Math.cos((b[1] + b[3]) / 2 * Math.PI / 180), size = 1000 / ((b[2] - b[0]) * squeeze);
    const at = (c) => `${((c[0] - b[0]) * squeeze * size).toFixed(1)} ${((b[3] - c[1]) * size).toFixed(1)}`;
    const svg = el("svg", { viewBox: `-8 -8 1016 ${((b[3] - b[1]) * size + 16).toFixed(0)}`, role: "group" });
    const only = new Set(list(root.dataset.only));
    for (const place of data.features) {
      if (root.dataset.only && !only.has(place.id)) continue;
      const g = place.geometry, rings = (g.type === "Polygon" ? [g.coordinates] : g.coordinates).flat();
      const path = el("path", { d: rings.map((ring) => "M" + ring.map(at).join("L") + "Z").join(""), tabindex: 0, role: "checkbox", "aria-label": place.properties.name, "data-code": place.id });
      path.appendChild(el("title", {}, place.properties.name));
      svg.appendChild(path);
    }
    for (const label of list(root.dataset.labels)) {
      const [x, y] = at([label.lon, label.lat]).split(" ");
      svg.appendChild(el("text", { x, y, "aria-hidden": "true" }, label.name));
    }
    root.replaceChildren(svg);
    mark(root);
    root.dataset.drawn = asked;
  }
  function mark(root) {
    const chosen = new Set(list(root.dataset.chosen));
    for (const path of root.querySelectorAll("path")) path.setAttribute("aria-checked", String(chosen.has(path.dataset.code)));
    root.dataset.shown = root.dataset.chosen;
  }
  const find = (event) => event.target.closest && event.target.closest(".places-map path");
  document.addEventListener("click", (event) => { const path = find(event); if (path) press(path); });
  document.addEventListener("keydown", (event) => {
    const path = find(event);
    if (path && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); press(path); }
  });
  setInterval(() => {
    for (const root of document.querySelectorAll(".places-map")) {
      if (!root.dataset.tier || !root.dataset.bounds) continue;
      if (root.dataset.drawn !== ask(root) || !root.firstChild) draw(root); else if (root.dataset.shown !== root.dataset.chosen) mark(root);
    }
  }, 150);
})();
