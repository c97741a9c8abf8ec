// A customer's page: sliders say how far they are moved before the server has judged it, go back to today together, and
// keep their place in the address; the brief prints.
(() => {
  "use strict";

  const form = () => document.getElementById("what-if");
  const textOf = (input) => document.getElementById(`text-${input.name}`);
  const sliders = () => [...(form()?.querySelectorAll('input[type="range"]') ?? [])];

  function addressOf() {
    const query = new URLSearchParams({ tab: "what-if" });
    for (const input of sliders()) if (Number(input.value) !== 0) query.set(input.name, input.value);
    return `${location.pathname}?${query}`;
  }

  // While the answer is on its way, what stands there is of before.
  document.addEventListener("input", (event) => {
    if (event.target.form?.id !== "what-if") return;
    textOf(event.target)?.classList.add("is-coming");
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-print]")) window.print();
    const reset = event.target.closest?.("[data-reset]");
    if (!reset || !form()) return;
    event.preventDefault();
    for (const input of sliders()) input.value = input.dataset.now;
    form().requestSubmit();
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target?.id !== "outcome" && event.detail.ctx.sourceElement?.id !== "what-if") return;
    for (const input of sliders()) {
      const text = textOf(input);
      text?.classList.remove("is-coming");
      if (text) input.setAttribute("aria-valuetext", text.textContent.trim());
    }
    history.replaceState(history.state, "", addressOf());
  });
})();
