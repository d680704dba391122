// What the pieces to play with share: elements, controls, tables and plots. Nothing is loaded; the data are in the page.
"use strict";

window.Pieces ??= (() => {
  const SPACE = "http://www.w3.org/2000/svg";

  function filled(node, given, children) {
    for (const [name, value] of Object.entries(given)) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  const el = (name, given = {}, ...children) => filled(document.createElement(name), given, children);
  const svg = (name, given = {}, ...children) => filled(document.createElementNS(SPACE, name), given, children);

  // A control with its label: an element with `value`, whose changes call `renew`.
  function select(words, options, renew) {
    const field = el("select", { oninput: renew });
    for (const [value, text] of options) field.append(new Option(text, value));
    return { field, node: el("label", {}, el("span", {}, words), field) };
  }

  function slider(words, least, most, value, say, renew) {
    const said = el("output", {}, say(value));
    const field = el("input", { type: "range", min: least, max: most, step: 1, value });
    const tell = () => { said.textContent = say(+field.value); field.setAttribute("aria-valuetext", said.textContent); };
    field.addEventListener("input", () => { tell(); renew(); });
    tell();
    return { field, tell, node: el("label", {}, el("span", {}, words), field, said) };
  }

  const button = (words, press) => el("button", { type: "button", onclick: press }, words);

  function table(heads, rows) {
    const cells = (row, name) => row.map((text, at) => el(at ? name : "th", at ? { class: "number" } : { scope: "row" }, text));
    const head = el("tr", {}, ...heads.map((text, at) => el("th", at ? { scope: "col", class: "number" } : { scope: "col" }, text)));
    return el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows.map((row) => el("tr", {}, ...cells(row, "td")))));
  }

  function steps(least, most, about) {
    const rough = (most - least) / about;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((one) => one * power >= rough);
    const first = Math.ceil(least / step - 1e-9);
    const found = [];
    for (let at = first; at * step <= most + step * 1e-9; at += 1) found.push(+(at * step).toPrecision(12));
    return found;
  }

  // An empty plot with axes; X and Y turn numbers into places, and `words` is what it shows, for who cannot see it.
  function plot({ x, y, across, up, words, height = 220, years = false }) {
    const width = 360;
    const [left, right, top, bottom] = [46, 10, 22, 34];
    const X = (value) => left + ((value - x[0]) / (x[1] - x[0])) * (width - left - right);
    const Y = (value) => height - bottom - ((value - y[0]) / (y[1] - y[0])) * (height - top - bottom);
    const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": words });
    for (const at of steps(...y, 5)) {
      node.append(svg("line", { x1: left, x2: width - right, y1: Y(at), y2: Y(at), class: at ? "grid" : "axis" }));
      node.append(svg("text", { x: left - 5, y: Y(at) + 4, "text-anchor": "end" }, `${at}`));
    }
    for (const at of steps(...x, 6).filter((one) => !years || Number.isInteger(one))) {
      node.append(svg("text", { x: X(at), y: height - bottom + 14, "text-anchor": "middle" }, `${at}`));
    }
    node.append(svg("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, across));
    node.append(svg("text", { x: 2, y: 12 }, up));
    return { node, X, Y, width, height, bottom: height - bottom, top };
  }

  // The words of a mark on a plot, readable over what is below them.
  const note = (x, y, text, given = {}) => svg("text", { x, y, class: "note", ...given }, text);

  function span(values) {
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
    const room = (most - least || 1) * 0.08;
    return [least - (least < 0 ? room : 0), most + room];
  }

  // Takes the still picture out of the box of a piece and lets `make` fill it.
  function add(name, make) {
    for (const box of document.querySelectorAll(`[data-piece="${name}"]`)) {
      const data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
      const live = el("div", { class: "piece-live" });
      make(data, live, box);
      box.querySelector(".piece-still").replaceWith(live);
    }
  }

  const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const sum = (values) => values.reduce((total, one) => total + one, 0);

  // A matrix (units x periods) without unit and period means, the grand mean added.
  function demeaned(matrix) {
    const rows = matrix.map(mean);
    const columns = matrix[0].map((_, at) => mean(matrix.map((row) => row[at])));
    const all = mean(rows);
    return matrix.map((row, unit) => row.map((value, at) => value - rows[unit] - columns[at] + all));
  }

  // The two-way fixed-effects estimate. `first` has the place of each unit's first treated period, T for never.
  function twfe(matrix, first) {
    const treat = matrix.map((row, unit) => row.map((_, at) => (at >= first[unit] ? 1 : 0)));
    const left = demeaned(treat);
    const products = (other) => sum(left.flatMap((row, unit) => row.map((value, at) => value * other[unit][at])));
    return products(matrix) / products(treat);
  }

  return { add, button, demeaned, el, mean, note, plot, select, slider, span, sum, svg, table, twfe };
})();
