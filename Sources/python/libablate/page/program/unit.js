// Choosing a unit.

function verdictOf(i) {
  if (data.isRegression) return `Without it the mean squared error is ${change(units.squared_error[i])}.`;
  const said = {
    harmful: "Harmful: significantly more rows are right without it.",
    essential: "Essential: significantly fewer rows are right without it, and many.",
    useful: "Useful: significantly fewer rows are right without it.",
    redundant: "Redundant: without it nothing changes that matters.",
    undecided: "Undecided: these rows do not tell its effect from luck.",
  };
  return said[units.verdict[i]];
}

function choose(i) {
  chosen = i;
  if (units.layer[i] !== shownLayer) showLayer(units.layer[i]);
  else markChart();
  const layer = layerOf(units.layer[i]);
  byId("name").textContent = nameOf(i) + (layer.name ? ` (${layer.name})` : "");
  byId("verdict").textContent = verdictOf(i);
  const panels = byId("panels");
  for (const chart of panels.querySelectorAll(".js-plotly-plot")) Plotly.purge(chart);
  panels.replaceChildren();
  const details = data.details[`${units.layer[i]}.${units.unit[i]}`];
  for (const show of details ? PANELS : [showFigures]) {
    const box = make("div", null, panels);
    if (show(i, details, box) === false) box.remove();
  }
  // The boxes share the width anew with each that comes.
  for (const chart of panels.querySelectorAll(".js-plotly-plot")) Plotly.Plots.resize(chart);
  if (!details) make("p", "Its weights and rows are not on this page: it is none of the units with the strongest effects.", panels);
  history.replaceState(null, "", `#${units.layer[i]}.${units.unit[i]}`);
  markTable();
}
