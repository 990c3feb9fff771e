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
    table.tHead.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
    const unknown = (row) => key(row) === "";  // comes last either way
    const order = (a, b) => unknown(a) - unknown(b) || compare(key(a), key(b)) * (down ? -1 : 1);
    for (const body of table.tBodies) {  // a group stays together, under its heading
      body.append(...[...body.rows].filter((row) => !row.classList.contains("group")).sort(order));
    }
  };

  const addSorting = (table) => {
    [...table.tHead.rows[0].cells].forEach((heading, column) => {
      if (heading.classList.contains("plain")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => sortBy(table, column, heading));
      if (heading.dataset.name) {  // says more than its name, and links
        button.className = "sort";
        button.textContent = "sort";
        button.setAttribute("aria-label", "sort by " + heading.dataset.name);
        heading.firstElementChild.append(button);
      } else {
        button.textContent = heading.textContent;
        heading.replaceChildren(button);
      }
    });
  };

  const rowsOf = (table) => [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => !row.classList.contains("group"));
  const showOnly = (table, isShown) => {
    for (const row of rowsOf(table)) row.hidden = !isShown(row);
    for (const group of table.querySelectorAll("tr.group")) {
      group.hidden = [...group.parentElement.rows].every((row) => row === group || row.hidden);
    }
  };
  const matches = (row, text) => {
    const content = row.textContent.toLowerCase();
    return text.toLowerCase().split(/\s+/).every((word) => content.includes(word));
  };

  const addFilter = (table) => {
    if (rowsOf(table).length < 6) return;
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "filter";
    input.setAttribute("aria-label", "filter: " + table.caption.textContent);
    input.addEventListener("input", () => showOnly(table, (row) => matches(row, input.value)));
    table.caption.append(input);
  };

  const addPicks = (bar) => {
    const table = document.getElementById(bar.dataset.picks);
    const [buttons, input, status] = [bar.querySelectorAll("button"), bar.querySelector("input"), bar.querySelector("[role=status]")];
    let pick = "";
    const show = () => {
      const picked = (row) => pick === "" || row.dataset.tags.split(" ").includes(pick);
      showOnly(table, (row) => picked(row) && matches(row, input.value));
      const rows = rowsOf(table);
      status.textContent = rows.filter((row) => !row.hidden).length + " of " + rows.length + " claims";
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.pick === pick)));
    };
    buttons.forEach((button) => button.addEventListener("click", () => {
      pick = button.dataset.pick;
      show();
    }));
    input.addEventListener("input", show);
    bar.hidden = false;
    show();
  };

  document.querySelectorAll("table.sortable").forEach((table) => {
    addSorting(table);
    if (!table.classList.contains("board")) addFilter(table);
  });
  document.querySelectorAll("[data-picks]").forEach(addPicks);

  // How the runs went stands beside the page, so that equal work has equal pages; without it these places stay empty.
  const clocked = document.querySelectorAll("[data-clock]");
  window.lossbenchClocks = (texts) => {
    for (const place of clocked) {
      const text = texts[place.dataset.clock];
      if (text === undefined) continue;
      place.textContent = text;
      place.hidden = text === "";
    }
    for (const label of document.querySelectorAll("[data-clock-label]")) label.hidden = !texts[label.dataset.clockLabel];
  };
  if (clocked.length) {
    const script = document.createElement("script");
    script.src = "clocks.js";
    document.head.append(script);
  }

  const reveal = () => {  // what a link leads to may be folded
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target?.querySelector(":scope > details.fold");
    if (folded) folded.open = true;
    for (let at = target?.parentElement; at; at = at.parentElement) {
      if (at.tagName === "DETAILS" && !at.open) at.open = true;
    }
    if (folded || target?.closest("details")) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

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
