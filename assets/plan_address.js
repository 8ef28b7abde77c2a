/* Keeps the open scenario and the run that is shown in the address, so that a reload or a sent link opens them. */
(function () {
  "use strict";
  setInterval(() => {
    const node = document.getElementById("plan-address");
    if (!node || location.pathname !== "/plan") return;
    const search = node.dataset.search;
    if (search && search !== location.search) history.replaceState(history.state, "", location.pathname + search);
  }, 300);
})();
