// What every page uses: the status line, the switch of colours, leaving.

import { call } from "./shared/api.js";

const THEMES = ["auto", "light", "dark"];
const THEME_WORDS = { auto: "as the system", light: "light", dark: "dark" };

/** Say something to those who look (the status line) and those who listen. */
export function say(message) {
  const line = document.getElementById("status");
  if (line) line.textContent = message;
}

function readTheme() {
  try {
    return localStorage.getItem("review-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function showTheme(button, theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  button.textContent = `Colours: ${THEME_WORDS[theme]}`;
}

function switchTheme(button) {
  const theme = THEMES[(THEMES.indexOf(readTheme()) + 1) % THEMES.length];
  try {
    if (theme === "auto") localStorage.removeItem("review-theme");
    else localStorage.setItem("review-theme", theme);
  } catch {
    // Not kept, but shown.
  }
  showTheme(button, theme);
}

/** Ends the login. A page with something unsent may cancel the event `before-leave`. */
async function leave() {
  if (!document.dispatchEvent(new CustomEvent("before-leave", { cancelable: true }))) return;
  try {
    await call("/api/leave", {});
  } catch (error) {
    if (error.status !== 401) {
      say(`You are still signed in. ${error.message}`);
      return;
    }
  }
  location.replace("/enter");
}

const themeButton = document.getElementById("theme");
if (themeButton) {
  const theme = readTheme();
  showTheme(themeButton, THEMES.includes(theme) ? theme : "auto");
  themeButton.hidden = false;
  themeButton.addEventListener("click", () => switchTheme(themeButton));
}
document.getElementById("leave")?.addEventListener("click", leave);
