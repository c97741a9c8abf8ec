// Parts of a whole, of the first series.
(() => {
  "use strict";
  const { HUES, kinds, base, cursor } = window.equilibrateCharts;
  const WIDE_PX = 380;

  // What each part says: its number, and its share of all.
  function partsOf({ values, texts }) {
    const total = values.reduce((sum, value) => sum + (value ?? 0), 0);
    const share = (value) => (total ? `${((100 * value) / total).toFixed(value / total < 0.01 ? 1 : 0)} %` : "");
    return (index) => `${texts[index]} (${share(values[index])})`;
  }

  // Too narrow for words beside the ring: they stand below it.
  function legendBelow(data, theme, said) {
    return {
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

  function parts(data, theme, isLabelled) {
    const [series] = data.series;
    const toneAt = (index) => (series.tone === "each" ? HUES[index % HUES.length] : (data.tones?.[index] ?? series.tone));
    return series.values.map((value, index) => ({
      name: data.categories[index],
      value,
      itemStyle: { color: theme.tones[toneAt(index)], borderColor: theme.surface, borderWidth: 2 },
      // A part of nothing has no place, nor a label.
      label: { show: isLabelled && value > 0 },
      labelLine: { show: isLabelled && value > 0 },
    }));
  }

  kinds.donut = (data, theme, width) => {
    const [series] = data.series;
    const isWide = width >= WIDE_PX;
    const said = partsOf(series);
    const option = base(theme);
    if (!isWide) option.legend = legendBelow(data, theme, said);
    option.tooltip.trigger = "item";
    option.tooltip.formatter = (point) => `${point.name}\n${said(point.dataIndex)}`;
    option.series = [
      {
        type: "pie",
        radius: isWide ? ["36%", "58%"] : ["26%", "46%"],
        center: ["50%", isWide ? "50%" : "27%"],
        startAngle: 90,
        cursor: cursor(series),
        emphasis: { scale: false },
        label: {
          color: theme.text,
          fontSize: 12,
          lineHeight: 16,
          formatter: (point) => `${point.name}\n${said(point.dataIndex)}`,
          width: 130,
          overflow: "break",
        },
        labelLine: { lineStyle: { color: theme.axis }, length: 14, length2: 8 },
        labelLayout: { hideOverlap: false },
        data: parts(data, theme, isWide),
      },
    ];
    return option;
  };
})();
