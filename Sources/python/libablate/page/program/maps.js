// A slider: what a class looks at, and what a row is taken for, while units go.

const STRENGTH = 0.65;

function showMaps() {
  const section = byId("maps");
  if (!data.maps) {
    section.remove();
    return;
  }
  const { rows, points, orders } = data.maps;
  make("p", "Units of the last convolution go, in an order set by the weights with which the output layer reads them for the class.", section);
  const controls = make("p", null, section);
  const choice = (id, texts) => {
    const select = make("select", null, controls);
    select.id = id;
    texts.forEach(([value, text]) => { make("option", text, select).value = value; });
    select.addEventListener("change", draw);
    return select;
  };
  const row = choice("map-row", rows.map((known, place) => [String(place), `row ${known.row}: ${data.classes[known.class]}`]));
  row.setAttribute("aria-label", "Row");
  const order = choice("map-order", Object.entries(orders));
  order.setAttribute("aria-label", "Order");
  const slider = make("input", null, make("label", "Units gone ", controls));
  slider.id = "map-step";
  Object.assign(slider, { type: "range", min: "0", max: String(points.length - 1), step: "1", value: "0" });
  slider.addEventListener("input", draw);
  const said = make("p", null, section);
  said.id = "map-said";
  said.setAttribute("aria-live", "polite");
  const shown = make("div", null, section, "shown");
  make("p", "Bright: speaks for the class; the colours mean the same at all positions of the slider.", section, "hint").style.marginLeft = "0";
  draw();

  function draw() {
    const known = rows[Number(row.value)];
    const step = Number(slider.value);
    const found = known.orders[order.value];
    const first = found.first[step];
    const name = data.classes[known.class];
    const kept = found.windows[step];
    const stays = kept ? `weights from ${change(kept[0])} to ${change(kept[1])} stay` : "none stays";
    const label = first[0][0];
    said.textContent = `${points[step]} of ${points[points.length - 1]} units gone, ${stays}. ` +
      `Taken for ${data.classes[label]}; probability of ${name}: ${(100 * found.probability[step]).toFixed(1)} %.`;
    said.className = label === known.class ? "" : "changed";
    slider.setAttribute("aria-valuetext", `${points[step]} units gone`);
    shown.replaceChildren(overlay(known.row, found, step), table(first, known.class));
  }

  function table(first, own) {
    const made = make("table");
    for (const [label, share] of first) {
      const line = make("tr", null, made, label === own ? "own" : "");
      make("td", data.classes[label], line);
      make("td", `${(100 * share).toFixed(1)} %`, line);
      make("div", null, make("td", null, line, "bar")).style.width = `${100 * share}%`;
    }
    return made;
  }
}

// A row's picture, darkened where nothing speaks for the class, at least as fine as the eye can see the map's slopes.
function overlay(row, found, step) {
  const { rows, columns, channels } = data.picture;
  const known = data.pictures[row];
  const pixels = known === undefined ? null : bytes(known);
  const values = new Int8Array(bytes(found.maps[step]).buffer);
  const times = Math.max(1, Math.ceil(140 / Math.max(rows, columns)));
  const high = rows * times;
  const wide = columns * times;
  return paint(high, wide, (place) => {
    const y = Math.floor(place / wide);
    const x = place % wide;
    const strength = Math.max(0, between(values, found, (y + 0.5) / high, ((x + 0.5) / wide * data.maps.across) % 1)) / 127;
    const at = (Math.floor(y / times) * columns + Math.floor(x / times)) * channels;
    const heat = glow(strength);
    return heat.map((part, c) => {
      const grey = pixels ? pixels[at + (channels === 3 ? c : 0)] : 0;
      return Math.round(STRENGTH * part + (1 - STRENGTH) * grey);
    });
  });
}

// The map at a place, each from 0 to 1, by bilinear interpolation between the middles of its cells.
function between(values, { height, width }, y, x) {
  const down = Math.min(height - 1, Math.max(0, y * height - 0.5));
  const right = Math.min(width - 1, Math.max(0, x * width - 0.5));
  const top = Math.floor(down);
  const left = Math.floor(right);
  const low = Math.min(height - 1, top + 1);
  const far = Math.min(width - 1, left + 1);
  const mix = (line) => values[line * width + left] * (left + 1 - right) + values[line * width + far] * (right - left);
  return mix(top) * (top + 1 - down) + mix(low) * (down - top);
}

// Matplotlib's inferno, at six places.
const GLOW = [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]];

function glow(strength) {
  const at = Math.min(1, strength) * (GLOW.length - 1);
  const place = Math.min(GLOW.length - 2, Math.floor(at));
  return GLOW[place].map((part, c) => part + (at - place) * (GLOW[place + 1][c] - part));
}
