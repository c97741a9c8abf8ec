// Keeps what the reader did to a page while its live region is morphed: open details, what toggles show and hide,
// half-typed text; and tints the values that changed.
//
// Details and dialogs stay as they are. `data-live-keeps="hidden aria-pressed"` on an element names attributes that the
// reader's own clicks set: they stay too. A list with rows under the pointer (`[data-row]`) waits until it has left,
// only its cells change. Tinted are the cells of rows and whatever carries `data-tint`, a key of its own.
(() => {
  "use strict";
  const TINT_MS = 1500;
  const UNTINTED = "updated"; // an age is always new
  let before = null;
  let isMorphing = false;
  let pointed = null;
  let isBehind = false; // the list under the pointer has not been given its new rows

  const shown = () => document.querySelector("[data-live]");

  function values() {
    const found = new Map();
    for (const row of shown().querySelectorAll("[data-row]")) {
      found.set(row.id, null);
      for (const cell of row.querySelectorAll("[data-cell]")) {
        if (cell.dataset.cell !== UNTINTED) found.set(`${row.id} ${cell.dataset.cell}`, cell);
      }
    }
    for (const value of shown().querySelectorAll("[data-tint]")) found.set(value.dataset.tint, value);
    return found;
  }

  const textsOf = (found) => new Map([...found].map(([key, cell]) => [key, cell?.textContent.trim()]));

  function tint(cell) {
    cell.classList.remove("is-changed");
    void cell.offsetWidth; // restart the animation
    cell.classList.add("is-changed");
    setTimeout(() => cell.classList.remove("is-changed"), TINT_MS);
  }

  function tintChanges() {
    for (const [key, cell] of values()) {
      if (cell && before.get(key) !== cell.textContent.trim()) tint(cell);
    }
  }

  // While the pointer is over a list, or text in it is selected, its rows keep their places.
  function heldLists() {
    const selected = document.getSelection();
    const anchor = selected.isCollapsed ? null : selected.anchorNode?.parentElement;
    const held = [pointed, anchor?.closest("[data-row]")?.parentElement];
    return new Set(held.filter((list) => list?.isConnected && shown().contains(list)));
  }

  function writeCells(list, fresh) {
    for (const row of list.querySelectorAll("[data-row]")) {
      const now = row.id && fresh.querySelector(`#${CSS.escape(row.id)}`);
      for (const cell of now ? row.querySelectorAll("[data-cell]") : []) {
        const there = now.querySelector(`[data-cell="${cell.dataset.cell}"]`);
        if (!there || cell.contains(document.activeElement) || cell.isEqualNode(there)) continue;
        cell.replaceChildren(...[...there.childNodes].map((node) => document.importNode(node, true)));
        window.htmx.process(cell);
      }
    }
  }

  function hold(fresh) {
    for (const list of heldLists()) {
      isBehind ||= list === pointed;
      writeCells(list, fresh);
      list.setAttribute("hx-morph-skip", "");
    }
  }

  function release() {
    for (const list of document.querySelectorAll("[data-live] [hx-morph-skip]:has([data-row])")) {
      list.removeAttribute("hx-morph-skip");
    }
  }

  window.htmx.registerExtension("keeps", {
    htmx_before_morph_node: (element) => {
      if (!isMorphing) return true;
      const isTyped = element.matches("textarea, select") && element === document.activeElement;
      return !isTyped && !(element instanceof HTMLTextAreaElement && element.value !== element.defaultValue);
    },
    htmx_before_morph_attr: (element, { attrName }) => {
      // A menu whose own choice fetched the list stays open, too.
      const isInUse = isMorphing || element.contains(document.activeElement);
      if (attrName === "open") return !(isInUse && element.matches("details, dialog"));
      if (!isMorphing) return true;
      if (attrName === "value") return !(element.matches("input") && element.value !== element.defaultValue);
      return !element.dataset.liveKeeps?.split(" ").includes(attrName);
    },
  });

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx, tasks } = event.detail;
    if (!ctx.live) {
      if (ctx.target?.matches?.("#region, [data-live]")) isMorphing = false;
      return;
    }
    const asked = new URL(ctx.request.action, location.href);
    const fresh = tasks.find((each) => each.type === "main")?.fragment.querySelector("[data-live]");
    if (!fresh || asked.pathname + asked.search !== location.pathname + location.search) {
      event.preventDefault(); // the reader has gone elsewhere meanwhile
      return;
    }
    before = textsOf(values());
    isMorphing = true;
    if (!document.getElementById("pill")) hold(fresh); // a list with a pill has its own way: rows.js
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (!event.detail.ctx.live) return;
    isMorphing = false;
    release();
    if (before) tintChanges();
    before = null;
  });

  document.addEventListener("live:changed", (event) => tint(event.target));

  function left() {
    pointed = null;
    if (!isBehind) return;
    isBehind = false;
    document.dispatchEvent(new CustomEvent("live:stale"));
  }

  document.addEventListener("pointerover", (event) => {
    const list = event.pointerType === "touch" ? null : event.target.closest?.("[data-row]")?.parentElement;
    if (document.getElementById("pill") || list === pointed) return;
    left();
    pointed = list;
  });
  document.documentElement.addEventListener("pointerleave", left);
})();
