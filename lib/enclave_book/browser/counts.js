// What of a page is cut at the width of the window. Folded content is not counted.
(() => {
  "use strict";
  const article = document.querySelector("article") || document.body;
  const seen = (tag) => tag.checkVisibility() && tag.getBoundingClientRect().width > 1;
  const all = (choice) => [...article.querySelectorAll(choice)].filter(seen);
  const scrolls = (tag) => /auto|scroll|hidden/.test(getComputedStyle(tag).overflowX);
  // the box in which a tag scrolls, or the window
  const box = (tag) => {
    for (let at = tag; at && at !== document.body; at = at.parentElement) if (scrolls(at)) return at;
    return document.documentElement;
  };
  const edge = (tag) => {
    const around = box(tag);
    return Math.min(innerWidth, around === document.documentElement ? innerWidth : around.getBoundingClientRect().right);
  };
  const wide = (tag) => { const around = box(tag); return around.scrollWidth > around.clientWidth + 1; };
  // formulas may be drawn beyond their own box
  const drawnBeyond = (tag) => [...tag.querySelectorAll("math, mjx-container svg")].some((part) => part.getBoundingClientRect().right > tag.getBoundingClientRect().right + 1);
  const code = all("pre").filter((tag) => !tag.closest("table"));
  const tables = all("table").filter((tag) => !tag.classList.contains("highlighttable") && !tag.closest("pre"));
  const equations = all("div.math");
  const graded = tables.filter((table) => [...table.querySelectorAll("thead th")].some((cell) => cell.textContent.trim() === "Grade"));
  const place = (table) => [...table.querySelectorAll("thead tr:last-child th")].findIndex((cell) => cell.textContent.trim() === "Grade");
  const beyond = (table) => [...table.querySelectorAll("tbody tr")].filter(seen).some((row) => {
    const cell = row.cells[place(table)];
    return cell && cell.getBoundingClientRect().right > edge(cell.parentElement) + 1;
  });
  const title = (table) => {
    const own = table.closest(".enclave-table")?.querySelector(".title");
    return (own ?? table.closest("section")?.querySelector("h1, h2, h3, h4"))?.firstChild.textContent.trim() ?? "";
  };
  return {
    cut: tables.filter(wide).map(title).join("; "),
    code: code.length, code_cut: code.filter(wide).length,
    tables: tables.length, tables_cut: tables.filter(wide).length,
    equations: equations.length, equations_cut: equations.filter((tag) => wide(tag) || drawnBeyond(tag)).length,
    graded: graded.length, grades_off: graded.filter(beyond).length,
    sideways: document.documentElement.scrollWidth > document.documentElement.clientWidth + 1 ? 1 : 0,
    height: document.documentElement.scrollHeight,
  };
})()
