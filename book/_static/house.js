// What the pages do by themselves: tables for narrow screens, names for buttons, code on or off, the filter of the
// scorecard, and light colours on paper. Without this script every page can be read: wide tables scroll.
"use strict";

const GRADE = "Grade";
const ALL = "all";

function gradedTables() {
  return [...document.querySelectorAll("article section table")].filter((table) => {
    const head = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    return head.includes("Printed") && head.at(-1) === GRADE && number(table);
  });
}

function number(table) {
  const heading = table.closest("section").querySelector(":scope > h3");
  return heading ? (heading.textContent.match(/^Table (\d+)/) || ["", ""])[1] : "";
}

function chooser(label, values) {
  const field = document.createElement("label");
  const select = document.createElement("select");
  select.append(...[ALL, ...values].map((value) => new Option(value, value)));
  select.name = label.toLowerCase();
  field.append(`${label} `, select);
  return field;
}

function wanted(form) {
  return Object.fromEntries([...form.querySelectorAll("select")].map((select) => [select.name, select.value]));
}

function apply(form, tables) {
  const { table: only, grade } = wanted(form);
  let shown = 0;
  for (const table of tables) {
    const here = only === ALL || number(table) === only;
    let left = 0;
    for (const row of table.querySelectorAll("tbody tr")) {
      row.hidden = grade !== ALL && row.lastElementChild.textContent.trim() !== grade;
      left += row.hidden ? 0 : 1;
    }
    table.closest("section").hidden = !here || left === 0;
    shown += here ? left : 0;
  }
  form.querySelector("output").textContent = `${shown} printed numbers`;
}

function remembered(form) {
  return new URLSearchParams(Object.entries(wanted(form)).filter(([, value]) => value !== ALL)).toString();
}

function remember(form) {
  const hash = remembered(form);
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

function recall(form) {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const select of form.querySelectorAll("select")) {
    const value = given.get(select.name);
    select.value = [...select.options].some((option) => option.value === value) ? value : ALL;
  }
}

function addFilter() {
  const tables = gradedTables();
  if (!tables.length) return;
  const grades = new Set(tables.flatMap((table) => [...table.querySelectorAll("tbody td:last-child")].map((cell) => cell.textContent.trim())));
  const form = document.createElement("form");
  form.className = "filter";
  form.setAttribute("aria-label", "Rows to show");
  form.append(chooser("Table", tables.map(number)), chooser(GRADE, [...grades].sort()), document.createElement("output"));
  form.querySelector("output").setAttribute("aria-live", "polite");
  tables[0].closest("section").before(form);
  const renew = () => apply(form, tables);
  form.addEventListener("change", () => { remember(form); renew(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => { recall(form); renew(); });
  recall(form);
  renew();
  if (remembered(form)) window.addEventListener("load", () => form.scrollIntoView());
}

document.addEventListener("DOMContentLoaded", addFilter);

// Paper is white: a page that is dark on the screen is printed in the colours of the light one.
function printInLight() {
  const page = document.documentElement;
  let former = null;
  const begin = () => { former = former ?? page.dataset.theme; page.dataset.theme = "light"; };
  const end = () => { page.dataset.theme = former ?? page.dataset.theme; former = null; };
  const paper = window.matchMedia("print");
  paper.addEventListener("change", () => (paper.matches ? begin() : end()));
  window.addEventListener("beforeprint", begin);
  window.addEventListener("afterprint", end);
}

printInLight();

// Tables: on a narrow screen a row whose cells would be cut is stacked, and every cell names its head.
const NARROW = window.matchMedia("screen and (max-width: 767px)");
const LONG = 32;

function articleTables() {
  return [...document.querySelectorAll("article table")].filter((table) => !table.closest("pre, .highlighttable"));
}

function nameCells(table) {
  const heads = [...(table.tHead?.rows ?? [])];
  const names = heads.length === 1 ? [...heads[0].cells].map((cell) => cell.textContent.trim()) : [];
  table.classList.toggle("wide", (table.rows[0]?.cells.length ?? 0) > 6);
  if (!names.length || !names[0] || names.length < 2) {
    table.classList.add("sticky");
    return;
  }
  for (const row of [...table.tBodies].flatMap((body) => [...body.rows])) {
    for (const [at, cell] of [...row.cells].entries()) {
      if (names[at]) cell.dataset.head = names[at];
      if (names[at] === GRADE) cell.classList.add("grade");
      cell.classList.add(cell.textContent.trim().length + (names[at] ?? "").length > LONG ? "long" : "short");
      if (!cell.textContent.trim() && !cell.querySelector("img, input")) cell.textContent = "";
    }
  }
}

// The roles keep a stacked table a table for those who hear it.
const ROLES = [["table", ":scope"], ["rowgroup", "thead, tbody"], ["row", "tr"], ["columnheader", "thead th"], ["cell", "td"], ["rowheader", "tbody th"]];

function stack(table, whether) {
  table.classList.toggle("stacked", whether);
  for (const [role, choice] of ROLES) {
    const parts = choice === ":scope" ? [table] : table.querySelectorAll(choice);
    for (const part of parts) whether ? part.setAttribute("role", role) : part.removeAttribute("role");
  }
}

function fitTables(tables) {
  const wide = new Set();
  for (const table of tables) stack(table, false);
  if (NARROW.matches) {
    for (const table of tables) {
      const box = table.parentElement;
      if (!table.classList.contains("sticky") && table.checkVisibility() && table.scrollWidth > box.clientWidth + 1) wide.add(table);
    }
  }
  for (const table of wide) stack(table, true);
}

// What scrolls sideways can be reached by keyboard, has a name, and a shadow where there is more.
const SCROLLING = "article pre, .enclave-table > div, .pst-scrollable-table-container, article div.math, article div.cell_output .text_html";

function what(box) {
  if (box.matches("pre")) return "Code, scrolls sideways";
  if (box.matches("div.math")) return "Equation, scrolls sideways";
  const title = box.closest(".enclave-table")?.querySelector(".title")?.textContent;
  return `${title || "Table"}, scrolls sideways`;
}

function shade(box) {
  const rest = box.scrollWidth - box.clientWidth;
  box.classList.toggle("more-left", rest > 1 && box.scrollLeft > 1);
  box.classList.toggle("more-right", rest > 1 && box.scrollLeft < rest - 1);
}

function reach(box) {
  const scrolls = box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX);
  if (scrolls) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", what(box));
  } else if (box.getAttribute("role") === "region" || box.hasAttribute("tabindex")) {
    for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
  shade(box);
}

function fit(tables) {
  fitTables(tables);
  // regions of one name would be one landmark: each gets its number
  const boxes = [...document.querySelectorAll(SCROLLING)].filter((box) => box.checkVisibility());
  boxes.forEach(reach);
  const named = {};
  for (const box of boxes.filter((one) => one.getAttribute("role") === "region")) {
    const name = box.getAttribute("aria-label");
    named[name] = (named[name] ?? 0) + 1;
    if (named[name] > 1) box.setAttribute("aria-label", `${name} (${named[name]})`);
  }
}

function fitPage() {
  const tables = articleTables();
  tables.forEach(nameCells);
  const again = () => fit(tables);
  again();
  let waiting = 0;
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(again, 100); });
  window.addEventListener("load", again);
  document.addEventListener("toggle", again, true);
  document.addEventListener("click", (event) => { if (event.target.closest(".admonition.dropdown, .toggle-button")) setTimeout(again, 50); });
  document.addEventListener("change", (event) => { if (event.target.matches(".sd-tab-set > input")) setTimeout(again, 50); });
  document.addEventListener("scroll", (event) => { if (event.target.matches?.(SCROLLING)) shade(event.target); }, true);
}

