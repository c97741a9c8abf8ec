// Customers chosen in the queue, page after page. The choice is this tab's and this reader's; it is kept while pages are
// turned, until it is cleared or everything was done with it.
(() => {
  "use strict";
  const STORED = "selection";
  const FILE_MS = 1000;
  const bar = document.getElementById("many");

  function read() {
    try {
      return JSON.parse(sessionStorage.getItem(STORED)) ?? {};
    } catch {
      return {}; // storage is forbidden here, or it holds something else
    }
  }

  function write(found) {
    try {
      sessionStorage.setItem(STORED, JSON.stringify(found));
    } catch {
      // storage is forbidden here: the choice holds for this page
    }
  }

  // Where something was left over, that alone stays chosen: once, whoever comes back to look may have chosen others.
  const left = document.getElementById("left-over");
  const before = read();
  let result = before.result ?? "";
  if (left && left.dataset.result !== result) {
    result = left.dataset.result;
    const rest = [...left.querySelectorAll("[data-left]")].map((row) => [row.dataset.left, before.chosen?.[row.dataset.left] ?? ""]);
    write({ ...before, result, chosen: Object.fromEntries(rest) });
  }
  if (!bar) return;

  const words = bar.dataset;
  const most = Number(words.most);
  const chosen = new Map();
  const label = document.getElementById("chosen");
  const allButton = document.getElementById("choose-all-matching");

  const boxes = () => [...document.querySelectorAll('[data-row] input[name="customer"]')];
  const region = () => document.getElementById("queue");

  function recall() {
    const known = read();
    if (known.reader !== words.reader || words.allDone !== undefined) return;
    for (const [id, page] of Object.entries(known.chosen ?? {})) chosen.set(id, page);
  }

  const keep = () => write({ reader: words.reader, result, chosen: Object.fromEntries(chosen) });

  function pageHere() {
    const asked = new URLSearchParams(location.search);
    return asked.get("after") ?? asked.get("before") ?? "";
  }

  function countText() {
    const pages = new Set(chosen.values()).size;
    const text = chosen.size === 1 ? words.textOne : pages > 1 ? words.textPages : words.textMany;
    return text.replace("{n}", chosen.size).replace("{pages}", pages);
  }

  function showAllButton() {
    const matched = Number(region()?.dataset.matched ?? Infinity);
    allButton.hidden = chosen.size === 0 || chosen.size >= Math.min(matched, most);
    const text = matched <= most ? words.textAll : matched < Infinity ? words.textFirst : words.textAny;
    allButton.textContent = text.replace("{n}", Math.min(matched, most));
  }

  function show(said = "") {
    for (const box of boxes()) {
      box.checked = chosen.has(box.value);
      box.closest("[data-row]").classList.toggle("is-chosen", box.checked);
    }
    const whole = document.getElementById("choose-page");
    if (whole) {
      const checked = boxes().filter((box) => box.checked).length;
      whole.checked = checked > 0 && checked === boxes().length;
      whole.indeterminate = checked > 0 && checked < boxes().length;
    }
    bar.classList.toggle("is-on", chosen.size > 0);
    const text = chosen.size ? [countText(), said].filter(Boolean).join(". ") : "";
    if (label.textContent !== text) label.textContent = text;
    showAllButton();
  }

  function choose(box) {
    if (!box.checked) chosen.delete(box.value);
    else if (chosen.size < most) chosen.set(box.value, pageHere());
  }

  function changed(boxesChanged) {
    const isFull = chosen.size >= most;
    for (const box of boxesChanged) choose(box);
    keep();
    const refused = isFull || boxesChanged.some((box) => box.checked && !chosen.has(box.value));
    show(refused && chosen.size >= most ? words.textFull.replace("{n}", most) : "");
  }

  function clear() {
    chosen.clear();
    keep();
    show();
    document.dispatchEvent(new CustomEvent("live:stale"));
  }

  async function chooseAll() {
    allButton.disabled = true;
    try {
      const answer = await fetch(region().dataset.matching, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const { ids } = await answer.json();
      for (const id of ids) if (chosen.size < most && !chosen.has(String(id))) chosen.set(String(id), "all");
      keep();
      show();
    } catch {
      show(words.textFailed);
    } finally {
      allButton.disabled = false;
    }
  }

  function showVerb() {
    const verb = document.getElementById("many-verb").value;
    for (const part of bar.querySelectorAll("[data-of-verbs]")) part.hidden = !part.dataset.ofVerbs.split(" ").includes(verb);
  }

  // Those on this page are fields of the form already; the others go along.
  function addOthers() {
    for (const made of bar.querySelectorAll("[data-other]")) made.remove();
    const here = new Set(boxes().map((box) => box.value));
    for (const id of chosen.keys()) {
      if (here.has(id)) continue;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "customer";
      field.value = id;
      field.dataset.other = "";
      bar.append(field);
    }
    bar.elements.back.value = location.search;
  }

  // A file leaves the page as it is: the form may be sent again at once, for something else.
  function freeAgain(button) {
    delete bar.dataset.sent;
    button.classList.remove("is-sending");
    button.removeAttribute("aria-disabled");
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "choose-page") {
      for (const box of boxes()) box.checked = event.target.checked;
      changed(boxes());
    } else if (event.target.matches('[data-row] input[name="customer"]')) {
      changed([event.target]);
    } else if (event.target.id === "many-verb") {
      showVerb();
    }
  });
  bar.addEventListener("submit", (event) => {
    addOthers();
    if (event.submitter?.dataset.sendsFile !== undefined) setTimeout(freeAgain, FILE_MS, event.submitter);
  });
  document.getElementById("choose-none").addEventListener("click", clear);
  allButton.addEventListener("click", chooseAll);
  document.addEventListener("keys:escape", () => chosen.size && clear());
  document.addEventListener("htmx:after:swap", () => show());

  // A view that was chosen brings its row height, once: what the reader switches afterwards stays.
  let shownView = "";
  function followDensity() {
    const view = region()?.dataset.view ?? "";
    const wanted = region()?.dataset.viewDensity;
    if (view && view !== shownView && wanted !== document.documentElement.dataset.density) {
      document.querySelector("[data-density-switch]")?.click();
    }
    shownView = view;
    for (const field of document.querySelectorAll("[data-density-field]")) {
      field.value = document.documentElement.dataset.density;
    }
  }
  document.addEventListener("htmx:after:swap", followDensity);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-density-switch]")) setTimeout(followDensity);
  });

  recall();
  keep();
  showVerb();
  show();
  document.addEventListener("DOMContentLoaded", followDensity);
})();
