/* A card as a PNG, made in this browser: its elements with their computed styles inside an SVG, plots by plotly,
   maps from their canvas. Nothing is asked of anybody. */
(function () {
  "use strict";
  const KEPT = ["color", "background", "background-color", "background-image", "font", "font-family", "font-size", "font-weight", "font-variant-numeric", "line-height", "letter-spacing",
    "text-align", "text-anchor", "text-overflow", "white-space", "vertical-align", "opacity", "visibility", "display", "position", "left", "top", "right", "bottom", "width", "height",
    "min-width", "min-height", "max-width", "margin", "padding", "border", "border-top", "border-right", "border-bottom", "border-left", "border-radius", "border-collapse", "table-layout", "overflow",
    "box-sizing", "flex", "flex-direction", "flex-wrap", "align-items", "align-content", "align-self", "justify-content", "justify-items", "gap", "grid-template-columns", "grid-template-rows", "grid-column",
    "grid-row", "order", "z-index", "fill", "stroke", "stroke-width", "stroke-linejoin", "paint-order", "dominant-baseline", "list-style", "transform"];
  const SCALE = 2, MARGIN = 12;

  function dress(from, to) {
    const style = getComputedStyle(from);
    to.setAttribute("style", KEPT.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    for (let i = 0; i < from.children.length; i += 1) dress(from.children[i], to.children[i]);
  }
  function shot(map) {
    return new Promise((done) => {
      map.once("render", () => done(map.getCanvas().toDataURL("image/png")));
      map.triggerRepaint();
    });
  }
  async function print(gd) {
    const map = window.twinMaps && window.twinMaps.fullMap(gd);
    if (map) return shot(map);
    return window.Plotly.toImage(gd, { format: "svg", width: gd.clientWidth, height: gd.clientHeight });
  }
  async function copy(card) {
    const plots = [...card.querySelectorAll(".js-plotly-plot")], images = await Promise.all(plots.map(print));
    const twin = card.cloneNode(true);
    dress(card, twin);
    [...twin.querySelectorAll(".js-plotly-plot")].forEach((node, n) => {
      const image = document.createElement("img");
      image.src = images[n];
      image.setAttribute("style", `display:block;width:${plots[n].clientWidth}px;height:${plots[n].clientHeight}px`);
      node.replaceChildren(image);
    });
    twin.querySelectorAll(".take, button, input, script").forEach((node) => node.remove());
    return twin;
  }
  function foot(card) {
    const words = [document.getElementById("compare-title"), document.getElementById("compare-caption")].map((e) => (e ? e.textContent : ""));
    const badge = document.querySelector(".topbar .badge.outline");
    const line = document.createElement("p");
    line.textContent = [badge ? badge.textContent : "", words[1], location.pathname].filter(Boolean).join(" · ");
    line.setAttribute("style", "margin:6px 0 0;font:11px 'Noto Sans CJK SC',sans-serif;color:#5D6B80;white-space:normal");
    return line;
  }
  async function draw(card) {
    const wide = Math.ceil(card.offsetWidth), tall = Math.ceil(card.offsetHeight) + 60;
    const holder = document.createElement("div");
    holder.setAttribute("xmlns", "http://www.w3.org/1999/xhtml");
    holder.setAttribute("style", `background:#fff;width:${wide}px;padding:${MARGIN}px;box-sizing:content-box`);
    holder.append(await copy(card), foot(card));
    const w = wide + 2 * MARGIN, h = tall + 2 * MARGIN;
    const text = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}"><foreignObject width="100%" height="100%">${new XMLSerializer().serializeToString(holder)}</foreignObject></svg>`;
    const image = new Image();
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = w * SCALE;
    canvas.height = h * SCALE;
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.scale(SCALE, SCALE);
    pen.drawImage(image, 0, 0);
    return canvas.toDataURL("image/png");
  }
  function name(card) {
    const demo = document.querySelector(".topbar .badge.outline") ? "DEMO-" : "", head = card.querySelector("h2");
    return `${demo}${(head ? head.textContent : "figure").trim()}-${location.pathname.split("/").pop().slice(0, 8)}.png`;
  }
  async function save(button) {
    const card = button.closest(".card"), link = document.createElement("a");
    button.disabled = true;
    try {
      link.href = await draw(card);
      link.download = name(card);
      link.click();
    } finally { button.disabled = false; }
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.picture");
    if (button) save(button);
  });
})();
