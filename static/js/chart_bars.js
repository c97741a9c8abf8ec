// Horizontal bars, the first category on top, from zero; side by side or stacked.
(() => {
  "use strict";
  const { WIDE_PX, kinds, widest, base, valueAxis, legend, linesOf, cursor } = window.equilibrateCharts;
  const THICKEST_PX = 26;
  const LEGEND_PX = 30;

  const stackOf = (data) => (data.kind === "stacked" ? "all" : undefined);

  // What a whole bar says: its number, or of each part the sign of its level and its number.
  function ends(data) {
    const signOf = ({ name }) => (/^[^\p{L}\p{N}]+ /u.test(name) ? `${name.split(" ")[0]} ` : "");
    const parts = (index) => data.series.map((series) => `${signOf(series)}${series.texts[index]}`);
    return data.categories.map((_category, index) => (stackOf(data) ? parts(index).join("  ") : data.series[0].texts[index]));
  }

  function marks(data, theme) {
    return data.series.map((series) => ({
      name: series.name,
      type: "bar",
      stack: stackOf(data),
      barMaxWidth: THICKEST_PX,
      barCategoryGap: "35%",
      cursor: cursor(series),
      data: series.values,
      itemStyle: { color: theme.tones[series.tone], borderColor: theme.surface, borderWidth: stackOf(data) ? 1 : 0 },
    }));
  }

  // What the whole bar says stands at its end, however narrow its parts are.
  function atTheEnd(data, theme) {
    const said = ends(data);
    return {
      name: "",
      type: "bar",
      stack: stackOf(data),
      barGap: "-100%",
      barMaxWidth: THICKEST_PX,
      silent: true,
      data: data.categories.map((_category, index) => (stackOf(data) ? 0 : data.series[0].values[index])),
      itemStyle: { color: "transparent" },
      label: { show: true, position: "right", color: theme.text, formatter: (point) => said[point.dataIndex] },
    };
  }

  function bars(data, theme, width) {
    const isStacked = !!stackOf(data);
    const isWide = width >= WIDE_PX;
    const isLabelled = isWide || !isStacked;
    const option = {
      ...base(theme),
      grid: {
        left: 4,
        right: isLabelled ? Math.min(width * 0.4, 16 + widest(ends(data), theme)) : 24,
        top: isStacked ? LEGEND_PX : 4,
        bottom: 4,
        containLabel: true,
      },
      xAxis: valueAxis(isWide ? data.axes.many : data.axes.few, theme),
      yAxis: {
        type: "category",
        data: data.categories,
        inverse: true,
        z: 3, // its line stays whole where bars begin
        axisTick: { show: false },
        axisLine: { lineStyle: { color: theme.axis } },
        axisLabel: { color: theme.text, width: isWide ? 150 : 112, overflow: "truncate", interval: 0 },
      },
      series: marks(data, theme),
    };
    option.tooltip.trigger = "axis";
    option.tooltip.formatter = (points) => linesOf(data, points[0].dataIndex);
    if (isStacked) option.legend = { ...legend(theme), itemWidth: 12, data: data.series.map((series) => series.name) };
    if (isLabelled) option.series.push(atTheEnd(data, theme));
    return option;
  }

  kinds.bars = bars;
  kinds.stacked = bars;
})();
