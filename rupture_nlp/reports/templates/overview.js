"use strict";
(() => {
  const table = document.getElementById("sessions-table");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const read = (row, index) => {
    const value = row.cells[index].dataset.value;
    return value === undefined ? row.cells[index].textContent.trim() : value === "" ? -Infinity : Number(value);
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b || 0
      : String(a).localeCompare(String(b), undefined, { numeric: true });
  const sort = (head, index) => {
    const firstDown = head.dataset.sort === "number";
    const was = head.getAttribute("aria-sort");
    const down = was === null ? firstDown : was === "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [read(row, index), row]);
    rows.sort((a, b) => (down ? compare(b[0], a[0]) : compare(a[0], b[0])));
    body.append(...rows.map((pair) => pair[1]));
  };
  heads.forEach((head, index) => {
    if (!head.dataset.sort) return;
    // Not a button element: printed tables repeat their head on each page without its controls.
    const button = document.createElement("span");
    button.setAttribute("role", "button");
    button.tabIndex = 0;
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(head, index));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      sort(head, index);
    });
  });
  document.getElementById("sort-hint").hidden = false;
})();
