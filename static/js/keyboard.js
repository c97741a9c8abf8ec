// j/k move along the rows, Enter opens the focused one (it is a link), e takes a case, / searches, ? helps. Can be
// turned off.
(() => {
  "use strict";
  const STORED = "keyboard";

  function isOn() {
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true; // storage is forbidden here
    }
  }

  function turn(on) {
    try {
      localStorage.setItem(STORED, on ? "on" : "off");
    } catch {
      // storage is forbidden here: the switch has no memory
    }
  }

  const links = () => [...document.querySelectorAll("[data-row] .open")];

  function move(step) {
    const all = links();
    const at = all.indexOf(document.activeElement?.closest("[data-row]")?.querySelector(".open"));
    const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  function search() {
    const field = document.getElementById("search");
    field?.focus();
    field?.select();
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (!dialog || dialog.open) return;
    document.getElementById("keys-on").checked = isOn();
    dialog.showModal();
  }

  // e takes what there is to take: the next case, or the one that is open.
  const take = () => document.querySelector('[data-key="e"]')?.click();
  const KEYS = { j: () => move(1), k: () => move(-1), e: take, "/": search, "?": help };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      search();
      return;
    }
    const typing = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (event.key === "Escape" && typing?.id === "search") typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!isOn() || document.querySelector("dialog[open]") || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) help();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "keys-on") turn(event.target.checked);
  });
})();
