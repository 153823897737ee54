// Draws the overview's charts and keeps the page honest when the office cannot be reached.
"use strict";

(function () {
  const ink = "#2A211C", muted = "#7A6A5F";
  const text = { fontFamily: getComputedStyle(document.body).fontFamily, color: muted, fontSize: 12 };
  const tooltip = { renderMode: "richText", confine: true, textStyle: { ...text, color: ink } };
  const charts = {};
  let drawn = "";

  function heatOption(heat) {
    const cells = heat.rows.flatMap((row, y) => row.visits.map((visits, x) => [x, y, visits]));
    const most = Math.max(1, ...cells.map((cell) => cell[2]));
    return {
      animation: false,
      textStyle: text,
      tooltip: {
        ...tooltip,
        formatter: ({ value }) =>
          `${heat.rows[value[1]].trade}  ${heat.hours[value[0]]} 时  ${value[2]} 人次`,
      },
      grid: { left: 72, right: 0, top: 26, bottom: 2 },
      xAxis: {
        type: "category", position: "top", data: heat.hours, axisLine: { show: false }, axisTick: { show: false },
        axisLabel: { ...text, interval: 0 },
      },
      yAxis: {
        type: "category", inverse: true, data: heat.rows.map((row) => row.trade), axisLine: { show: false },
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

  function daysOption(days) {
    const kinds = [["签到", "visits", "#B5121B"], ["借出", "borrowed", "#17795B"], ["归还", "returned", "#1C66A8"]];
    return {
      animation: false,
      textStyle: text,
      tooltip: { ...tooltip, trigger: "axis", axisPointer: { type: "shadow" } },
      legend: { right: 0, top: 0, icon: "roundRect", itemWidth: 12, itemHeight: 12, textStyle: { ...text, color: ink } },
      grid: { left: 34, right: 0, top: 34, bottom: 24 },
      xAxis: {
        type: "category", data: days.map((day) => day.name), axisTick: { show: false },
        axisLine: { lineStyle: { color: "#E9DED0" } }, axisLabel: { ...text, interval: 0 },
      },
      yAxis: {
        type: "value", minInterval: 1, splitLine: { lineStyle: { color: "#F2EAE0" } }, axisLabel: text,
        max: (range) => (range.max < 4 ? 4 : null),
      },
      series: kinds.map(([name, field, color]) => ({
        name, type: "bar", stack: "day", barWidth: "46%", color,
        itemStyle: { borderRadius: 3 },
        data: days.map((day) => day[field]),
      })),
    };
  }

  function draw() {
    const json = document.getElementById("charts").dataset.charts;
    if (json === drawn) return;
    drawn = json;
    const data = JSON.parse(json);
    for (const [id, option] of [["heat", heatOption(data.heat)], ["days", daysOption(data.days)]]) {
      charts[id] ??= echarts.init(document.getElementById(id));
      charts[id].setOption(option);
    }
  }

  function resize() {
    Object.values(charts).forEach((chart) => chart.resize());
  }

  function lost(isLost) {
    document.getElementById("lost").hidden = !isLost;
  }

  draw();
  new ResizeObserver(resize).observe(document.getElementById("heat"));
  window.addEventListener("beforeprint", resize);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful } = event.detail;
    // The session has ended: the answer is the login page.
    if (successful && new URL(xhr.responseURL).pathname.startsWith("/login")) location.reload();
    lost(!successful);
    if (successful) draw();
  });
})();
