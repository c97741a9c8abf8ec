// Chosen rows are counted, and what belongs to a verb is shown with it. How forms are sent is in session.js.
(() => {
  "use strict";
  // Many cases at once.
  const chosen = () => [...document.querySelectorAll('[data-row] input[name="case"]')];

  function count() {
    const bar = document.getElementById("bulk");
    if (!bar) return;
    const checked = chosen().filter((box) => box.checked).length;
    bar.hidden = checked === 0;
    const label = bar.querySelector("[data-chosen]");
    label.textContent = label.dataset.text.replace("{n}", checked);
    const all = document.getElementById("choose-all");
    if (all) all.checked = checked > 0 && checked === chosen().length;
  }

  function showVerb() {
    const verb = document.querySelector('#bulk select[name="verb"]')?.value;
    for (const part of document.querySelectorAll("#bulk [data-of-verb]")) part.hidden = part.dataset.ofVerb !== verb;
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "choose-all") for (const box of chosen()) box.checked = event.target.checked;
    if (event.target.matches('#choose-all, [data-row] input[name="case"]')) count();
    if (event.target.matches('#bulk select[name="verb"]')) showVerb();
  });
  document.addEventListener("htmx:after:swap", () => {
    count();
    showVerb();
  });
  count();
  showVerb();

  // What was wrong is where the reader looks first.
  document.querySelector("[data-look-here]")?.focus();
})();
