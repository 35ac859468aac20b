// What every page uses: calls to the server, the switch of colours, leaving.

const THEMES = ["auto", "light", "dark"];
const THEME_WORDS = { auto: "as the system", light: "light", dark: "dark" };

/** What the server refused, or (status 0) that it could not be reached. */
export class CallError extends Error {
  constructor(status, code, message, body = null, retryAfterS = null) {
    super(message);
    this.name = "CallError";
    this.status = status; // 0: no connection
    this.code = code;
    this.body = body; // the whole answer: a conflict (409) holds `current`
    this.retryAfterS = retryAfterS; // 429: seconds to wait
  }
}

function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

async function readBody(response) {
  try {
    return await response.json();
  } catch {
    return null; // cut off, or from something between us and the server
  }
}

/**
 * Ask the server. Without `body` a GET, with one a POST of JSON.
 * Returns the answer; throws CallError. `keepalive` lets it finish while the page is closed.
 */
export async function call(path, body = undefined, { signal, keepalive = false } = {}) {
  const options = { headers: { Accept: "application/json" }, redirect: "error", signal, keepalive };
  if (body !== undefined) {
    options.method = "POST";
    options.headers["Content-Type"] = "application/json";
    options.headers["X-CSRF-Token"] = csrfToken();
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new CallError(0, "offline", "The server cannot be reached.");
  }
  const answer = await readBody(response);
  if (response.ok && answer !== null) return answer;
  const problem = answer?.error ?? { code: "unknown", message: "The server gave no answer." };
  const wait = Number(response.headers.get("Retry-After")) || null;
  throw new CallError(response.ok ? 0 : response.status, problem.code, problem.message, answer, wait);
}

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
