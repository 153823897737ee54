// Draws the overview's charts and keeps the page honest when the office cannot be reached.
"use strict";

(function () {
  const ink = "#2A211C", muted = "#7A6A5F";
  const text = { fontFamily: getComputedStyle(document.body).fontFamily, color: muted, fontSize: 12 };
  const tooltip = { renderMode: "richText", confine: true, textStyle: { ...text, color: ink } };
  const charts = {};
  let drawn = "";

  function heatOption(heat) {
    const cells = heat.rows.flatMap((row, y) => row.values.map((value, x) => [x, y, value]));
    const most = Math.max(1, ...cells.map((cell) => cell[2]));
    return {
      animation: false,
      textStyle: text,
      tooltip: {
        ...tooltip,
        formatter: ({ value }) =>
          `${heat.rows[value[1]].name}  ${heat.columns[value[0]]} ${heat.column_unit}  ${value[2]} ${heat.value_unit}`,
      },
      grid: { left: 72, right: 0, top: 26, bottom: 2 },
      xAxis: {
        type: "category", position: "top", data: heat.columns, axisLine: { show: false }, axisTick: { show: false },
        axisLabel: { ...text, interval: 0 },
      },
      yAxis: {
        type: "category", inverse: true, data: heat.rows.map((row) => row.name), axisLine: { show: false },
        axisTick: { show: false }, axisLabel: { ...text, color: ink, align: "left", margin: 72 },
      },
      visualMap: {
        show: false, min: 0, max: most, dimension: 2,
        inRange: { color: ["#FCF4F2", "#EBC3C2", "#DB8A8C", "#C94C52", "#B5121B"] },
      },
      series: [{
        type: "heatmap",
        data: cells.map((value) => ({
          value,
          label: { show: value[2] > 0, color: value[2] > most * 0.65 ? "#FFFFFF" : ink, fontSize: 12 },
        })),
        itemStyle: { borderColor: "#FFFFFF", borderWidth: 3, borderRadius: 6 },
        emphasis: { itemStyle: { borderColor: ink, borderWidth: 1 } },
      }],
    };
  }

  function barsOption(bars) {
    return {
      animation: false,
      textStyle: text,
      tooltip: { ...tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      legend: { right: 0, top: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { ...text, color: ink } },
      grid: { left: 34, right: 0, top: 34, bottom: 24 },
      xAxis: {
        type: "category", data: bars.rows.map((row) => row.name), axisTick: { show: false },
        axisLine: { lineStyle: { color: "#E9DED0" } }, axisLabel: { ...text, interval: 0 },
      },
      yAxis: {
        type: "value", minInterval: 1, splitLine: { lineStyle: { color: "#F2EAE0" } }, axisLabel: text,
        max: (range) => (range.max < 4 ? 4 : null),
      },
      series: bars.columns.map((name, column) => ({
        name, type: "bar", stack: "row", barWidth: "46%", color: bars.colors[column],
        itemStyle: { borderRadius: 3 },
        data: bars.rows.map((row) => row.values[column]),
      })),
    };
  }

  const options = { heat: heatOption, bars: barsOption };

  function draw() {
    const json = document.getElementById("charts").dataset.charts;
    if (json === drawn) return;
    drawn = json;
    for (const [id, chart] of Object.entries(JSON.parse(json))) {
      charts[id] ??= echarts.init(document.getElementById(id));
      charts[id].setOption(options[chart.type](chart));
    }
  }

  function resize() {
    Object.values(charts).forEach((chart) => chart.resize());
  }

  function lost(isLost) {
    document.getElementById("lost").hidden = !isLost;
  }

  draw();
  const resized = new ResizeObserver(resize);
  document.querySelectorAll(".chart").forEach((place) => resized.observe(place));
  window.addEventListener("beforeprint", resize);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful } = event.detail;
    // The session has ended: the answer is the login page.
    if (successful && new URL(xhr.responseURL).pathname.startsWith("/login")) location.reload();
    lost(!successful);
    if (successful) draw();
  });
})();
