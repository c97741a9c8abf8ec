// Draws the charts of a page from the JSON beside them, in the colours of the theme. The table beside each holds the
// same numbers; it is shown where the reader wants it, and where nothing can be drawn.
(() => {
  "use strict";
  const HUES = ["1", "2", "3", "4", "5", "6"];
  const TONES = ["high", "medium", "low", "accent", "muted", ...HUES];
  const WIDE_PX = 520;
  const TITLE_PX = 44;
  const EDGE_PX = 8;
  const drawn = new Map(); // by the chart's key: what is drawn where
  const asTable = new Set(); // keys of the charts that are read as tables; a swap must not change that
  const root = document.documentElement;

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

  // Ticks of an axis: short, in the digit grouping of the currency's readers.
  function shortNumber(data) {
    const region = data.currency === "INR" ? "IN" : undefined;
    const locale = region ? `${root.lang || "en"}-${region}` : root.lang || "en";
    const style = data.unit === "money" ? { style: "currency", currency: data.currency } : {};
    const format = new Intl.NumberFormat(locale, { ...style, notation: "compact", maximumFractionDigits: 1 });
    return (value) => format.format(value);
  }

  const sum = (values) => values.reduce((total, value) => total + (value ?? 0), 0);
  const mostCharacters = (texts) => Math.max(0, ...texts.map((text) => text.length));

  function base(data, theme) {
    return {
      animation: false,
      textStyle: { fontFamily: theme.font, fontSize: 12, color: theme.text },
      tooltip: {
        renderMode: "richText",
        confine: true,
        backgroundColor: theme.raised,
        borderColor: theme.axis,
        textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 12 },
        axisPointer: { type: "shadow", shadowStyle: { color: theme.axis, opacity: 0.12 } },
      },
    };
  }

  function valueAxis(data, theme) {
    return {
      type: "value",
      axisLabel: { color: theme.muted, formatter: shortNumber(data), hideOverlap: true },
      splitLine: { lineStyle: { color: theme.line } },
      minInterval: data.unit === "number" ? 1 : 0,
    };
  }

  function linesOf(data, index) {
    const lines = data.series.map((series) => `${series.name}: ${series.texts[index]}`);
    return [data.categories[index], ...lines].join("\n");
  }

  // Horizontal bars, the first category on top, from zero.
  function bars(data, theme, width) {
    const isStacked = data.kind === "stacked";
    const isWide = width >= WIDE_PX;
    const shapeOf = (series) => (/^[^\p{L}\p{N}]+ /u.test(series.name) ? `${series.name.split(" ")[0]} ` : "");
    const whole = (index) =>
      isStacked
        ? data.series.map((series) => `${shapeOf(series)}${series.texts[index]}`).join("  ")
        : data.series[0].texts[index];
    const ends = data.categories.map((_category, index) => whole(index));
    const isLabelled = isWide || !isStacked;
    const option = {
      ...base(data, theme),
      grid: {
        left: 4,
        right: isLabelled ? Math.min(width * 0.4, 12 + 6.6 * mostCharacters(ends)) : 12,
        top: isStacked ? 30 : 4,
        bottom: 4,
        containLabel: true,
      },
      xAxis: { ...valueAxis(data, theme), min: 0, splitNumber: isWide ? 5 : 2 },
      yAxis: {
        type: "category",
        data: data.categories,
        inverse: true,
        axisTick: { show: false },
        axisLine: { lineStyle: { color: theme.axis } },
        axisLabel: { color: theme.text, width: isWide ? 150 : 112, overflow: "truncate", interval: 0 },
      },
      series: data.series.map((series) => ({
        name: series.name,
        type: "bar",
        stack: isStacked ? "all" : undefined,
        barMaxWidth: 26,
        barCategoryGap: "35%",
        cursor: series.links.some(Boolean) ? "pointer" : "default",
        data: series.values,
        itemStyle: { color: theme.tones[series.tone], borderColor: theme.surface, borderWidth: isStacked ? 1 : 0 },
      })),
    };
    option.tooltip.trigger = "axis";
    option.tooltip.formatter = (points) => linesOf(data, points[0].dataIndex);
    if (isStacked) {
      option.legend = { top: 0, left: 0, textStyle: { color: theme.text }, itemWidth: 12, itemHeight: 12, selectedMode: false };
    }
    if (isLabelled) {
      // What the whole bar says stands at its end, however narrow its parts are.
      option.series.push({
        name: "",
        type: "bar",
        stack: isStacked ? "all" : undefined,
        barGap: "-100%",
        barMaxWidth: 26,
        silent: true,
        data: data.categories.map((_category, index) => (isStacked ? 0 : data.series[0].values[index])),
        itemStyle: { color: "transparent" },
        label: {
          show: true,
          position: "right",
          color: theme.text,
          formatter: (point) => ends[point.dataIndex],
        },
      });
      if (option.legend) option.legend.data = data.series.map((series) => series.name);
    }
    return option;
  }

  function line(data, theme, width) {
    const isWide = width >= WIDE_PX;
    const option = {
      ...base(data, theme),
      grid: { left: 4, right: isWide ? 90 : 12, top: isWide ? 10 : 30, bottom: 4, containLabel: true },
      xAxis: {
        type: "category",
        data: data.categories,
        boundaryGap: false,
        axisLine: { lineStyle: { color: theme.axis } },
        axisLabel: { color: theme.muted, hideOverlap: true },
      },
      yAxis: { ...valueAxis(data, theme), min: 0, splitNumber: 4 },
      series: data.series.map((series) => ({
        name: series.name,
        type: "line",
        data: series.values,
        showSymbol: data.categories.length < 3,
        symbolSize: 6,
        cursor: series.links.some(Boolean) ? "pointer" : "default",
        lineStyle: { color: theme.tones[series.tone], width: 2 },
        itemStyle: { color: theme.tones[series.tone] },
        endLabel: { show: isWide, formatter: "{a}", color: theme.text },
        labelLayout: { moveOverlap: "shiftY" },
      })),
    };
    if (!isWide) {
      option.legend = { top: 0, left: 0, textStyle: { color: theme.text }, itemWidth: 16, selectedMode: false };
    }
    option.tooltip.trigger = "axis";
    option.tooltip.axisPointer = { type: "line", lineStyle: { color: theme.axis } };
    option.tooltip.formatter = (points) => linesOf(data, points[0].dataIndex);
    return option;
  }

  // A line that may fall below zero, with a level to be reached and the point that matters.
  function path(data, theme, width) {
    const option = line(data, theme, width);
    const [first] = option.series;
    const { threshold, mark } = data;
    delete option.yAxis.min;
    const isOne = option.series.length < 2;
    option.legend = isOne ? undefined : { top: 0, left: 0, textStyle: { color: theme.text }, itemWidth: 16, selectedMode: false };
    option.grid.right = 20;
    option.grid.top = option.legend ? 36 : 24;
    for (const each of option.series) each.endLabel = { show: false };
    first.areaStyle = { color: theme.tones[data.series[0].tone], opacity: 0.12 };
    const levels = [{ yAxis: 0, lineStyle: { color: theme.axis, type: "solid" }, label: { show: false } }];
    if (threshold) {
      levels.push({
        yAxis: threshold.value,
        lineStyle: { color: theme.tones.high, type: "dashed" },
        label: { formatter: `${threshold.label} ${threshold.text}`, position: "insideStartTop", color: theme.text },
      });
      option.yAxis.max = (extent) => Math.max(extent.max, threshold.value);
      option.yAxis.min = (extent) => Math.min(0, extent.min, threshold.value);
    }
    first.markLine = { silent: true, symbol: "none", data: levels };
    if (mark && data.series[0].values[mark.index] != null) {
      first.markPoint = {
        silent: true,
        symbol: "circle",
        symbolSize: 12,
        itemStyle: { color: theme.tones.high, borderColor: theme.surface, borderWidth: 2 },
        label: {
          color: theme.text,
          backgroundColor: theme.surface,
          padding: [2, 4],
          position: mark.index > data.categories.length / 2 ? "left" : "right",
          distance: 10,
          formatter: `${mark.label} ${data.series[0].texts[mark.index]}`,
        },
        data: [{ coord: [mark.index, data.series[0].values[mark.index]] }],
      };
    }
    return option;
  }

  function donut(data, theme, width) {
    const [series] = data.series;
    const total = sum(series.values);
    const isWide = width >= 380;
    const toneAt = (index) => (series.tone === "each" ? HUES[index % HUES.length] : (data.tones?.[index] ?? series.tone));
    const share = (value) => (total ? `${((100 * value) / total).toFixed(value / total < 0.01 ? 1 : 0)} %` : "");
    const said = (index) => `${series.texts[index]} (${share(series.values[index])})`;
    const option = base(data, theme);
    if (!isWide) {
      // Too narrow for words beside the ring: they stand below it.
      option.legend = {
        orient: "vertical",
        bottom: 0,
        left: 0,
        itemWidth: 12,
        itemHeight: 12,
        itemGap: 6,
        selectedMode: false,
        textStyle: { color: theme.text },
        formatter: (name) => `${name}: ${said(data.categories.indexOf(name))}`,
      };
    }
    option.tooltip.trigger = "item";
    option.tooltip.formatter = (point) => `${point.name}\n${said(point.dataIndex)}`;
    option.series = [
      {
        type: "pie",
        radius: isWide ? ["38%", "62%"] : ["26%", "46%"],
        center: ["50%", isWide ? "50%" : "27%"],
        startAngle: 90,
        cursor: series.links.some(Boolean) ? "pointer" : "default",
        emphasis: { scale: false },
        label: {
          color: theme.text,
          fontSize: 12,
          lineHeight: 16,
          formatter: (point) => `${point.name}\n${said(point.dataIndex)}`,
          width: 130,
          overflow: "break",
        },
        labelLine: { lineStyle: { color: theme.axis }, length: 8, length2: 8 },
        labelLayout: { hideOverlap: false },
        data: series.values.map((value, index) => ({
          name: data.categories[index],
          value,
          itemStyle: { color: theme.tones[toneAt(index)], borderColor: theme.surface, borderWidth: 2 },
          // A part of nothing has no place, nor a label.
          label: { show: isWide && value > 0 },
          labelLine: { show: isWide && value > 0 },
        })),
      },
    ];
    return option;
  }

  const DRAWERS = { bars, stacked: bars, line, path, donut };

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
    const theme = colours();
    const option = DRAWERS[data.kind](data, theme, known.width);
    picture.setOption(isTitled ? titled(option, known, theme) : option, { notMerge: true });
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
    if (known.place.clientWidth) paint(known);
    else known.width = 0; // a table hides it: it is painted when it is seen again
  }

  function resize(known) {
    if (!known.place.clientWidth || known.place.clientWidth === known.width) return;
    known.picture.resize();
    paint(known);
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
