// The table of all units, page by page.

const ROWS_OF_TABLE = 50;
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
    row.tabIndex = 0;
    row.addEventListener("click", () => choose(i));
    row.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(i); });
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
