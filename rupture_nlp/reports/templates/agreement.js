"use strict";
(() => {
  const button = document.getElementById("copy-methods");
  const text = document.getElementById("methods-text");
  const said = document.getElementById("copied");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const range = document.createRange();
    range.selectNodeContents(text);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    try {
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "Selected: press Ctrl+C.";
    }
  });
  // A link to a folded part opens it.
  const open = () => {
    const target = document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded) folded.open = true;
  };
  window.addEventListener("hashchange", open);
  open();
})();
