// The bell: its number follows the hints, at most every five seconds; its list is fetched when somebody opens it.
(() => {
  "use strict";
  const SHORTEST_MS = 5_000;
  const POLL_MS = 30_000;
  const bell = document.getElementById("bell");
  if (!bell) return;
  let askedAt = 0;
  let waiting = null;

  async function fetchCount() {
    waiting = null;
    askedAt = Date.now();
    if (document.hidden) return;
    await window.htmx.ajax("GET", bell.dataset.count, { source: "#bell-count", target: "#bell-count", swap: "outerHTML" });
  }

  function countSoon() {
    waiting ??= setTimeout(fetchCount, Math.max(0, askedAt + SHORTEST_MS - Date.now()));
  }

  function fetchPanel() {
    return window.htmx.ajax("GET", bell.dataset.panel, { source: "#bell-panel", target: "#bell-panel", swap: "outerHTML" });
  }

  bell.addEventListener("toggle", () => bell.open && fetchPanel());

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx?.target?.id === "bell-panel") fetchCount();
  });

  function failed(event) {
    if (event.detail.ctx?.target?.id !== "bell-panel") return;
    const said = document.querySelector("#bell-panel [role=status]");
    if (said) said.textContent = bell.dataset.failed;
  }
  document.addEventListener("htmx:response:error", failed);
  document.addEventListener("htmx:error", failed);

  document.addEventListener("live:hint", countSoon);
  document.addEventListener("visibilitychange", () => document.hidden || countSoon());
  setInterval(countSoon, POLL_MS);
  fetchCount();
})();
