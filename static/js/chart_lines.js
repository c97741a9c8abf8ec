// Lines over time; and a path: lines that may fall below zero, with a level to be reached and the point that matters.
(() => {
  "use strict";
  const { WIDE_PX, FONT_PX, kinds, widest, base, valueAxis, legend, linesOf, cursor } = window.equilibrateCharts;
  const LEGEND_LINE_PX = 24;
  const LEGEND_ENTRY_PX = 16 + 5 + 10; // its line, and the gaps beside it
  const LEVEL_LABEL_PX = 92;
  const LEVEL_LINE_PX = 16;
  const MARK_PX = 12;
  const PAD_PX = [2, 4];
  const CLEAR_PX = 4;
  const LABEL_GAP_PX = 12;
  const VALUES_GAP_PX = 16; // between the axis of values, its labels and the edge

  // Lines alone: points are drawn nowhere.
  const legendOfLines = (theme) => ({ ...legend(theme), itemStyle: { opacity: 0 } });

  // Which points have a label below them. From when to when is always said: whatever lies upon these two goes.
  // Our own, because ECharts leaves out the last one where it touches the one before by a tenth of a pixel.
  function labelled({ categories, axes }, theme, room) {
    const last = categories.length - 1;
    const needed = widest(categories, theme) + LABEL_GAP_PX;
    const perPoint = Math.max(0, room - widest(axes.many.texts, theme) - VALUES_GAP_PX) / Math.max(1, last);
    const step = Math.max(1, Math.ceil(needed / perPoint));
    // The outer two stand within the plot, the others half to each side of their point.
    const isClear = (points) => points * perPoint >= 1.5 * needed;
    return (index) => index === 0 || index === last || (index % step === 0 && isClear(index) && isClear(last - index));
  }

  function line(data, theme, width) {
    const isWide = width >= WIDE_PX;
    const right = isWide ? 90 : 20;
    const option = {
      ...base(theme),
      grid: { left: 4, right, top: isWide ? 10 : 30, bottom: 8, containLabel: true },
      xAxis: {
        type: "category",
        data: data.categories,
        boundaryGap: false,
        // Below everything, also where numbers fall below zero.
        axisLine: { onZero: false, lineStyle: { color: theme.axis } },
        axisLabel: {
          color: theme.muted,
          alignMinLabel: "left",
          alignMaxLabel: "right",
          interval: labelled(data, theme, width - right),
          showMinLabel: true,
          showMaxLabel: true,
        },
      },
      yAxis: valueAxis(data.axes.many, theme),
      series: data.series.map((series) => ({
        name: series.name,
        type: "line",
        data: series.values,
        showSymbol: data.categories.length < 3,
        symbolSize: 6,
        cursor: cursor(series),
        lineStyle: { color: theme.tones[series.tone], width: 2 },
        itemStyle: { color: theme.tones[series.tone] },
        endLabel: { show: isWide, formatter: "{a}", color: theme.text },
        labelLayout: { moveOverlap: "shiftY" },
      })),
    };
    if (!isWide) option.legend = legendOfLines(theme);
    option.tooltip.trigger = "axis";
    option.tooltip.axisPointer = { type: "line", lineStyle: { color: theme.axis } };
    option.tooltip.formatter = (points) => linesOf(data, points[0].dataIndex);
    return option;
  }

  const said = (threshold) => `${threshold.label} ${threshold.text}`;
  const isMarked = ({ mark, series }) => !!mark && series[0].values[mark.index] != null;

  // Beside the plot, where no line goes; away from the axis below it.
  function levelLabel({ threshold, axes }, theme, isWide) {
    const isHigh = threshold.value - axes.many.least > (axes.many.most - axes.many.least) / 2;
    return {
      show: isWide,
      position: "end",
      formatter: `${threshold.label}\n${threshold.text}`,
      color: theme.text,
      lineHeight: LEVEL_LINE_PX,
      width: LEVEL_LABEL_PX,
      overflow: "break",
      align: "left",
      verticalAlign: isHigh ? "top" : "bottom",
    };
  }

  function levels(data, theme, isWide) {
    const zero = { yAxis: 0, lineStyle: { color: theme.axis, type: "solid" }, label: { show: false } };
    if (!data.threshold) return [zero];
    const lineStyle = { color: theme.tones.high, type: "dashed" };
    return [zero, { yAxis: data.threshold.value, lineStyle, label: levelLabel(data, theme, isWide) }];
  }

  // How many lines of text a legend needs.
  function linesOfLegend(names, theme, width) {
    let count = 1;
    let used = 0;
    for (const name of names) {
      const needed = widest([name], theme) + LEGEND_ENTRY_PX;
      if (used && used + needed > width) {
        count += 1;
        used = 0;
      }
      used += needed;
    }
    return count;
  }

  function mark(data, theme) {
    return {
      silent: true,
      symbol: "circle",
      symbolSize: MARK_PX,
      itemStyle: { color: theme.tones.high, borderColor: theme.surface, borderWidth: 2 },
      label: { show: false },
      data: [{ coord: [data.mark.index, data.series[0].values[data.mark.index]] }],
    };
  }

  function path(data, theme, width) {
    const option = line(data, theme, width);
    const isWide = width >= WIDE_PX;
    const [first] = option.series;
    const names = data.series.map((series) => series.name);
    for (const each of option.series) each.endLabel = { show: false };
    first.areaStyle = { color: theme.tones[data.series[0].tone], opacity: 0.12 };
    first.markLine = { silent: true, symbol: "none", data: levels(data, theme, isWide) };
    if (isMarked(data)) first.markPoint = mark(data, theme);
    if (data.threshold && !isWide) {
      // No room beside the plot: what the level is stands above it, with the names of the lines.
      const name = said(data.threshold);
      const color = theme.tones.high;
      names.push(name);
      option.series.push({ name, type: "line", data: [], symbol: "none", lineStyle: { color, type: "dashed" }, itemStyle: { color } });
    }
    option.legend = names.length > 1 ? { ...legendOfLines(theme), data: names } : undefined;
    option.grid.right = data.threshold && isWide ? LEVEL_LABEL_PX + 8 : 24;
    option.grid.top = 12 + (option.legend ? LEGEND_LINE_PX * linesOfLegend(names, theme, width) : 0);
    return option;
  }

  // What the marked point says, in the first place beside it in which it hides least of the lines.
  path.settle = (picture, option, data, theme) => {
    if (!isMarked(data)) return option;
    const text = `${data.mark.label} ${data.series[0].texts[data.mark.index]}`;
    const box = { width: widest([text], theme) + 2 * PAD_PX[1], height: FONT_PX + 2 + 2 * PAD_PX[0] };
    const at = ([index, value]) => picture.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, [index, value]);
    const centre = at([data.mark.index, data.series[0].values[data.mark.index]]);
    const { least, most } = data.axes.many;
    const [left, top] = at([0, most]);
    const [right, bottom] = at([data.categories.length - 1, least]);
    const drawn = [...data.series.flatMap((series) => trodden(series.values, at)), ...level(data, at, left, right)];
    const cost = ([x, y]) => {
      const isOutside = x < left || y < top || x + box.width > right || y + box.height > bottom;
      const near = (value, from, length) => value > from - CLEAR_PX && value < from + length + CLEAR_PX;
      const hidden = drawn.filter((point) => near(point[0], x, box.width) && near(point[1], y, box.height));
      return (isOutside ? drawn.length : 0) + hidden.length;
    };
    const best = placesAround(centre, box).reduce((found, place) => (cost(place) < cost(found) ? place : found));
    option.series[0].markPoint.label = {
      show: true,
      formatter: text,
      color: theme.text,
      backgroundColor: theme.surface,
      padding: PAD_PX,
      align: "left",
      verticalAlign: "top",
      // From the upper left corner of the mark.
      position: [0, 1].map((side) => best[side] - centre[side] + MARK_PX / 2),
    };
    return option;
  };

  // Points along a line, every few pixels.
  function trodden(values, at) {
    const known = values.map((value, index) => [index, value]).filter(([, value]) => value != null).map(at);
    return known.slice(1).flatMap((to, index) => between(known[index], to));
  }

  function between(from, to) {
    const count = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / CLEAR_PX));
    const along = (share) => [0, 1].map((side) => from[side] + (to[side] - from[side]) * share);
    return Array.from({ length: count + 1 }, (_each, step) => along(step / count));
  }

  function level({ threshold }, at, left, right) {
    if (!threshold) return [];
    const [, y] = at([0, threshold.value]);
    return between([left, y], [right, y]);
  }

  // The upper left corners of a box beside a point, near ones first.
  function placesAround([x, y], { width, height }) {
    const places = [];
    for (const gap of [10, 22, 36, 52]) {
      const rows = [y - height / 2, y - gap - height, y + gap];
      const columns = [x + gap, x - gap - width, x - width / 2];
      for (const row of rows) for (const column of columns) places.push([column, row]);
    }
    const isBeside = ([column, row]) =>
      Math.abs(column + width / 2 - x) > width / 2 || Math.abs(row + height / 2 - y) > height / 2;
    return places.filter(isBeside);
  }

  kinds.line = line;
  kinds.path = path;
})();
