// Ask the laboratory: choose dials, and see what its draws say of each estimator and its error.
"use strict";

Pieces.add("laboratory", (data, live, box) => {
  const { dials, cells, judged: tests, draws, level } = data;
  const percent = (share) => `${(100 * share).toFixed(1)}`;
  const fields = dials.map(({ words, options }) => Pieces.select(words, options.map((text, at) => [at, text]), () => renew()));
  const more = fields.length - 1;
  const said = Pieces.el("p", { "aria-live": "polite" });
  const picture = Pieces.el("div", { class: "piece-picture" });
  const rows = Pieces.el("div", { class: "piece-table" });
  live.append(Pieces.el("div", { class: "piece-controls" }, ...fields.map((one) => one.node)), said, picture, rows);

  // With one thing more the others but the number of pairs stand where the study has it.
  function chosen() {
    const free = +fields[more].field.value === 0;
    fields.forEach(({ field }, at) => {
      const held = !free && at > 0 && at < more;
      if (held) field.value = dials[at].held;
      field.disabled = held;
    });
    return fields.map(({ field }) => +field.value);
  }

  function drawn(shares) {
    const [left, row, long] = [190, 22, 120];
    const words = `Tests that reject the truth, per cent: ${tests.map((name, at) => `${name} ${percent(shares[at])}`).join("; ")}.`;
    const node = Pieces.svg("svg", { viewBox: `0 0 360 ${row * tests.length + 20}`, role: "img", "aria-label": words });
    shares.forEach((share, at) => {
      const y = row * at;
      node.append(Pieces.svg("text", { x: left - 6, y: y + 15, "text-anchor": "end" }, data.short[at]));
      node.append(Pieces.svg("rect", { class: "bar", x: left, y: y + 4, width: Math.max(0.5, share * long), height: row - 8 }));
      node.append(Pieces.svg("text", { x: left + share * long + 5, y: y + 15 }, percent(share)));
    });
    const [x, end] = [left + level * long, row * tests.length + 3];
    node.append(Pieces.svg("line", { x1: x, x2: x, y1: 0, y2: end, class: "level" }));
    node.append(Pieces.svg("text", { x, y: end + 13, "text-anchor": "middle" }, `${percent(level)} per cent`));
    return node;
  }

  function renew() {
    const at = chosen();
    const { truth, results } = cells[at.join("_")];
    const missed = results.map((one) => one[2]);
    const off = missed.filter((share) => Math.abs(share - level) > data.chance).length;
    said.textContent = `The true effect is ${truth.toFixed(3)}. Of ${tests.length} tests at ${percent(level)} per cent, ${off} reject it`
      + ` in a share of ${draws} draws that chance alone does not explain.`;
    picture.replaceChildren(
      Pieces.el("p", { class: "piece-small" }, "Draws in which the test rejects the true effect, per cent"), drawn(missed),
    );
    rows.replaceChildren(Pieces.table(
      ["Estimator and error", "Bias", "Std. deviation", "Rejects the truth, %", "Rejects zero, %"],
      results.map((one, place) => [tests[place], one[0].toFixed(3), one[1].toFixed(3), percent(one[2]), percent(one[3])]),
    ));
    box.state = { at, truth, results };
  }

  fields.forEach(({ field }, at) => { field.value = dials[at].base; });
  renew();
});
