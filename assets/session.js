/* A desk page whose session has ended says so and shows the door; nothing that was typed is thrown away.
   A callback answered with 429 (the queue of studies is full) carries words: they reach the page all the same. */
(() => {
  "use strict";
  const ask = window.fetch;
  const tell = () => {
    const notice = document.getElementById("notice");
    if (!notice || !notice.dataset.over || notice.querySelector("a")) return;
    const way = document.createElement("a");
    way.href = "/login";
    way.textContent = notice.dataset.login;
    notice.replaceChildren(notice.dataset.over + " ", way);
    notice.className = "notice shown";
  };
  window.fetch = async (...request) => {
    const answer = await ask(...request);
    if (answer.status === 401) tell();
    const isCallback = answer.status === 429 && answer.url.includes("/_dash-update-component");
    return isCallback ? new Response(answer.body, { status: 200, headers: answer.headers }) : answer;
  };
})();
