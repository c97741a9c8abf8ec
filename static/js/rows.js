// Takes a fresh list into the page. While the reader reads, types, selects or points at rows, nothing moves: changed
// cells are written in place and new rows wait behind a button. Otherwise the whole list is morphed.
(() => {
  "use strict";
  const SCROLLED_PX = 8;
  const UNTINTED = "updated";
  let pointerOnRows = false;
  let isWaiting = false;

  const region = () => document.getElementById("queue");
  const rowsOf = (root) => [...root.querySelectorAll("[data-row]")];

  function isHeld() {
    const focused = document.activeElement;
    return (
      window.scrollY > SCROLLED_PX ||
      pointerOnRows ||
      !!focused?.closest("input, select, textarea, [data-row], dialog[open]") ||
      !document.getSelection().isCollapsed ||
      !!document.querySelector(".detail, [data-row] input:checked, .many.is-on")
    );
  }

  function writeInPlace(row, fresh) {
    row.className = fresh.className;
    for (const cell of row.children) {
      const now = fresh.querySelector(`[data-cell="${cell.dataset.cell}"]`);
      if (!now || cell.textContent.trim() === now.textContent.trim() || cell.contains(document.activeElement)) continue;
      cell.replaceChildren(...[...now.childNodes].map((node) => document.importNode(node, true)));
      if (cell.dataset.cell !== UNTINTED) cell.dispatchEvent(new CustomEvent("live:changed", { bubbles: true }));
      window.htmx.process(cell);
    }
  }

  function markGone(row) {
    if (row.classList.contains("is-gone")) return;
    row.classList.add("is-gone");
    const note = document.createElement("span");
    note.className = "is-gone-note";
    note.textContent = region().dataset.textGone;
    (row.querySelector("[data-cell=customer]") ?? row.firstElementChild).append(note);
  }

  function takeInPlace(fresh) {
    const here = rowsOf(region());
    const there = rowsOf(fresh);
    const freshById = new Map(there.map((row) => [row.id, row]));
    for (const row of here) {
      const now = freshById.get(row.id);
      if (now) {
        row.querySelector(".is-gone-note")?.remove();
        writeInPlace(row, now);
      } else {
        markGone(row);
      }
    }
    const known = new Set(here.map((row) => row.id));
    const arrived = there.filter((row) => !known.has(row.id)).length;
    const order = here.map((row) => row.id).join();
    showPill(arrived, order !== there.map((row) => row.id).join());
    for (const name of ["epoch", "sequence", "hints", "now"]) region().dataset[name] = fresh.dataset[name];
  }

  function showPill(arrived, moved) {
    const pill = document.getElementById("pill");
    const words = region().dataset;
    isWaiting = arrived > 0 || moved;
    pill.hidden = !isWaiting;
    if (arrived === 1) pill.textContent = words.textNewOne;
    else if (arrived > 1) pill.textContent = words.textNewMany.replace("{n}", arrived);
    else pill.textContent = words.textMoved;
  }

  function takeWaiting() {
    if (isWaiting && !isHeld()) document.dispatchEvent(new CustomEvent("live:stale"));
  }

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    if (!ctx.live || event.defaultPrevented || !region()) return;
    const fresh = tasks.find((each) => each.type === "main")?.fragment.querySelector("#queue");
    if (!ctx.wanted && isHeld() && document.getElementById("rows") && fresh?.querySelector("[data-row]")) {
      event.preventDefault();
      takeInPlace(fresh);
      document.dispatchEvent(new CustomEvent("live:taken"));
    }
  });

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target?.id;
    if (target === "queue" || target === "region") isWaiting = false;
  });

  document.addEventListener("click", (event) => {
    if (event.target.id !== "pill") return;
    event.target.blur();
    window.scrollTo({ top: 0 });
    document.dispatchEvent(new CustomEvent("live:stale", { detail: { wanted: true } }));
  });

  document.addEventListener("pointerover", (event) => {
    pointerOnRows = event.pointerType !== "touch" && !!event.target.closest?.("#rows");
    takeWaiting();
  });
  document.documentElement.addEventListener("pointerleave", () => {
    pointerOnRows = false;
    takeWaiting();
  });
  document.addEventListener("scroll", takeWaiting, { passive: true });
  document.addEventListener("focusout", () => setTimeout(takeWaiting));
  document.addEventListener("selectionchange", takeWaiting);

  // Filters submit themselves; the search does so while it is typed.
  let typing = 0;
  const submitFilters = () => document.getElementById("filters")?.requestSubmit();
  document.addEventListener("change", (event) => {
    if (event.target.form?.id === "filters" && event.target.id !== "search") submitFilters();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "search") return;
    clearTimeout(typing);
    typing = setTimeout(submitFilters, 300);
  });
  document.addEventListener("htmx:after:history:update", () => {
    const search = document.getElementById("search");
    const asked = new URLSearchParams(location.search).get("q") ?? "";
    if (search && search !== document.activeElement) search.value = asked;
  });
})();
