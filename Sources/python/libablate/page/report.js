"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const units = data.units;
  const count = units.layer.length;
  const numbers = new Map();
  for (let i = 0; i < count; i++) numbers.set(`${units.layer[i]}.${units.unit[i]}`, i);

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
  const ROWS_OF_TABLE = 50;
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
  const probability = (value) => (value === null ? "" : value < 0.0001 ? value.toExponential(1) : value.toFixed(4));
  const change = (value) => (value === null ? "" : Number(value).toPrecision(4));
  const effectOf = (i) => (data.isRegression ? change(units.effect[i]) : points(units.effect[i]));
  const layerOf = (number) => data.layers.find((layer) => layer.number === number);
  const nameOf = (i) => `layer ${units.layer[i]}, unit ${units.unit[i]}`;

  // ---- the chart of a layer ----

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

  // ---- what is known of a unit: each panel takes the unit's number and its details, and fills a box or returns false ----

  function showFigures(i, details, box) {
    make("h3", "Figures", box);
    const table = make("table", null, box);
    const row = (name, value) => {
      const line = make("tr", null, table);
      make("td", name, line);
      make("td", value, line);
    };
    if (data.isRegression) {
      row("effect on the mean squared error", effectOf(i));
      row("mean squared error when ablated", change(units.squared_error[i]));
      row("mean absolute change of the output", change(units.absolute_change[i]));
      return;
    }
    row("effect on accuracy", `${effectOf(i)} points`);
    row("95 % interval", `${points(units.lower[i])} to ${points(units.upper[i])}`);
    row("rows made wrong (lost)", units.lost[i]);
    row("rows made right (gained)", units.gained[i]);
    row("rows predicted differently", units.changed[i]);
    row("p-value", probability(units.p_value[i]));
    row("p-value, adjusted", probability(units.adjusted_p_value[i]));
    if (units.affected_class[i] !== null) row("class that loses most", units.affected_class[i]);
    if (units.favoured_class[i] !== null) row("class predicted more often", units.favoured_class[i]);
  }

  function showConfusion(i, details, box) {
    if (!details.confusion) return false;
    make("h3", "Change of the confusion matrix", box);
    if (details.confusion.length === 0) {
      make("p", "No prediction changes.", box);
      return;
    }
    drawMatrix(box, details.confusion, true);
  }

  // Entries [label, prediction, rows]: as a picture, or as a list if there are many classes.
  function drawMatrix(box, entries, isChange) {
    const names = data.classes;
    if (names.length > 40) {
      const table = make("table", null, box);
      const line = make("tr", null, table);
      for (const word of ["label", "prediction", "rows"]) make("th", word, line);
      const ranked = [...entries].sort((a, b) => Math.abs(b[2]) - Math.abs(a[2])).slice(0, 20);
      for (const [label, prediction, rows] of ranked) {
        const row = make("tr", null, table);
        make("td", names[label], row);
        make("td", names[prediction], row);
        make("td", isChange ? signed(rows, 0) : rows, row);
      }
      if (entries.length > 20) make("p", `The 20 largest of ${entries.length}.`, box, "hint");
      return;
    }
    const filled = names.map(() => names.map(() => 0));
    const sums = names.map(() => 0);
    for (const [label, prediction, rows] of entries) {
      filled[label][prediction] = rows;
      sums[label] += rows;
    }
    const colours = isChange ? filled : filled.map((row, label) => row.map((rows) => rows / Math.max(1, sums[label])));
    const most = isChange ? Math.max(1, ...filled.flat().map(Math.abs)) : 1;
    const texts = filled.map((row) => row.map((rows) => (rows === 0 ? "" : isChange ? signed(rows, 0) : String(rows))));
    const hover = filled.map((row, label) => row.map((rows, prediction) =>
      `label ${forPlotly(names[label])}, predicted ${forPlotly(names[prediction])}: ${isChange ? signed(rows, 0) : rows} rows`));
    const places = names.map((_, place) => place);
    const shown = names.map((name) => forPlotly(name, 14));
    const axis = { tickmode: "array", tickvals: places, ticktext: shown, automargin: true, showgrid: false, zeroline: false };
    const chart = make("div", null, box, "square");
    Plotly.newPlot(chart, [{
      type: "heatmap", z: colours, x: places, y: places, text: texts, hovertext: hover, hoverinfo: "text",
      texttemplate: names.length <= 15 ? "%{text}" : undefined,
      zmin: isChange ? -most : 0, zmax: most, colorscale: isChange ? SIGNED : [[0, "#f7fbff"], [0.5, "#6baed6"], [1, "#08306b"]],
      colorbar: { title: { text: isChange ? "rows" : "share of label", side: "right" }, thickness: 12 },
    }], {
      margin: { l: 60, r: 10, t: 10, b: 50 }, xaxis: { ...axis, title: { text: "prediction" } },
      yaxis: { ...axis, title: { text: "label" }, autorange: "reversed" },
    }, SMALL);
  }

  function showWeights(i, details, box) {
    const weights = details.weights;
    make("h3", "Incoming weights", box);
    if (weights.bytes !== undefined) {
      const values = new Int8Array(bytes(weights.bytes).buffer);
      const canvas = paint(weights.rows, weights.columns, (place) => mixed(values[place] / 127));
      canvas.className = "weights";
      box.appendChild(canvas);
      make("p", `From −${change(weights.limit)} (purple) over 0 (white) to ${change(weights.limit)} (orange).`, box, "hint");
      return;
    }
    const names = weights.inputs.map((input) => (data.inputs && units.layer[i] === 0 ? data.inputs[input] : String(input)));
    const chart = make("div", null, box, "square");
    Plotly.newPlot(chart, [{
      type: "bar", x: weights.inputs.map((_, place) => place), y: weights.values,
      text: names.map((name, place) => `input ${forPlotly(name)}: ${change(weights.values[place])}`),
      textposition: "none", hovertemplate: "%{text}<extra></extra>",
      marker: { color: weights.values.map((value) => (value < 0 ? "#5e3c99" : "#b35806")) },
    }], {
      margin: { l: 55, r: 10, t: 10, b: 50 }, yaxis: { title: { text: "weight" } },
      xaxis: {
        title: { text: "input" }, tickmode: "array", tickvals: names.map((_, place) => place),
        ticktext: names.map((name) => forPlotly(name, 14)), automargin: true,
      },
    }, SMALL);
    if (weights.inputs.length < weights.of) make("p", `The ${weights.inputs.length} largest of ${weights.of}.`, box, "hint");
  }

  function showTopRows(i, details, box) {
    if (!details.top || details.top.length === 0) return false;
    box.className = "full";
    make("h3", "Rows that excite it most", box);
    showRows(box, details.top.map(([row, activation]) => {
      const [label, prediction] = data.rows[row];
      const last = data.isRegression ? `target ${label}, predicted ${prediction}` : `label ${label}, predicted ${prediction}`;
      return { row, lines: [`activation ${change(activation)}`, last] };
    }));
  }

  function showChanges(i, details, box) {
    if (!details.changes) return false;
    box.className = "full";
    make("h3", "Rows that its ablation changes", box);
    if (details.changes.length === 0) {
      make("p", "None.", box);
      return;
    }
    showRows(box, details.changes.map(([row, after, sign]) => {
      const [label, before] = data.rows[row];
      const kind = sign < 0 ? "lost" : sign > 0 ? "gained" : "";
      return { row, kind, lines: [`label ${label}`, `${before} → ${after}`, kind || "wrong before and after"] };
    }));
    const all = units.changed[i];
    if (details.changes.length < all) make("p", `The first ${details.changes.length} of ${all}.`, box, "hint");
  }

  function showRows(box, found) {
    const list = make("div", null, box, "rows");
    for (const { row, kind, lines } of found) {
      const figure = make("figure", null, list, kind || "");
      const known = data.pictures[row];
      if (known !== undefined) figure.appendChild(picture(known));
      const caption = make("figcaption", null, figure);
      for (const line of [`row ${row}`, ...lines]) make("div", line, caption);
      const values = data.rows[row][2];
      if (values) {
        const names = data.inputs || values.map((_, place) => String(place));
        make("div", values.map((value, place) => `${names[place]}: ${value}`).join("; "), caption, "hint");
        figure.style.width = "170px";
      }
    }
  }

  // ---- pictures ----

  function bytes(text) {
    const raw = atob(text);
    const out = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function paint(rows, columns, colour) {
    const canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d");
    const image = context.createImageData(columns, rows);
    for (let place = 0; place < rows * columns; place++) {
      const [red, green, blue] = colour(place);
      image.data.set([red, green, blue, 255], 4 * place);
    }
    context.putImageData(image, 0, 0);
    return canvas;
  }

  function picture(text) {
    const { rows, columns, channels } = data.picture;
    const values = bytes(text);
    return paint(rows, columns, (place) => (channels === 3
      ? [values[3 * place], values[3 * place + 1], values[3 * place + 2]]
      : [values[place], values[place], values[place]]));
  }

  const STOPS = SIGNED.map(([at, code]) => [at, [1, 3, 5].map((place) => parseInt(code.slice(place, place + 2), 16))]);

  // The colour of a value from -1 to 1.
  function mixed(value) {
    const at = (value + 1) / 2;
    let place = 1;
    while (place < STOPS.length - 1 && at > STOPS[place][0]) place++;
    const [low, first] = STOPS[place - 1];
    const [high, second] = STOPS[place];
    const share = (at - low) / (high - low);
    return first.map((part, c) => Math.round(part + share * (second[c] - part)));
  }

  // ---- choosing a unit ----

  const PANELS = [showFigures, showConfusion, showWeights, showTopRows, showChanges];

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

  // ---- the table ----

  const COLUMNS = data.isRegression
    ? [["layer", "layer"], ["unit", "unit"], ["effect", "effect"], ["squared error", "squared_error"], ["change", "absolute_change"]]
    : [["layer", "layer"], ["unit", "unit"], ["effect, points", "effect"], ["lost", "lost"], ["gained", "gained"],
      ["changed", "changed"], ["p", "p_value"], ["p adjusted", "adjusted_p_value"], ["verdict", "verdict"],
      ["loses most", "affected_class"], ["favoured", "favoured_class"]];
  const WORDS = new Set(["verdict", "affected_class", "favoured_class"]);
  const sorting = { column: "effect", ascending: true, page: 0, order: [] };

  function cell(column, i) {
    if (column === "effect") return effectOf(i);
    const value = units[column][i];
    if (column === "p_value" || column === "adjusted_p_value") return probability(value);
    return column === "squared_error" || column === "absolute_change" ? change(value) : value;
  }

  function sortTable(column) {
    sorting.ascending = sorting.column === column ? !sorting.ascending : true;
    sorting.column = column;
    orderTable();
  }

  function orderTable() {
    const values = units[sorting.column];
    const compare = WORDS.has(sorting.column)
      ? (a, b) => String(values[a] ?? "").localeCompare(String(values[b] ?? ""))
      : (a, b) => (values[a] ?? Infinity) - (values[b] ?? Infinity);
    const direction = sorting.ascending ? 1 : -1;
    sorting.order = Array.from({ length: count }, (_, i) => i).sort((a, b) => direction * compare(a, b) || a - b);
    sorting.page = 0;
    showTable();
  }

  function showTable() {
    const body = document.querySelector("#table tbody");
    body.replaceChildren();
    const first = sorting.page * ROWS_OF_TABLE;
    for (const i of sorting.order.slice(first, first + ROWS_OF_TABLE)) {
      const row = make("tr", null, body);
      row.dataset.place = i;
      row.addEventListener("click", () => choose(i));
      for (const [, column] of COLUMNS) make("td", cell(column, i), row, WORDS.has(column) ? "words" : "");
    }
    const last = Math.min(count, first + ROWS_OF_TABLE);
    byId("page").textContent = count ? `${first + 1} to ${last} of ${count}` : "none";
    byId("before").disabled = sorting.page === 0;
    byId("next").disabled = last >= count;
    for (const heading of document.querySelectorAll("#table th")) {
      const is = heading.dataset.column === sorting.column;
      heading.setAttribute("aria-sort", is ? (sorting.ascending ? "ascending" : "descending") : "none");
      heading.querySelector("span").textContent = is ? (sorting.ascending ? " ▲" : " ▼") : "";
    }
    markTable();
  }

  function markTable() {
    for (const row of document.querySelectorAll("#table tbody tr")) {
      row.classList.toggle("chosen", Number(row.dataset.place) === chosen);
    }
  }

  function makeHeadings() {
    const line = make("tr", null, document.querySelector("#table thead"));
    for (const [name, column] of COLUMNS) {
      const heading = make("th", null, line, WORDS.has(column) ? "words" : "");
      heading.dataset.column = column;
      const button = make("button", name, heading);
      button.type = "button";
      make("span", "", button);
      button.addEventListener("click", () => sortTable(column));
    }
    byId("before").addEventListener("click", () => { sorting.page--; showTable(); });
    byId("next").addEventListener("click", () => { sorting.page++; showTable(); });
  }

  // ---- the start ----

  for (const line of data.summary) make("li", line, byId("summary"));
  for (const line of data.notes) make("li", line, document.querySelector("#notes ul"));
  if (data.notes.length === 0) byId("notes").remove();
  for (const layer of data.layers) {
    const name = layer.name ? ` (${layer.name})` : "";
    const what = `${layer.number}${name}: ${layer.units} units, ${layer.activation}${layer.isOutput ? ", output" : ""}`;
    make("option", what, byId("layer")).value = String(layer.number);
  }
  byId("layer").addEventListener("change", (event) => showLayer(Number(event.target.value)));
  if (data.intact.confusion) drawMatrix(byId("confusion"), data.intact.confusion, false);
  else byId("intact").remove();
  makeHeadings();
  orderTable();
  if (count) {
    const asked = numbers.get(decodeURIComponent(location.hash.slice(1)));
    const strongest = sorting.order.reduce((best, i) => (Math.abs(units.effect[i]) > Math.abs(units.effect[best]) ? i : best));
    showLayer(units.layer[asked ?? strongest]);
    byId("effects").on("plotly_click", (event) => choose(event.points[0].customdata));
    choose(asked ?? strongest);
  }
})();
