// A hint has the case's page asked for what has moved, sooner than it asks by itself. While something that was typed here
// has not been sent, colleagues at the same case are told that its reader writes. A form leads back to what its reader
// had open when they sent it.
(() => {
  "use strict";
  const doing = document.getElementById("doing");
  if (!doing) return;
  const TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio])";
  const tell = (what) => document.getElementById("freshness")?.dispatchEvent(new CustomEvent(what));
  const isTyped = (field) => field.form?.method === "post" && field.value !== field.defaultValue;

  function look() {
    const now = [...document.querySelectorAll(`main :is(${TYPED})`)].some(isTyped) ? "writing" : "looking";
    if (doing.value === now) return;
    doing.value = now;
    tell("doing");
  }

  // Which channel and which part of the history are open may have changed since a form was made.
  const SHOWN = "#contact-shown, #history-shown";
  document.addEventListener("formdata", ({ target, formData }) => {
    for (const { name } of target.querySelectorAll("input[data-shown]")) {
      const now = document.querySelector(`:is(${SHOWN}) input[name="${name}"]`);
      formData.set(name, now?.value ?? "");
    }
  });

  document.addEventListener("live:hint", () => tell("hint"));
  document.addEventListener("input", look);
  document.addEventListener("htmx:after:swap", look);

  // Of several steps in a row only one is open: two panels would lie on each other.
  document.addEventListener(
    "toggle",
    (event) => {
      if (!event.target.open || !event.target.matches("[data-step]")) return;
      for (const other of document.querySelectorAll("[data-step][open]")) if (other !== event.target) other.open = false;
    },
    true,
  );
})();
