// Draws the charts of a page from the JSON beside them, in the colours of the theme. The table beside each holds the
// same numbers; it is shown where the reader wants it, and where nothing can be drawn.
(() => {
  "use strict";
  const { colours, kinds } = window.equilibrateCharts;
  const TITLE_PX = 44;
  const EDGE_PX = 8;
  const drawn = new Map(); // by the chart's key: what is drawn where
  const asTable = new Set(); // keys of the charts that are read as tables; a swap must not change that
  const root = document.documentElement;

  // The ECharts instance of a chart that is drawn, by its key.
  window.equilibrateCharts.pictureOf = (key) => drawn.get(key)?.picture;

  function follow(data, point) {
    const { seriesIndex, dataIndex, event } = point;
    const link = data.series[seriesIndex]?.links[dataIndex];
    if (!link) return;
    if (event?.event?.ctrlKey || event?.event?.metaKey) window.open(link, "_blank", "noopener");
    else location.assign(link);
  }

  function forget(key) {
    const known = drawn.get(key);
    if (!known) return;
    known.watcher.disconnect();
    known.picture.dispose();
    drawn.delete(key);
  }

  // On paper nothing says what it is: the title goes with it, above everything else.
  function titled(option, known, theme) {
    const place = { left: EDGE_PX, top: EDGE_PX, padding: 0 };
    const font = { color: theme.text, fontFamily: theme.font, fontSize: 13 };
    option.title = { ...place, text: known.data.name, textStyle: { ...font, width: known.width - 2 * EDGE_PX, overflow: "break" } };
    if (option.grid) {
      option.grid.top += TITLE_PX;
      option.grid.left += EDGE_PX;
    }
    if (option.legend?.top !== undefined) option.legend.top += TITLE_PX;
    return option;
  }

  function paint(known, { isTitled = false } = {}) {
    const { picture, data, place } = known;
    known.width = place.clientWidth;
    if (!known.width) return; // a table hides it: it is painted when it is seen again
    if (picture.getWidth() !== known.width) picture.resize();
    const theme = colours();
    const kind = kinds[data.kind];
    const option = kind(data, theme, known.width);
    picture.setOption(isTitled ? titled(option, known, theme) : option, { notMerge: true });
    if (kind.settle) picture.setOption(kind.settle(picture, option, data, theme), { notMerge: true });
  }

  function draw(figure) {
    const key = figure.dataset.chart;
    const place = figure.querySelector(".chart-canvas");
    const source = document.getElementById(`chart-${key}-data`)?.textContent;
    showAs(figure);
    if (!place || !source) return forget(key);
    const known = drawn.get(key);
    if (known?.place === place && place.firstChild) {
      if (known.source !== source) takeAnew(known, source);
      return;
    }
    forget(key);
    if (!place.clientWidth) return; // not to be seen: it is drawn when it is shown
    place.replaceChildren();
    const picture = window.echarts.init(place, null, { renderer: "canvas" });
    const made = { place, source, picture, data: JSON.parse(source), width: 0, watcher: new ResizeObserver(() => resize(made)) };
    drawn.set(key, made);
    paint(made);
    picture.on("click", (point) => follow(made.data, point));
    made.watcher.observe(place);
  }

  function takeAnew(known, source) {
    known.source = source;
    known.data = JSON.parse(source);
    paint(known);
  }

  function resize(known) {
    if (known.place.clientWidth && known.place.clientWidth !== known.width) paint(known);
  }

  function showAs(figure) {
    const isTable = !window.echarts || asTable.has(figure.dataset.chart);
    figure.classList.toggle("shows-table", isTable);
    figure.querySelector("[data-chart-toggle]")?.setAttribute("aria-pressed", String(isTable));
  }

  function drawAll() {
    const figures = [...document.querySelectorAll("[data-chart]")];
    const present = new Set(figures.map((figure) => figure.dataset.chart));
    for (const key of [...drawn.keys()]) if (!present.has(key)) forget(key);
    figures.forEach(window.echarts ? draw : showAs);
  }

  function toggle(figure) {
    const key = figure.dataset.chart;
    if (!asTable.delete(key)) asTable.add(key);
    showAs(figure);
    if (!asTable.has(key)) drawAll();
  }

  function save(figure) {
    const wasTable = asTable.delete(figure.dataset.chart);
    draw(figure);
    const known = drawn.get(figure.dataset.chart);
    known.picture.resize({ height: known.place.clientHeight + TITLE_PX });
    paint(known, { isTitled: true });
    const link = document.createElement("a");
    link.href = known.picture.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colours().surface });
    link.download = `${figure.dataset.chart}.png`;
    link.click();
    known.picture.resize({ height: "auto" });
    paint(known);
    if (wasTable) asTable.add(figure.dataset.chart);
    showAs(figure);
  }

  document.addEventListener("click", (event) => {
    const figure = event.target.closest?.("[data-chart]");
    if (!figure) return;
    if (event.target.closest("[data-chart-toggle]")) toggle(figure);
    if (event.target.closest("[data-chart-picture]")) save(figure);
  });
  document.addEventListener("htmx:after:swap", drawAll);
  new MutationObserver(() => [...drawn.values()].forEach((known) => paint(known))).observe(root, { attributeFilter: ["data-bs-theme"] });
  drawAll();
})();
