// Move the threshold and the year and see which arrows of the network remain.
"use strict";

Pieces.add("network", (data, live, box) => {
  const { years, cities, counts } = data;
  const n = cities.length;
  const SIDE = 13;
  const LEFT = 74;

  const least = Pieces.slider("Threshold", 1, data.most, data.threshold, (value) => (value === 1 ? "1 link" : `${value} links`), () => renew());
  const when = Pieces.slider("Year", 0, years.length - 1, years.length - 1, (at) => `${years[at]}`, () => renew());
  const reading = Pieces.select("An arrow has", [["at_least", "at least so many"], ["more_than", "more than so many"]], () => renew());
  const said = Pieces.el("p", { "aria-live": "polite" });
  const picture = Pieces.el("div", { class: "piece-picture" });
  const rows = Pieces.el("details", { class: "piece-table" });
  live.append(Pieces.el("div", { class: "piece-controls" }, least.node, when.node, reading.node), said, picture, rows);

  // the squares of the matrix are made once; a class shows which are filled
  const matrix = Pieces.svg("svg", { viewBox: `0 0 ${LEFT + n * SIDE + 2} ${n * SIDE + 16}`, role: "img" });
  const squares = [];
  matrix.append(Pieces.svg("text", { x: LEFT, y: 10 }, "in: the same cities, in the same order"));
  for (const [from, city] of cities.entries()) {
    matrix.append(Pieces.svg("text", { x: LEFT - 5, y: 16 + (from + 0.78) * SIDE, "text-anchor": "end" }, city));
    for (const to of cities.keys()) {
      const square = Pieces.svg("rect", { x: LEFT + to * SIDE, y: 16 + from * SIDE, width: SIDE - 1.5, height: SIDE - 1.5 });
      squares.push(square);
      matrix.append(square);
    }
  }

  function renew() {
    const at = +when.field.value;
    const bound = +least.field.value + (reading.field.value === "more_than" ? 1 : 0);
    const edges = counts.map((year) => year.filter((count) => count >= bound).length);
    const density = edges.map((number) => number / (n * (n - 1)));
    squares.forEach((square, place) => {
      const own = Math.floor(place / n) === place % n;
      square.setAttribute("class", own ? "own" : counts[at][place] >= bound ? "on" : "off");
    });
    matrix.setAttribute("aria-label", `${edges[at]} of ${n * (n - 1)} arrows in ${years[at]}. Rows invest, columns receive.`);
    said.textContent = `In ${years[at]}, ${edges[at]} of ${n * (n - 1)} arrows: density ${density[at].toFixed(3)}.`;
    const axes = Pieces.plot({
      x: [years[0] - 0.5, years.at(-1) + 0.5], y: [0, Math.max(0.1, ...density) * 1.1], years: true, across: "Year", up: "Density",
      height: 190, words: `Density by year, from ${density[0].toFixed(3)} to ${density.at(-1).toFixed(3)}.`,
    });
    axes.node.append(Pieces.svg("polyline", { class: "line", points: density.map((value, year) => `${axes.X(years[year])},${axes.Y(value)}`).join(" ") }));
    axes.node.append(Pieces.svg("circle", { cx: axes.X(years[at]), cy: axes.Y(density[at]), r: 5, class: "kind-1" }));
    picture.replaceChildren(axes.node, Pieces.el("p", { class: "piece-small" }, "Filled: firms of the city on the left invest in firms of another city."), matrix);
    const open = rows.open;
    rows.replaceChildren(
      Pieces.el("summary", {}, "As a table"),
      Pieces.table(["Year", "Arrows", "Density"], years.map((year, place) => [`${year}`, `${edges[place]}`, density[place].toFixed(3)])),
    );
    rows.open = open;
    box.state = { edges, density };
  }

  renew();
});
