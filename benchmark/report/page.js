"use strict";
// Sorting, filtering and the theme. The page is complete without it.
(() => {
  const number = (text) => (text.trim() !== "" && isFinite(text) ? Number(text) : null);
  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (x !== null && y !== null) return x - y;
    return a.localeCompare(b, undefined, { numeric: true });
  };

  const sortBy = (table, column, heading) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = table.tBodies[0];
    const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
    const unknown = (row) => key(row) === "";  // comes last either way
    const order = (a, b) => unknown(a) - unknown(b) || compare(key(a), key(b)) * (down ? -1 : 1);
    const rows = [...body.rows].sort(order);
    body.append(...rows);
  };

  const addSorting = (table) => {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      if (heading.classList.contains("plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", () => sortBy(table, column, heading));
      heading.replaceChildren(button);
    });
  };

  const addFilter = (table) => {
    if (table.tBodies[0].rows.length < 6) return;
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "filter";
    input.setAttribute("aria-label", "filter: " + table.caption.textContent);
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/);
      for (const row of table.tBodies[0].rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
    table.caption.append(input);
  };

  document.querySelectorAll("table.sortable").forEach((table) => {
    addSorting(table);
    addFilter(table);
  });

  const themes = ["auto", "light", "dark"];
  const button = document.getElementById("theme");
  const show = (theme) => {
    document.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
    button.textContent = "theme: " + theme;
    button.dataset.theme = theme;
  };
  const stored = () => {
    try { return localStorage.getItem("lossbench-theme"); } catch { return null; }  // refused on some file:// pages
  };
  button.addEventListener("click", () => {
    const theme = themes[(themes.indexOf(button.dataset.theme) + 1) % themes.length];
    try { localStorage.setItem("lossbench-theme", theme); } catch { /* then it holds for this page only */ }
    show(theme);
  });
  button.hidden = false;
  show(themes.includes(stored()) ? stored() : "auto");
})();
