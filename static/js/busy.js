// What the reader set off and has not been answered yet is shown to be under way; the stylesheet waits 100 ms with it.
(() => {
  "use strict";
  const LONGEST_MS = 10_000;
  let asked = 0; // parts of this page
  let isLeaving = false; // for another page
  let patience;
  const show = () => document.body.classList.toggle("is-busy", asked > 0 || isLeaving);
  const isReaders = (ctx) =>
    !ctx.live && !!ctx.sourceElement?.matches?.("a, button, form, input, select, textarea") && ctx.sourceEvent?.type !== "load";

  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (!isReaders(ctx)) return;
    ctx.isShownBusy = true;
    asked += 1;
    show();
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (!event.detail.ctx.isShownBusy) return;
    asked = Math.max(0, asked - 1);
    show();
  });

  // Nothing tells that the reader thought better of it, or that a file came instead of a page: the line ends by itself.
  function leave() {
    isLeaving = true;
    clearTimeout(patience);
    patience = setTimeout(stay, LONGEST_MS);
    show();
  }

  function stay() {
    isLeaving = false;
    clearTimeout(patience);
    show();
  }

  const isHere = (address, target) => {
    const { origin } = new URL(address, location.href);
    return origin === location.origin && (!target || target === "_self");
  };
  const isPlace = (link) => link.hash && link.href.split("#")[0] === location.href.split("#")[0];

  // Whatever leads to another page, scripts as well; not what opens a window, is saved as a file, or lies on this page.
  window.addEventListener("beforeunload", leave);

  // Browsers of telephones do not say that they leave. On the window, where every script has had its chance to prevent it.
  window.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
    if (!link || isElsewhere || event.defaultPrevented || link.hasAttribute("download")) return;
    if (isHere(link.href, link.target) && !isPlace(link)) leave();
  });
  window.addEventListener("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    if (event.defaultPrevented || (submitter?.formMethod || form.method) === "dialog") return;
    if (isHere(form.action, submitter?.formTarget || form.target)) leave();
  });

  window.addEventListener("pageshow", () => {
    asked = 0;
    stay();
  });
})();
