// What the pages do by themselves: the filter of the scorecard, and light colours on paper.
// Without this script the scorecard shows every row, and a page is printed in the colours of the screen.
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
