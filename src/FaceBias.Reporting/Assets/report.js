"use strict";
// Draws every chart of the page and then folds its table away; where a chart cannot be drawn the table stays open.
(async () => {
  const config = {
    font: 'system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif',
    view: { stroke: null },
    axis: { labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal", gridColor: "#e4e8ec", labelColor: "#1b1f24", titleColor: "#1b1f24" },
    legend: { labelFontSize: 12 },
  };
  const failures = [];
  for (const script of document.querySelectorAll("script[data-chart]")) {
    const place = document.getElementById(script.dataset.chart);
    try {
      await vegaEmbed(place, JSON.parse(script.textContent), { renderer: "svg", actions: false, tooltip: false, config });
      // The place has the name and the table the numbers; read out mark by mark the drawing would only be noise.
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      script.parentElement.querySelector("details").open = false;
    } catch (error) {
      failures.push(error);
      place.textContent = "This chart could not be drawn; its numbers are in the table below.";
    }
  }
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    opened.forEach(d => { d.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach(d => { d.open = false; }));
  document.documentElement.dataset.charts = failures.length ? "failed" : "drawn";
  failures.forEach(error => console.error(error));
})();