document.addEventListener("DOMContentLoaded", fitPage);

// Buttons say what they open. The scripts of the theme make some of them later.
function nameButtons() {
  for (const button of document.querySelectorAll("button.toggle-button")) {
    const title = button.closest(".admonition")?.querySelector(".admonition-title")?.textContent.trim() || "hidden content";
    const place = button.closest("section")?.querySelector("h1, h2, h3")?.firstChild?.textContent?.trim();
    button.setAttribute("aria-label", `Open or close: ${title}${place ? ` (${place})` : ""}`);
  }
  // what stands on a summary is its name
  for (const summary of document.querySelectorAll("summary[aria-label]")) summary.removeAttribute("aria-label");
  const names = { ".primary-toggle": "Chapters", ".secondary-toggle": "Contents of this page", ".btn-fullscreen-button": "Whole screen" };
  for (const [choice, name] of Object.entries(names)) {
    for (const button of document.querySelectorAll(choice)) button.setAttribute("aria-label", name);
  }
}

window.addEventListener("load", nameButtons);

// Code is hidden or shown in the whole book with one click.
const CODE = "enclave-code";

function kept() {
  try { return localStorage.getItem(CODE); } catch { return null; }
}

function codeSwitch() {
  const place = document.querySelector(".article-header-buttons");
  if (!place) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm pst-navbar-icon code-switch";
  button.innerHTML = '<span class="fa-solid fa-code" aria-hidden="true"></span>';
  const show = (hidden) => {
    document.documentElement.dataset.code = hidden ? "hidden" : "shown";
    button.title = hidden ? "Show the code in the whole book" : "Hide the code in the whole book";
    button.setAttribute("aria-label", button.title);
  };
  button.addEventListener("click", () => {
    const hidden = document.documentElement.dataset.code !== "hidden";
    try { localStorage.setItem(CODE, hidden ? "hidden" : "shown"); } catch { /* a page without a memory */ }
    show(hidden);
    window.dispatchEvent(new Event("resize"));
  });
  show(kept() === "hidden");
  place.prepend(button);
}

document.addEventListener("DOMContentLoaded", codeSwitch);
