"use strict";
(() => {
  const filters = document.getElementById("filters");
  const turns = document.getElementById("turns");
  filters.hidden = false;
  const show = (value) => {
    turns.dataset.show = value;
    filters.elements.show.value = value;
  };
  filters.addEventListener("change", (event) => show(event.target.value));
  // A link from the picture must reach its turn also while that turn is filtered out.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && turns.contains(target) && target.offsetParent === null) {
      show("all");
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", reveal);
  show(filters.elements.show.value || "all");
  reveal();
})();
