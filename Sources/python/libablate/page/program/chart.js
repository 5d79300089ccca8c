// The chart of a layer: all units, or the strongest of very many, sorted by effect.

// Colours that readers tell apart who do not see all colours (Okabe and Ito), and a sign for each.
const VERDICTS = {
  essential: ["#0072b2", "triangle-down"],
  useful: ["#56b4e9", "square"],
  redundant: ["#009e73", "circle"],
  undecided: ["#999999", "circle-open"],
  harmful: ["#d55e00", "triangle-up"],
};
// A chart of more units takes a browser seconds to draw: the strongest are drawn.
const DRAWN = 2500;

let shownLayer = null;
// Where each drawn unit of the layer is along the axis.
let ranks = new Map();

function showLayer(number) {
  shownLayer = number;
  byId("layer").value = String(number);
  let places = [];
  for (let i = 0; i < count; i++) if (units.layer[i] === number) places.push(i);
  const all = places.length;
  if (all > DRAWN) {
    places.sort((a, b) => Math.abs(units.effect[b]) - Math.abs(units.effect[a]));
    places = places.slice(0, DRAWN);
  }
  places.sort((a, b) => units.effect[a] - units.effect[b] || a - b);
  ranks = new Map(places.map((i, rank) => [i, rank]));
  const factor = data.isRegression ? 1 : 100;
  const groups = new Map();
  places.forEach((i, rank) => {
    const verdict = data.isRegression ? "effect" : units.verdict[i];
    if (!groups.has(verdict)) groups.set(verdict, []);
    groups.get(verdict).push([i, rank]);
  });
  const traces = [];
  for (const [verdict, found] of groups) {
    const [color, symbol] = VERDICTS[verdict] || ["#0072b2", "circle"];
    const trace = {
      type: "scatter", mode: "markers", name: `${verdict} (${found.length})`,
      x: found.map(([, rank]) => rank), y: found.map(([i]) => factor * units.effect[i]),
      customdata: found.map(([i]) => i), text: found.map(([i]) => hovered(i)),
      hovertemplate: "%{text}<extra></extra>", marker: { color, symbol, size: all > 400 ? 5 : 8 },
    };
    if (!data.isRegression && all <= 400) {
      trace.error_y = {
        type: "data", symmetric: false, width: 0, thickness: 1, color: "rgba(120,120,120,0.35)",
        array: found.map(([i]) => 100 * (units.upper[i] - units.effect[i])),
        arrayminus: found.map(([i]) => 100 * (units.effect[i] - units.lower[i])),
      };
    }
    traces.push(trace);
  }
  const some = all > places.length ? `the ${places.length} strongest of ${all} units` : `${all} units`;
  const layout = {
    margin: { l: 70, r: 10, t: 35, b: 45 }, hovermode: "closest", showlegend: !data.isRegression,
    legend: { orientation: "h", y: 1.1 },
    xaxis: { title: { text: `${some}, sorted by effect` }, zeroline: false },
    yaxis: {
      title: { text: data.isRegression ? "effect on the mean squared error" : "effect on accuracy, percentage points" },
      zeroline: true, zerolinecolor: "#222", zerolinewidth: 1,
    },
  };
  Plotly.react("effects", traces, layout, OPTIONS);
  markChart();
}

function markChart() {
  const rank = ranks.get(chosen);
  const line = { type: "line", x0: rank, x1: rank, yref: "paper", y0: 0, y1: 1, line: { color: "#222", width: 1, dash: "dot" } };
  Plotly.relayout("effects", { shapes: rank === undefined ? [] : [line] });
}

function hovered(i) {
  const lines = [`<b>${nameOf(i)}</b>`];
  if (data.isRegression) return [...lines, `effect ${effectOf(i)}`].join("<br>");
  lines.push(`effect ${effectOf(i)} points`, `lost ${units.lost[i]}, gained ${units.gained[i]}`);
  lines.push(`adjusted p ${probability(units.adjusted_p_value[i])}: ${units.verdict[i]}`);
  return lines.join("<br>");
}
