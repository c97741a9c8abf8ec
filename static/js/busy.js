// What the reader set off and has not been answered yet is shown to be under way; the stylesheet waits 300 ms with it.
(() => {
  "use strict";
  const LONGEST_MS = 10_000;
  let asked = 0;
  const show = () => document.body.classList.toggle("is-busy", asked > 0);
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

  // Another page of the console, which replaces this one. A download does not: nothing else is marked.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".sidebar a, .palette a, .rows a.open");
    const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
    if (!link || isElsewhere || event.defaultPrevented) return;
    asked += 1;
    show();
    setTimeout(() => {
      asked = Math.max(0, asked - 1);
      show();
    }, LONGEST_MS);
  });
  window.addEventListener("pageshow", () => {
    asked = 0;
    show();
  });
})();
