// A form is sent once, and only while its reader is logged in: otherwise what was typed stays on the page, they log in
// again in a small window, and send it from here. Requests of the page that find the session ended say so, too.
(() => {
  "use strict";
  const AGAIN_MS = 8000;
  const ANSWER_MS = 5000;
  const WINDOW = "popup,width=480,height=700";
  const over = document.getElementById("session-over");
  if (!over) return;
  const again = document.querySelector("#session-again > p");
  const other = document.getElementById("session-other");
  const dialog = document.getElementById("session-dialog");
  let isOver = false;

  // Who is logged in. A page that somebody else logged in to elsewhere is not theirs.
  async function mayGoOn({ loud }) {
    const response = await fetch(over.dataset.state, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    if (!response.ok) throw new Error(`${response.status}`);
    const state = await response.json();
    if (state.user === null) end({ loud });
    else if (String(state.user) !== document.body.dataset.user) give(state.name);
    else goOn(state.csrf);
    return !isOver;
  }

  function end({ loud }) {
    isOver = true;
    over.hidden = false;
    again.hidden = true;
    if (!loud || dialog.open) return;
    for (const open of document.querySelectorAll("dialog[open]")) open.close();
    dialog.showModal();
  }

  function give(name) {
    isOver = true;
    const words = other.querySelector("p");
    words.dataset.text ??= words.textContent;
    words.textContent = words.dataset.text.replace("{name}", name);
    over.hidden = true;
    other.hidden = false;
    if (dialog.open) dialog.close();
  }

  function goOn(token) {
    for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) field.value = token;
    if (!isOver) return;
    isOver = false;
    over.hidden = true;
    other.hidden = true;
    again.hidden = false;
    if (dialog.open) dialog.close();
    document.dispatchEvent(new CustomEvent("session:back"));
  }

  // Forms.
  function mark(form, submitter, isSent) {
    if (isSent) form.dataset.sent = "1";
    else delete form.dataset.sent;
    submitter?.classList.toggle("is-sending", isSent);
    if (isSent) submitter?.setAttribute("aria-disabled", "true");
    else submitter?.removeAttribute("aria-disabled");
  }

  function tellNoAnswer(form) {
    let said = form.querySelector(":scope > .no-answer");
    if (!said) {
      said = document.createElement("p");
      said.className = "field-error no-answer";
      said.setAttribute("role", "alert");
      form.append(said);
    }
    said.textContent = document.body.dataset.noAnswer;
  }

  async function send(form, submitter) {
    mark(form, submitter, true);
    try {
      if (!(await mayGoOn({ loud: true }))) {
        mark(form, submitter, false);
        return;
      }
    } catch {
      mark(form, submitter, false);
      tellNoAnswer(form);
      return;
    }
    form.querySelector(":scope > .no-answer")?.remove();
    form.dataset.mayGo = "1";
    form.requestSubmit(submitter);
    delete form.dataset.mayGo;
    setTimeout(() => mark(form, submitter, false), AGAIN_MS);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.mayGo || "leaves" in form.dataset) {
      form.dispatchEvent(new CustomEvent("form:sent", { bubbles: true }));
      return;
    }
    event.preventDefault();
    if (!form.dataset.sent) send(form, event.submitter);
  });

  // A form that is shown again from the browser's memory may be sent again.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-sent]")) {
      mark(form, form.querySelector(".is-sending"), false);
    }
  });

  // Requests of the page's parts. Where nothing would be lost, nobody's data stays on the screen of a session that is over.
  const TYPED_IN = "textarea, input:not([type=hidden], [type=search], [type=checkbox], [type=radio])";
  const hasTyped = () =>
    [...document.querySelectorAll(`#main :is(${TYPED_IN})`)].some((field) => field.value !== field.defaultValue);

  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status !== 401) return;
    if (ctx.request.method === "GET" && !hasTyped()) location.reload();
    else end({ loud: ctx.request.method !== "GET" || !!ctx.sourceElement?.closest("dialog") });
  });

  // The way back.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-log-in]");
    if (link && window.open(link.href, link.target, WINDOW)) event.preventDefault();
  });

  function look() {
    if (!isOver || document.hidden) return;
    mayGoOn({ loud: false }).catch(() => {
      // It stays said that nobody is logged in; the next look or the next try to send finds out.
    });
  }

  new BroadcastChannel("session").addEventListener("message", look);
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
})();
