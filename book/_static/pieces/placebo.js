// Draw placebo treatments and watch the distribution of their estimates fill.
"use strict";

Pieces.add("placebo", (data, live, box) => {
  const { years, pairs } = data;
  const [n, T] = [pairs.length, years.length];
  const outcome = data.counts.map((row) => row.map((count) => Math.log1p(count)));
  const real = data.first.filter((start) => start < T);
  const size = real.length;
  const truth = Pieces.twfe(outcome, data.first);
  // sums of each row from a place to its end
  const tails = Pieces.demeaned(outcome).map((row) => {
    let total = 0;
    return row.map((_, at) => (total += row[T - 1 - at])).reverse();
  });
  const BINS = 40;
  let draws = [];
  let random = null;

  // a generator of numbers from 0 to 1 with a seed (mulberry32)
  function generator(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    };
  }

  function chosen(from, number) {
    const left = [...from];
    for (let at = 0; at < number; at += 1) {
      const other = at + Math.floor(random() * (left.length - at));
      [left[at], left[other]] = [left[other], left[at]];
    }
    return left.slice(0, number);
  }

  // sum(D y) / sum(D D), both after pair and year effects: tails of residuals over what dates alone decide
  function estimate(units, first) {
    const above = Pieces.sum(units.map((unit, at) => tails[unit][first[at]]));
    const lengths = first.map((start) => T - start);
    const total = Pieces.sum(lengths);
    const inYear = years.map((_, at) => first.filter((start) => start <= at).length);
    const squares = (values) => Pieces.sum(values.map((one) => one * one));
    return above / (total - squares(lengths) / T - squares(inYear) / n + (total * total) / (n * T));
  }

  function draw(number) {
    for (let at = 0; at < number; at += 1) {
      const units = chosen(pairs.map((_, unit) => unit), size);
      const anew = () => units.map(() => 1 + Math.floor(random() * (T - 1)));
      const first = dates.field.value === "real" ? chosen(real, size) : anew();
      draws.push({ units, first, value: estimate(units, first) });
    }
    renew();
  }

  function begin() {
    random = generator(+seed.value || 0);
    draws = [];
    renew();
  }

  const dates = Pieces.select("Years", [["random", "at random"], ["real", "those of the real parks"]], begin);
  const seed = Pieces.el("input", { type: "number", min: 0, max: 999999, value: 1, oninput: begin });
  const buttons = [
    Pieces.button("Draw one", () => draw(1)), Pieces.button("Draw 100", () => draw(100)), Pieces.button("Start again", begin),
  ];
  const said = Pieces.el("p", { "aria-live": "polite" });
  const last = Pieces.el("p", { class: "piece-small" });
  const picture = Pieces.el("div", { class: "piece-picture" });
  const rows = Pieces.el("div", { class: "piece-table" });
  const label = Pieces.el("label", {}, Pieces.el("span", {}, "Seed"), seed);
  live.append(Pieces.el("div", { class: "piece-controls" }, dates.node, label, ...buttons), said, picture, rows, last);

  function renew() {
    const values = draws.map((one) => one.value);
    const far = values.filter((one) => Math.abs(one) >= Math.abs(truth) * (1 - 1e-9)).length;
    const p = (1 + far) / (1 + values.length);
    const centre = values.length ? Pieces.mean(values) : NaN;
    const spread = values.length ? Math.sqrt(Pieces.mean(values.map((one) => (one - centre) ** 2))) : NaN;
    const reach = Math.max(Math.abs(truth) * 1.4, ...values.map(Math.abs)) * 1.02;
    const bins = Array(BINS).fill(0);
    for (const one of values) bins[Math.min(BINS - 1, Math.floor(((one + reach) / (2 * reach)) * BINS))] += 1;
    const axes = Pieces.plot({
      x: [-reach, reach], y: [0, Math.max(5, ...bins) * 1.15], across: "Estimate", up: "Draws",
      words: `${values.length} draws; ${far} are as far from zero as the real estimate, ${truth.toFixed(3)}.`,
    });
    for (const [at, count] of bins.entries()) {
      const [from, to] = [axes.X(-reach + (2 * reach * at) / BINS), axes.X(-reach + (2 * reach * (at + 1)) / BINS)];
      axes.node.append(Pieces.svg("rect", { x: from, y: axes.Y(count), width: to - from - 0.5, height: axes.Y(0) - axes.Y(count), class: "bar" }));
    }
    const place = axes.X(truth);
    axes.node.append(Pieces.svg("line", { x1: place, x2: place, y1: axes.top, y2: axes.bottom, class: "level" }));
    axes.node.append(Pieces.note(place - 4, axes.top + 10, "real parks", { "text-anchor": truth > 0 ? "end" : "start" }));
    picture.replaceChildren(axes.node);
    said.textContent = `${values.length} draws. ${far} are as far from zero as the estimate of the real parks, so p = ${p.toFixed(4)}.`;
    rows.replaceChildren(Pieces.table(["Measure", "Value"], [
      ["Estimate of the real parks", truth.toFixed(4)],
      ["Mean of the draws", values.length ? centre.toFixed(4) : "–"],
      ["Standard deviation of the draws", values.length ? spread.toFixed(4) : "–"],
    ]));
    const one = draws.at(-1);
    last.textContent = one
      ? `Last draw: ${one.units.map((unit, at) => `${pairs[unit]} from ${years[one.first[at]]}`).join(", ")}. Estimate ${one.value.toFixed(4)}.`
      : "Nothing is drawn yet.";
    box.state = { draws, truth, far, p, centre, spread };
  }

  begin();
});
