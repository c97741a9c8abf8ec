// What is typed into a long field and not sent survives a reload, for the same user in the same tab. It is forgotten
// when it was sent, and at logging out. A page that says that nothing was sent (`data-not-sent`) puts it back.
(() => {
  "use strict";
  const KEPT = "draft ";
  const SENT = "sent ";
  const { user, draftBack, draftDrop } = document.body.dataset;

  function storage() {
    try {
      return sessionStorage;
    } catch {
      return null; // storage is forbidden here: nothing is kept
    }
  }

  const store = storage();
  if (!store) return;
  const keys = (prefix) => Object.keys(store).filter((key) => key.startsWith(prefix));
  const restOf = (key, prefix) => key.slice(prefix.length);
  const fields = (root) => [...root.querySelectorAll("textarea[name]")];

  function keyOf(field) {
    const to = field.form ? new URL(field.form.action, location.href).pathname : "";
    return `${user} ${location.pathname} ${to} ${field.name}`;
  }

  function keep(field) {
    const key = KEPT + keyOf(field);
    if (field.value === field.defaultValue) store.removeItem(key);
    else store.setItem(key, JSON.stringify({ base: field.defaultValue, text: field.value }));
  }

  function move(from, to, chosen = () => true) {
    for (const key of keys(from).filter(chosen)) {
      if (to) store.setItem(to + restOf(key, from), store.getItem(key));
      store.removeItem(key);
    }
  }

  function tell(field) {
    const note = document.createElement("p");
    note.className = "help draft-note";
    note.append(`${draftBack} `);
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn-sm btn-ghost";
    drop.textContent = draftDrop;
    drop.addEventListener("click", () => {
      field.value = field.defaultValue;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      note.remove();
      field.focus();
    });
    note.append(drop);
    field.after(note);
  }

  function putBack() {
    for (const field of fields(document)) {
      const found = store.getItem(KEPT + keyOf(field));
      if (!found || field.value !== field.defaultValue) continue;
      const { base, text } = JSON.parse(found);
      if (base !== field.defaultValue) continue; // written for other words than those that stand here now
      field.value = text;
      for (let at = field.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
      tell(field);
    }
  }

  if ("notSent" in document.body.dataset) {
    move(SENT, KEPT);
    return;
  }
  if (!user) return;
  move(SENT, null);
  move(KEPT, null, (key) => !restOf(key, KEPT).startsWith(`${user} `));
  putBack();

  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea[name]")) keep(event.target);
  });
  document.addEventListener("form:sent", (event) => {
    if ("leaves" in event.target.dataset) {
      move(KEPT, null);
      return;
    }
    const sent = new Set(fields(event.target).map((field) => KEPT + keyOf(field)));
    move(KEPT, SENT, (key) => sent.has(key));
  });
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    const form = ctx.sourceElement?.closest?.("form");
    if (!form || ctx.request.method === "GET" || ctx.response.status >= 400) return;
    for (const field of fields(form)) store.removeItem(KEPT + keyOf(field));
  });
  document.addEventListener("htmx:after:swap", putBack);
})();
