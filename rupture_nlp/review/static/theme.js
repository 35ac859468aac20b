// Sets the colours before the first paint, so that a dark room is not lit up for a moment.
// A plain script in the head: modules run after the page is read.
(() => {
  try {
    const theme = localStorage.getItem("review-theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's choice stands.
  }
})();
