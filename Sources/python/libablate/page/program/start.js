// What is shown when the page opens.

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
showMaps();
makeHeadings();
orderTable();
if (count) {
  const asked = numbers.get(decodeURIComponent(location.hash.slice(1)));
  const strongest = sorting.order.reduce((best, i) => (Math.abs(units.effect[i]) > Math.abs(units.effect[best]) ? i : best));
  showLayer(units.layer[asked ?? strongest]);
  byId("effects").on("plotly_click", (event) => choose(event.points[0].customdata));
  choose(asked ?? strongest);
}
