// Change the links of one pair and see what two-way fixed effects and Callaway and Sant'Anna make of it.
"use strict";

Pieces.add("counts", (data, live, box) => {
  const { years, pairs } = data;
  const T = years.length;
  const counts = data.counts.map((row) => [...row]);
  const treated = data.first.map((_, unit) => unit).filter((unit) => data.first[unit] < T);
  const never = data.first.map((_, unit) => unit).filter((unit) => data.first[unit] === T);
  const MOST = 999;

  // mean over treated pairs and years of the change since the year before the park, less that of pairs never treated
  function groupTime(matrix) {
    const compared = years.map((_, at) => Pieces.mean(never.map((unit) => matrix[unit][at])));
    const effects = treated.flatMap((unit) => {
      const base = data.first[unit] - 1;
      const gap = (at) => matrix[unit][at] - matrix[unit][base] - (compared[at] - compared[base]);
      return years.map((_, at) => at).filter((at) => at > base).map(gap);
    });
    return Pieces.mean(effects);
  }

  const both = (matrix) => ({ twfe: Pieces.twfe(matrix, data.first), cs: groupTime(matrix) });
  const before = both(data.counts);
  const name = (unit) => (data.first[unit] < T ? `${pairs[unit]} (${years[data.first[unit]]})` : pairs[unit]);
  const which = Pieces.select("Pair", [], () => take());
  for (const [words, units] of [["With a park, and its first year", treated], ["Never a park", never]]) {
    which.field.append(Pieces.el("optgroup", { label: words }, ...units.map((unit) => new Option(name(unit), unit))));
  }
  const fields = years.map((year, at) => Pieces.el("input", {
    type: "number", min: 0, max: MOST, inputmode: "numeric", oninput: () => change(at),
  }));
  const cells = fields.map((field, at) => Pieces.el("label", {}, Pieces.el("span", {}, `${years[at]}`), field));
  const grid = Pieces.el("fieldset", { class: "piece-years" }, Pieces.el("legend", {}, "Links in each year"), ...cells);
  const unit = () => +which.field.value;
  const twice = Pieces.button("Double the years with a park", () => {
    counts[unit()] = counts[unit()].map((count, at) => (at >= data.first[unit()] ? Math.min(MOST, 2 * count) : count));
    take();
  });
  const reset = Pieces.button("All as in the panel", () => { data.counts.forEach((row, at) => { counts[at] = [...row]; }); take(); });
  const said = Pieces.el("p", { "aria-live": "polite" });
  const picture = Pieces.el("div", { class: "piece-picture" });
  const rows = Pieces.el("div", { class: "piece-table" });
  live.append(Pieces.el("div", { class: "piece-controls" }, which.node, twice, reset), grid, said, picture, rows);

  function take() {
    fields.forEach((field, at) => { field.value = counts[unit()][at]; field.classList.toggle("with-park", at >= data.first[unit()]); });
    twice.disabled = data.first[unit()] === T;
    renew();
  }

  function change(at) {
    const given = Math.round(+fields[at].value);
    counts[unit()][at] = Number.isFinite(given) ? Math.min(MOST, Math.max(0, given)) : 0;
    renew();
  }

  function line(axes, path, given) {
    axes.node.append(Pieces.svg("polyline", { points: path.map((count, at) => `${axes.X(years[at])},${axes.Y(count)}`).join(" "), ...given }));
  }

  function renew() {
    const now = both(counts);
    const sign = (value) => (value < 0 ? "" : "+") + value.toFixed(3);
    said.textContent = `Two-way fixed effects: ${now.twfe.toFixed(3)}. Callaway and Sant'Anna: ${now.cs.toFixed(3)}.`;
    const axes = Pieces.plot({
      x: [years[0] - 0.5, years[T - 1] + 0.5], y: Pieces.span([...counts[unit()], ...data.counts[unit()]]), years: true,
      across: "Year", up: `Links of ${pairs[unit()]}`, height: 190,
      words: `Links of ${pairs[unit()]} by year: ${counts[unit()].join(", ")}.`,
    });
    if (data.first[unit()] < T) {
      const park = axes.X(years[data.first[unit()]] - 0.5);
      axes.node.append(Pieces.svg("line", { x1: park, x2: park, y1: axes.top, y2: axes.bottom, class: "level" }));
      axes.node.append(Pieces.note(park - 3, axes.top + 10, "park", { "text-anchor": "end" }));
    }
    line(axes, data.counts[unit()], { class: "line former" });
    line(axes, counts[unit()], { class: "line" });
    picture.replaceChildren(axes.node);
    const row = (words, key) => [words, before[key].toFixed(3), now[key].toFixed(3), sign(now[key] - before[key])];
    rows.replaceChildren(Pieces.table(
      ["Estimate", "As in the panel", "Now", "Change"],
      [row("Two-way fixed effects", "twfe"), row("Callaway and Sant'Anna, simple", "cs")],
    ));
    box.state = { counts: counts.map((one) => [...one]), ...now };
  }

  take();
});
