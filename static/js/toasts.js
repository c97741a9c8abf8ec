// What can be undone is offered for 10 s, longer while the pointer or the focus is on it; Ctrl-Z undoes it, Escape
// closes it. It lies where it covers no field: at the page's foot, else at its head. Without this script it stays where it
// is, with its button.
(() => {
  "use strict";
  const LASTS_MS = 10_000;
  const SAID_AFTER_MS = 100; // readers of a screen hear what a live region gains, not what it begins with
  // How bad it is to lie on it.
  const FOCUSED = 1000;
  const FIELD = 10;
  const BUTTON = 1;
  const region = document.getElementById("said");
  if (!region) return;
  const toasts = () => [...region.querySelectorAll("[data-toast]")];

  function close(toast) {
    const hadFocus = toast.contains(document.activeElement);
    toast.remove();
    if (hadFocus) document.getElementById("main")?.focus({ preventScroll: true });
  }

  function count(toast) {
    let left = LASTS_MS;
    let since = null;
    let timer = 0;
    const isHeld = () => toast.matches(":hover") || toast.contains(document.activeElement) || document.hidden;

    function run() {
      clearTimeout(timer);
      if (since !== null) left -= Date.now() - since;
      since = isHeld() ? null : Date.now();
      if (since !== null) timer = setTimeout(() => (isHeld() ? run() : close(toast)), Math.max(0, left));
    }

    for (const moved of ["pointerenter", "pointerleave", "focusin"]) toast.addEventListener(moved, run);
    toast.addEventListener("focusout", () => setTimeout(run));
    document.addEventListener("visibilitychange", run);
    run();
  }

  function coveredBy(toast) {
    const box = toast.getBoundingClientRect();
    let bad = 0;
    for (const each of document.querySelectorAll("main :is(input, select, textarea, button, summary)")) {
      const its = each.getBoundingClientRect();
      const isApart = its.right <= box.left || its.left >= box.right || its.bottom <= box.top || its.top >= box.bottom;
      if (isApart || !its.width || toast.contains(each)) continue;
      bad += each === document.activeElement ? FOCUSED : each.matches("button, summary") ? BUTTON : FIELD;
    }
    return bad;
  }

  function place(toast) {
    const here = coveredBy(toast);
    if (!here || toast.matches(":hover")) return; // nothing moves under the pointer
    toast.classList.toggle("is-above");
    if (coveredBy(toast) >= here) toast.classList.toggle("is-above");
  }

  let isPlacing = false;
  function placeSoon() {
    if (isPlacing || !toasts().length) return;
    isPlacing = true;
    requestAnimationFrame(() => {
      isPlacing = false;
      toasts().forEach(place);
    });
  }

  function say() {
    const all = toasts();
    if (!all.length) return;
    region.classList.add("has-toasts");
    for (const toast of all) toast.remove();
    setTimeout(() => {
      region.append(...all);
      all.forEach(count);
      placeSoon();
    }, SAID_AFTER_MS);
  }

  for (const moved of ["focusin", "scroll", "resize", "toggle", "htmx:after:swap"])
    window.addEventListener(moved, placeSoon, { capture: true, passive: true });

  region.addEventListener("click", (event) => {
    const toast = event.target.closest("[data-toast]");
    if (toast && event.target.closest("[data-dismiss]")) close(toast);
  });
  document.addEventListener("keydown", (event) => {
    const last = toasts().at(-1);
    if (!last) return;
    if (event.key === "Escape" && last.contains(event.target)) close(last);
    const isTyping = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey || event.key !== "z" || isTyping) return;
    event.preventDefault();
    last.querySelector("[data-undo]").click();
  });
  say();
})();
