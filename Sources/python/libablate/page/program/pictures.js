// Bytes as pictures.

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
