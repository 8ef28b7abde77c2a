/* A desk page whose session has ended says so and shows the door; nothing that was typed is thrown away. */
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
    return answer;
  };
})();
