// Says "Live" only while the server's heartbeats arrive, and fetches the list again when it is behind them.
(() => {
  "use strict";
  const SILENCE_MS = 12_000; // heartbeats come every 5 s
  const POLL_MS = 30_000;
  const STATUS_MS = 10_000;
  const LONGEST_WAIT_MS = 30_000;
  const label = document.getElementById("live");
  if (!label) return;
  const words = label.dataset;
  let socket = null;
  let attempts = 0;
  let isLive = false;
  let lastHeard = 0;
  let lostAt = null;
  let seenAt = Date.now();
  let isFetching = false;
  let again = null;

  const clock = new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
    timeZone: words.zone || undefined,
  });
  const region = () => document.getElementById("queue");

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
    const longest = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** attempts++);
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
    showLive();
    const shown = region()?.dataset;
    if (!shown) return;
    const behind =
      shown.hints !== "known" || shown.epoch !== message.epoch || Number(shown.sequence) !== message.sequence;
    if (behind) fetchList();
  }

  function watch() {
    if (isLive && Date.now() - lastHeard > SILENCE_MS) {
      const silent = socket;
      retry();
      silent?.close();
    }
  }

  // The list.
  async function fetchList({ wanted = false } = {}) {
    if (document.hidden || isFetching) {
      again = { wanted: wanted || again?.wanted };
      return;
    }
    isFetching = true;
    again = null;
    try {
      await window.htmx.ajax("GET", location.pathname + location.search, {
        source: "#region",
        target: "#queue",
        swap: "outerMorph",
        live: true,
        wanted,
      });
    } finally {
      isFetching = false;
    }
    if (again) setTimeout(() => again && fetchList(again), 500);
  }

  async function fetchStatus() {
    const strip = document.getElementById("status");
    if (document.hidden || !strip) return;
    await window.htmx.ajax("GET", strip.dataset.source, { source: "#status", target: "#status", swap: "outerMorph" });
  }

  // What went wrong, and until when the page is right.
  const failure = document.getElementById("failure");

  function showFailure(reason) {
    failure.textContent = words.textFailed
      .replace("{time}", clock.format(Date.now()))
      .replace("{reason}", reason)
      .replace("{seen}", clock.format(seenAt));
    failure.hidden = false;
  }

  const isList = (ctx) => ctx?.target?.id === "queue" || ctx?.live;

  document.addEventListener("htmx:before:response", (event) => {
    if (event.detail.ctx.response.raw.redirected) {
      event.preventDefault();
      location.reload(); // the session is over: the login page belongs in the whole window
    }
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (isList(ctx)) showFailure(ctx.response.status);
  });
  document.addEventListener("htmx:error", (event) => {
    if (isList(event.detail.ctx)) showFailure(words.textNoAnswer);
  });

  function listIsFresh() {
    seenAt = Date.now();
    failure.hidden = true;
  }

  document.addEventListener("queue:taken", listIsFresh);
  document.addEventListener("htmx:after:swap", (event) => {
    if (isList(event.detail.ctx)) listIsFresh();
  });
  document.addEventListener("queue:stale", (event) => fetchList(event.detail ?? {}));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && again) fetchList(again);
  });

  show("", words.textConnecting);
  connect();
  setInterval(watch, 1000);
  setInterval(() => isLive || fetchList(), POLL_MS);
  setInterval(fetchStatus, STATUS_MS);
})();
