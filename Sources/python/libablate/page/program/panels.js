// What is known of a unit. Each panel takes the unit's place and its details, and fills a box or returns false.

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
  if (units.affected_class[i] !== null) row("class whose share of right rows falls most", units.affected_class[i]);
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
    if (weights.kernels) {
      const all = weights.kernels === weights.of ? `${weights.of}, one for each input channel` : `the ${weights.kernels} largest of ${weights.of}`;
      make("p", `Kernels of this channel: ${all}.`, box, "hint");
    }
    make("p", `From −${change(weights.limit)} (purple) over 0 (white) to ${change(weights.limit)} (orange).`, box, "hint");
    return;
  }
  const names = weights.inputs.map((input) => (data.inputs && units.layer[i] === 0 ? data.inputs[input] : String(input)));
  const every = Math.ceil(names.length / 16);
  const ticks = names.map((_, place) => place).filter((place) => place % every === 0);
  const chart = make("div", null, box, "square");
  Plotly.newPlot(chart, [{
    type: "bar", x: weights.inputs.map((_, place) => place), y: weights.values,
    text: names.map((name, place) => `input ${forPlotly(name)}: ${change(weights.values[place])}`),
    textposition: "none", hovertemplate: "%{text}<extra></extra>",
    marker: { color: weights.values.map((value) => (value < 0 ? "#5e3c99" : "#b35806")) },
  }], {
    margin: { l: 55, r: 10, t: 10, b: 50 }, yaxis: { title: { text: "weight" } },
    xaxis: {
      title: { text: "input" }, tickmode: "array", tickvals: ticks,
      ticktext: ticks.map((place) => forPlotly(names[place], 14)), automargin: true,
    },
  }, SMALL);
  if (weights.inputs.length < weights.of) make("p", `The ${weights.inputs.length} largest of ${weights.of}.`, box, "hint");
}

function showTopRows(i, details, box) {
  if (!details.top || details.top.length === 0) return false;
  box.className = "full";
  make("h3", "Rows that excite it most", box);
  const what = layerOf(units.layer[i]).isConvolution ? "mean activation" : "activation";
  showRows(box, details.top.map(([row, activation]) => {
    const [label, prediction] = data.rows[row];
    const last = data.isRegression ? `target ${label}, predicted ${prediction}` : `label ${label}, predicted ${prediction}`;
    return { row, lines: [`${what} ${change(activation)}`, last] };
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

const PANELS = [showFigures, showConfusion, showWeights, showTopRows, showChanges];
