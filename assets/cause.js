/* Without WebGL the plain map of townships chooses too: its clicks are told as the graph would tell them. */
document.addEventListener("click", (event) => {
  const place = event.target.closest && event.target.closest("#cause-map-holder svg.flat path[data-place]");
  if (place) window.dash_clientside.set_props("cause-map", { clickData: { points: [{ location: place.dataset.place }] } });
});
