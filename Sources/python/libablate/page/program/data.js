// The data of the page, and how it becomes text.

const data = JSON.parse(document.getElementById("data").textContent);
const units = data.units;
const count = units.layer.length;
const numbers = new Map();
for (let i = 0; i < count; i++) numbers.set(`${units.layer[i]}.${units.unit[i]}`, i);

const SIGNED = [[0, "#5e3c99"], [0.25, "#b2abd2"], [0.5, "#f7f7f7"], [0.75, "#fdb863"], [1, "#b35806"]];
const OPTIONS = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["lasso2d", "select2d"] };
const SMALL = { ...OPTIONS, displayModeBar: false };

let chosen = null;

const byId = (id) => document.getElementById(id);

// Texts of the data become text and never markup.
function make(tag, text, parent, name) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (name) made.className = name;
  if (parent) parent.appendChild(made);
  return made;
}

// Plotly takes some tags and entities in texts for markup.
function forPlotly(text, most = 24) {
  const said = String(text);
  const short = said.length > most ? said.slice(0, most - 1) + "…" : said;
  return short.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}

const signed = (value, digits) => (value > 0 ? "+" : "") + value.toFixed(digits);
const points = (value) => signed(100 * value, 3);
const probability = (value) => (value === null ? "" : value === 0 ? "< 1e-300" : value < 0.0001 ? value.toExponential(1) : value.toFixed(4));
const change = (value) => (value === null ? "" : Number(value).toPrecision(4));
const effectOf = (i) => (data.isRegression ? change(units.effect[i]) : points(units.effect[i]));
const layerOf = (number) => data.layers.find((layer) => layer.number === number);
const nameOf = (i) => `layer ${units.layer[i]}, unit ${units.unit[i]}`;
