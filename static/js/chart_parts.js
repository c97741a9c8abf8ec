// What the pictures of all kinds of charts have in common, and where the kinds are found: `equilibrateCharts.kinds`.
//
// A kind makes ECharts' option of a chart's data: (data, theme, width) => option. Where its labels can only be placed once
// everything else has its place, it has a `settle` of its own: (picture, option, data, theme) => option.
(() => {
  "use strict";
  const HUES = ["1", "2", "3", "4", "5", "6"];
  const TONES = ["high", "medium", "low", "accent", "muted", ...HUES];
  const WIDE_PX = 520;
  const FONT_PX = 12;
  const pen = document.createElement("canvas").getContext("2d");

  // Custom properties hold light-dark(…), which only a real property resolves.
  function colours() {
    const probe = document.createElement("span");
    document.body.append(probe);
    const resolve = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {
      text: resolve("--eq-text"),
      muted: resolve("--eq-muted"),
      line: resolve("--eq-line"),
      axis: resolve("--eq-line-strong"),
      surface: resolve("--eq-surface"),
      raised: resolve("--eq-raised"),
      tones: Object.fromEntries(TONES.map((tone) => [tone, resolve(`--eq-chart-${tone}`)])),
    };
    found.font = getComputedStyle(document.body).fontFamily;
    probe.remove();
    return found;
  }

  // How wide the widest of these texts is, in pixels.
  function widest(texts, theme) {
    pen.font = `${FONT_PX}px ${theme.font}`;
    return Math.max(0, ...texts.map((text) => pen.measureText(text).width));
  }

  function base(theme) {
    return {
      animation: false,
      textStyle: { fontFamily: theme.font, fontSize: FONT_PX, color: theme.text },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: theme.raised,
        borderColor: theme.axis,
        textStyle: { color: theme.text, fontFamily: theme.font, fontSize: FONT_PX },
        axisPointer: { type: "shadow", shadowStyle: { color: theme.axis, opacity: 0.12 } },
      },
    };
  }

  // Round bounds and steps, and what each is called, are the server's (interventions/console/axes.py).
  function valueAxis(axis, theme) {
    return {
      type: "value",
      min: axis.least,
      max: axis.most,
      interval: axis.step,
      axisLabel: {
        color: theme.muted,
        hideOverlap: true,
        formatter: (value) => axis.texts[Math.round((value - axis.least) / axis.step)] ?? "",
      },
      splitLine: { lineStyle: { color: theme.line } },
    };
  }

  function legend(theme) {
    return { top: 0, left: 0, textStyle: { color: theme.text }, itemWidth: 16, itemHeight: 12, selectedMode: false };
  }

  function linesOf(data, index) {
    const lines = data.series.map((series) => `${series.name}: ${series.texts[index]}`);
    return [data.categories[index], ...lines].join("\n");
  }

  const cursor = (series) => (series.links.some(Boolean) ? "pointer" : "default");

  window.equilibrateCharts = { HUES, WIDE_PX, FONT_PX, kinds: {}, colours, widest, base, valueAxis, legend, linesOf, cursor };
})();
