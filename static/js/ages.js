// Keeps "12 s ago" current without asking the server. Ages are by the server's clock, whatever this one says.
(() => {
  "use strict";
  const STEPS = [
    [60, 1, "agoS"],
    [3600, 60, "agoMin"],
    [86400, 3600, "agoH"],
    [Infinity, 86400, "agoD"],
  ];
  let ahead = 0;
  let measured = "";

  function measure() {
    const now = document.querySelector("[data-live]")?.dataset.now;
    if (!now || now === measured) return; // another part was swapped: this one is as old as it was
    measured = now;
    ahead = Date.parse(now) - Date.now();
  }

  function write() {
    const now = Date.now() + ahead;
    for (const time of document.querySelectorAll("time[data-age]")) {
      const seconds = Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / 1000));
      const [, unit, words] = STEPS.find(([limit]) => seconds < limit);
      const text = document.body.dataset[words].replace("{n}", Math.floor(seconds / unit));
      if (time.textContent !== text) time.textContent = text;
    }
  }

  function swapped() {
    measure();
    write();
  }

  measure();
  document.addEventListener("htmx:after:swap", swapped);
  document.addEventListener("live:taken", swapped);
  setInterval(write, 1000);
})();
