// Ctrl-K: one field that finds pages, customers, cases and things to do. The answers are the server's; arrows choose
// among them, Enter opens, Escape closes and gives the focus back.
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  const field = document.getElementById("palette-input");
  const results = document.getElementById("palette-results");
  const said = document.getElementById("palette-said");
  if (!dialog) return;
  let isWaiting = false; // what is shown answers an earlier text
  let wantsFirst = false; // Enter came before the answer

  const lines = () => [...results.querySelectorAll('[role="option"]')];
  const chosen = () => results.querySelector('[aria-selected="true"]');

  function choose(line) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!line) {
      field.removeAttribute("aria-activedescendant");
      return;
    }
    line.setAttribute("aria-selected", "true");
    field.setAttribute("aria-activedescendant", line.id);
    line.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = lines();
    if (!all.length) return;
    const at = all.indexOf(chosen());
    choose(all[(at + by + all.length) % all.length]);
  }

  function open() {
    if (document.querySelector("dialog[open]")) return;
    dialog.showModal();
    field.focus();
    field.select();
    wait();
    field.dispatchEvent(new CustomEvent("palette:ask"));
  }

  function wait() {
    isWaiting = true;
    wantsFirst = false;
  }

  function take(line) {
    if (!line) return;
    if (line.href) {
      location.assign(line.href);
      return;
    }
    const { act } = line.dataset;
    dialog.close();
    if (act === "keys") document.dispatchEvent(new CustomEvent("keys:help"));
    else if (act === "logout") document.getElementById("log-out").requestSubmit();
    else if (act === "next") document.getElementById("palette-next").requestSubmit();
    else document.querySelector(`[data-theme-choice="${act.replace("theme-", "")}"]`).click();
  }

  function count() {
    const found = lines().length;
    const words = said.dataset;
    if (found === 0) said.textContent = words.textNone;
    else if (found === 1) said.textContent = words.textOne;
    else said.textContent = words.textMany.replace("{n}", found);
  }

  // As the server reads it.
  const text = () => field.value.trim().split(/\s+/).join(" ");

  function answered() {
    choose(lines()[0]);
    count();
    if (document.getElementById("palette-list").dataset.text !== text()) return; // the answer to what stands here comes
    isWaiting = false;
    if (wantsFirst) take(chosen());
    wantsFirst = false;
  }

  function failed(event) {
    if (event.detail.ctx?.sourceElement !== field) return;
    wait();
    choose(null);
    const words = document.createElement("p");
    words.className = "palette-none";
    words.setAttribute("role", "alert");
    words.textContent = results.dataset.textFailed;
    const list = document.getElementById("palette-list");
    list.replaceChildren();
    results.replaceChildren(list, words);
  }

  field.addEventListener("input", wait);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter") {
      if (isWaiting) wantsFirst = true;
      else take(chosen());
    } else return;
    event.preventDefault();
  });
  results.addEventListener("pointermove", (event) => {
    const line = event.target.closest('[role="option"]');
    if (line && line !== chosen()) choose(line);
  });
  results.addEventListener("click", (event) => {
    const line = event.target.closest("[data-act]");
    if (line) take(line);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target === results) answered();
  });
  document.addEventListener("htmx:response:error", failed);
  document.addEventListener("htmx:error", failed);
  document.addEventListener("palette:open", open);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) open();
  });
})();
