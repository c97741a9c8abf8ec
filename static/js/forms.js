// A form that is on its way says so and is not sent again; a chosen row is counted; half-typed text warns before it is lost.
(() => {
  "use strict";
  const AGAIN_MS = 8000;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.classList.add("is-sending");
    event.submitter?.setAttribute("aria-disabled", "true");
    setTimeout(() => {
      delete form.dataset.sent;
      event.submitter?.classList.remove("is-sending");
      event.submitter?.removeAttribute("aria-disabled");
    }, AGAIN_MS);
  });

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

  // The session is over: a login page is no part of this page, and what is typed here stays to be copied.
  document.addEventListener("htmx:before:response", (event) => {
    if (!event.detail.ctx.response.raw.redirected || document.getElementById("live")) return;
    event.preventDefault();
    if (document.getElementById("logged-out")) return;
    const said = document.createElement("p");
    said.id = "logged-out";
    said.className = "notice notice-wrong";
    said.setAttribute("role", "alert");
    said.textContent = document.body.dataset.loggedOut;
    document.getElementById("main").prepend(said);
  });

  // What was wrong is where the reader looks first.
  document.querySelector("[data-look-here]")?.focus();
})();
