// Move a park's year and see the comparisons of Goodman-Bacon (2021), their weights, and the estimate move.
"use strict";

Pieces.add("bacon", (data, live, box) => {
  const { years, pairs, counts } = data;
  const T = years.length;
  const KINDS = ["treated vs never", "earlier vs later", "later vs earlier"];
  const first = [...data.first];
  const treated = pairs.map((_, unit) => unit).filter((unit) => data.first[unit] < T);

  function comparisons() {
    const groups = [...new Set(first)].sort((one, other) => one - other).map((start) => {
      const units = first.map((_, unit) => unit).filter((unit) => first[unit] === start);
      return { start, size: units.length, path: years.map((_, at) => Pieces.mean(units.map((unit) => counts[unit][at]))) };
    });
    const found = [];
    for (const [at, early] of groups.entries()) {
      for (const late of groups.slice(at + 1)) {
        const gap = early.path.map((value, t) => value - late.path[t]);
        const before = gap.slice(0, early.start);
        const between = gap.slice(early.start, late.start);
        const after = gap.slice(late.start);
        const [dEarly, dLate] = [1 - before.length / T, after.length / T];
        const size = early.size * late.size * (dEarly - dLate);
        const change = (from, to) => Pieces.mean(to) - Pieces.mean(from);
        const pair = late.start === T ? KINDS[0] : KINDS[1];
        found.push({ kind: pair, early, late, estimate: change(before, between), weight: size * (1 - dEarly) });
        if (after.length) found.push({ kind: KINDS[2], early, late, estimate: -change(between, after), weight: size * dLate });
      }
    }
    const total = Pieces.sum(found.map((one) => one.weight));
    return found.map((one) => ({ ...one, weight: one.weight / total }));
  }

  const value = (rows) => Pieces.sum(rows.map((one) => one.weight * one.estimate));
  const start = value(comparisons());
  const say = (at) => (at === T ? "never" : `${years[at]}`);

  const which = Pieces.select("Pair", treated.map((unit) => [unit, `${pairs[unit]} (${say(data.first[unit])})`]), () => take());
  const when = Pieces.slider("First year of its park", 1, T, 1, say, () => renew());
  const reset = Pieces.button("All as in the list", () => { first.splice(0, T * 100, ...data.first); take(); });
  const said = Pieces.el("p", { "aria-live": "polite" });
  const picture = Pieces.el("div", { class: "piece-picture" });
  const rows = Pieces.el("div", { class: "piece-table" });
  live.append(Pieces.el("div", { class: "piece-controls" }, which.node, when.node, reset), said, picture, rows);

  function take() {
    when.field.value = first[+which.field.value];
    when.tell();
    renew();
  }

  function mark(kind, x, y) {
    if (kind === KINDS[0]) return Pieces.svg("circle", { cx: x, cy: y, r: 4.5, class: "kind-0" });
    if (kind === KINDS[1]) return Pieces.svg("path", { d: `M${x} ${y - 5.5}l5 9h-10z`, class: "kind-1" });
    return Pieces.svg("rect", { x: x - 4, y: y - 4, width: 8, height: 8, class: "kind-2" });
  }

  function renew() {
    first[+which.field.value] = +when.field.value;
    const found = comparisons();
    const estimate = value(found);
    const kinds = KINDS.map((kind) => {
      const own = found.filter((one) => one.kind === kind);
      const weight = Pieces.sum(own.map((one) => one.weight));
      return { kind, number: own.length, weight, estimate: own.length ? value(own) / weight : NaN };
    });
    said.textContent = `The estimate is ${estimate.toFixed(3)}; with the years of the list it is ${start.toFixed(3)}.`;
    const axes = Pieces.plot({
      x: [0, Math.max(...found.map((one) => one.weight)) * 1.1],
      y: Pieces.span([...found.map((one) => one.estimate), estimate]),
      across: "Weight", up: "Estimate of a comparison, links",
      words: `Comparisons by weight and estimate. The mean by weight is ${estimate.toFixed(3)}.`,
    });
    const level = axes.Y(estimate);
    axes.node.append(Pieces.svg("line", { x1: axes.X(0), x2: axes.width - 10, y1: level, y2: level, class: "level" }));
    for (const one of found) axes.node.append(mark(one.kind, axes.X(one.weight), axes.Y(one.estimate)));
    const key = Pieces.el("p", { class: "piece-key" });
    for (const kind of KINDS) {
      key.append(Pieces.el("span", {}, Pieces.svg("svg", { viewBox: "0 0 14 14", "aria-hidden": "true" }, mark(kind, 7, 7)), ` ${kind}`));
    }
    picture.replaceChildren(axes.node, key);
    const shown = kinds.filter((one) => one.number);
    rows.replaceChildren(Pieces.table(
      ["Comparison", "Number", "Weight", "Mean estimate"],
      shown.map((one) => [one.kind, `${one.number}`, one.weight.toFixed(3), one.estimate.toFixed(3)]),
    ));
    box.state = { first: [...first], estimate, kinds: shown };
  }

  take();
});
