// j/k move along the rows, Enter opens the focused one (it is a link), x selects it, e takes a case, g and a letter go
// to a page, / searches, ? helps. All but Ctrl-K can be turned off.
(() => {
  "use strict";
  const STORED = "keyboard";
  const GO_MS = 1500;
  const TYPED_IN = 'input:not([type="checkbox"], [type="radio"], [type="button"]), select, textarea, [contenteditable]';
  const body = document.body;
  let goUntil = 0;

  function remember() {
    try {
      localStorage.setItem(STORED, body.dataset.keys);
    } catch {
      // storage is forbidden here: the account remembers it
    }
  }

  function isOn() {
    if (body.dataset.keys) return body.dataset.keys === "on";
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true; // storage is forbidden here
    }
  }

  if (body.dataset.keys) remember();

  const links = () => [...document.querySelectorAll("[data-row] .open")];
  const rowOfFocus = () => document.activeElement?.closest("[data-row]");

  function move(step) {
    const all = links();
    const at = all.indexOf(rowOfFocus()?.querySelector(".open"));
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  const select = () => rowOfFocus()?.querySelector('input[type="checkbox"]')?.click();
  const palette = () => document.dispatchEvent(new CustomEvent("palette:open"));

  function search() {
    const field = document.getElementById("search");
    if (!field) {
      palette();
      return;
    }
    field.focus();
    field.select();
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (!dialog || dialog.open) return;
    document.getElementById("keys-on").checked = isOn();
    dialog.showModal();
  }

  function expectPage() {
    goUntil = Date.now() + GO_MS;
  }

  function go(key) {
    const isExpected = Date.now() < goUntil;
    goUntil = 0;
    const link = isExpected && /^[a-z]$/.test(key) && document.querySelector(`[data-go="${key}"]`);
    if (link) location.assign(link.href);
    return !!link;
  }

  // e takes what there is to take: the next case, or the one that is open.
  const take = () => document.querySelector('[data-key="e"]')?.click();
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    x: select,
    e: take,
    g: expectPage,
    "/": search,
    "?": help,
  };

  function leave(event, typing) {
    if (typing?.id === "search") typing.blur();
    else if (!document.querySelector("dialog[open]") && !event.defaultPrevented) {
      document.dispatchEvent(new CustomEvent("keys:escape"));
    }
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      palette();
      return;
    }
    const typing = event.target.closest?.(TYPED_IN);
    if (event.key === "Escape") leave(event, typing);
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isOn() || document.querySelector("dialog[open]")) return;
    if (go(event.key)) event.preventDefault();
    else if (Object.hasOwn(KEYS, event.key)) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) help();
  });
  document.addEventListener("keys:help", help);
  document.addEventListener("change", (event) => {
    if (event.target.id !== "keys-on") return;
    body.dataset.keys = event.target.checked ? "on" : "off";
    remember();
  });
})();
