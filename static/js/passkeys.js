// Passkeys: a form with data-passkey asks the browser for a credential and sends it along.
(() => {
  "use strict";
  const toBytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const withBytes = (each) => ({ ...each, id: toBytes(each.id) });

  function creation(options, isAlone) {
    const selection = { ...options.authenticatorSelection };
    selection.residentKey = isAlone ? "required" : "discouraged";
    selection.requireResidentKey = isAlone;
    if (isAlone) selection.userVerification = "required";
    return {
      ...options,
      authenticatorSelection: selection,
      challenge: toBytes(options.challenge),
      user: withBytes(options.user),
      excludeCredentials: (options.excludeCredentials ?? []).map(withBytes),
    };
  }

  function request(options) {
    return {
      ...options,
      challenge: toBytes(options.challenge),
      allowCredentials: (options.allowCredentials ?? []).map(withBytes),
    };
  }

  function written(credential) {
    const { response } = credential;
    const said = { clientDataJSON: toText(response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) said[name] = toText(response[name]);
    }
    if (response.getTransports) said.transports = response.getTransports();
    return JSON.stringify({
      type: credential.type,
      id: credential.id,
      rawId: toText(credential.rawId),
      authenticatorAttachment: credential.authenticatorAttachment ?? null,
      response: said,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  async function optionsOf(form) {
    const stored = form.querySelector("#passkey-options");
    if (stored) return JSON.parse(stored.textContent);
    const response = await fetch(form.action, { headers: { "X-Requested-With": "XMLHttpRequest", Accept: "application/json" } });
    if (!response.ok) throw new Error(response.status);
    return response.json();
  }

  async function ask(form) {
    const options = await optionsOf(form);
    if (form.dataset.passkey === "create") {
      const isAlone = Boolean(form.elements.passwordless?.checked);
      const { publicKey } = options.creation_options;
      return navigator.credentials.create({ publicKey: creation(publicKey, isAlone) });
    }
    return navigator.credentials.get({ publicKey: request(options.request_options.publicKey) });
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const failure = form.querySelector("[data-passkey-error]");
    form.addEventListener("submit", async (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      failure.hidden = true;
      try {
        if (!window.PublicKeyCredential) throw new TypeError("unable");
        form.elements.credential.value = written(await ask(form));
        form.submit();
      } catch (error) {
        failure.textContent = error instanceof TypeError ? form.dataset.unable : form.dataset.failed;
        failure.hidden = false;
      }
    });
  }
})();
