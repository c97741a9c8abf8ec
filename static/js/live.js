// Says "Live" only while the server's heartbeats arrive, and fetches the page's live region again when it is behind them.
//
// The region is `#region`; what is fetched and morphed is the `[data-live]` element within it, by the page's own address.
// `data-live-every` on the region: at least so many ms between two fetches; `data-live-at-most`: it is fetched that often
// though nobody gave a hint.
(() => {
  "use strict";
  const SILENCE_MS = 12_000; // heartbeats come every 5 s
  const POLL_MS = 30_000;
  const STATUS_MS = 10_000;
  const FETCH_GAP_MS = 500;
  // A short outage is over within seconds for everybody; a long one is asked about less often.
  const SHORT_WAIT_MS = 3_000;
  const SHORT_WAITS = 40;
  const LONGEST_WAIT_MS = 30_000;
  const LOGGED_OUT = 401; // session.js says so, and when the reader is back
  const label = document.getElementById("live");
  if (!label) return;
  const words = label.dataset;
  let socket = null;
  let attempts = 0;
  let isLive = false;
  let lastHeard = 0;
  let connectedAt = 0;
  let lostAt = null;
  let seenAt = Date.now();
  let isFetching = false;
  let fetchedAt = Date.now(); // the page itself was fetched just now
  let again = null;
  let later = 0;
  let heard = "";

  const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    timeZone: words.zone || undefined,
  });
  const region = () => document.getElementById("region");
  const shown = () => region()?.querySelector("[data-live]");

  function show(className, text, title = "") {
    label.className = `live ${className}`;
    if (label.textContent !== text) label.textContent = text;
    label.title = title;
  }

  function showLive() {
    isLive = true;
    lostAt = null;
    show("is-live", words.textLive);
  }

  function showLost(reason = "") {
    isLive = false;
    lostAt ??= lastHeard || Date.now();
    show("is-lost", words.textLost.replace("{time}", clock.format(lostAt)), reason);
  }

  // The socket.
  function connect() {
    const address = new URL(words.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    connectedAt = Date.now();
    const mine = (socket = new WebSocket(address));
    mine.addEventListener("message", (event) => {
      if (mine === socket) hear(JSON.parse(event.data));
    });
    mine.addEventListener("close", () => {
      if (mine === socket) retry();
    });
  }

  function retry() {
    socket = null;
    showLost();
    const longest = Math.min(attempts < SHORT_WAITS ? SHORT_WAIT_MS : LONGEST_WAIT_MS, 1000 * 2 ** attempts++);
    // Jitter, so that a restarted server is not met by everybody at once.
    setTimeout(connect, longest * (0.5 + Math.random() / 2));
  }

  function hear(message) {
    lastHeard = Date.now();
    attempts = 0;
    if (message.live === false) {
      showLost(message.reason);
      return;
    }
    // What was told while nobody listened may be lost for good.
    const wasLost = lostAt !== null;
    showLive();
    if (wasLost) fetchRegion();
    tellHint(`${message.epoch} ${message.sequence}`);
    const page = shown()?.dataset;
    if (!page) return;
    const behind =
      page.hints !== "known" || page.epoch !== message.epoch || Number(page.sequence) !== message.sequence;
    if (behind) fetchRegion();
  }

  // For what is not in the region, such as the bell.
  function tellHint(hint) {
    if (heard && heard !== hint) document.dispatchEvent(new CustomEvent("live:hint"));
    heard = hint;
  }

  function watch() {
    // One that connects and then says nothing is as bad as one that fell silent.
    if (socket && Date.now() - Math.max(lastHeard, connectedAt) > SILENCE_MS) {
      const silent = socket;
      retry();
      silent.close();
    }
  }

  // The region.
  const everyMs = () => Math.max(FETCH_GAP_MS, Number(region().dataset.liveEvery ?? 0));

  async function fetchRegion({ wanted = false } = {}) {
    if (!shown()) return;
    again = { wanted: wanted || !!again?.wanted };
    if (document.hidden || isFetching) return; // fetched as soon as that is over
    clearTimeout(later);
    const tooEarly = fetchedAt + everyMs() - Date.now();
    if (tooEarly > 0 && !again.wanted) {
      later = setTimeout(() => again && fetchRegion(again), tooEarly);
      return;
    }
    await fetchNow();
  }

  async function fetchNow() {
    const { wanted } = again;
    isFetching = true;
    again = null;
    fetchedAt = Date.now();
    try {
      await window.htmx.ajax("GET", location.pathname + location.search, {
        source: "#region",
        target: shown(),
        swap: "outerMorph show:none",
        live: true,
        wanted,
      });
    } finally {
      isFetching = false;
    }
    if (again) fetchRegion(again);
  }

  function fetchIfOld() {
    const longest = Number(region()?.dataset.liveAtMost ?? 0);
    if (longest && Date.now() - fetchedAt >= longest) fetchRegion();
  }

  async function fetchStatus() {
    const strip = document.getElementById("status");
    if (document.hidden || !strip) return;
    await window.htmx.ajax("GET", strip.dataset.source, { source: "#status", target: "#status", swap: "outerMorph" });
  }

  // What went wrong, and until when the page is right.
  function failureNote() {
    const known = document.getElementById("failure");
    if (known) return known;
    const made = document.createElement("div");
    made.id = "failure";
    made.className = "failure";
    made.setAttribute("role", "alert");
    region().before(made);
    return made;
  }

  function showFailure(reason) {
    const note = failureNote();
    note.textContent = words.textFailed
      .replace("{time}", clock.format(Date.now()))
      .replace("{reason}", reason)
      .replace("{seen}", clock.format(seenAt));
    note.hidden = false;
  }

  const isOurs = (ctx) => !!ctx?.live || !!ctx?.target?.matches?.("[data-live]");

  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (isOurs(ctx) && ctx.response.status !== LOGGED_OUT) showFailure(ctx.response.status);
  });
  document.addEventListener("htmx:error", (event) => {
    if (isOurs(event.detail.ctx)) showFailure(words.textNoAnswer);
  });

  function pageIsFresh() {
    seenAt = Date.now();
    const note = document.getElementById("failure");
    if (note) note.hidden = true;
  }

  document.addEventListener("live:taken", pageIsFresh);
  document.addEventListener("htmx:after:swap", (event) => {
    if (isOurs(event.detail.ctx)) pageIsFresh();
  });
  document.addEventListener("session:back", () => fetchRegion());
  document.addEventListener("live:stale", (event) => fetchRegion(event.detail ?? {}));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && again) fetchRegion(again);
  });

  show("", words.textConnecting);
  connect();
  setInterval(watch, 1000);
  setInterval(() => isLive || fetchRegion(), POLL_MS);
  setInterval(fetchIfOld, 1000);
  setInterval(fetchStatus, STATUS_MS);
})();
