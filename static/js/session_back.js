// The page that asked for this login goes on; the window that was opened for it closes.
(() => {
  "use strict";
  new BroadcastChannel("session").postMessage("back");
  if (window.name === "equilibrate-login") window.close();
})();
