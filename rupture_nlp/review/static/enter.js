// Signs in with the token of a personal link. It stands after the `#`, which browsers send to no
// server, and it leaves the address line and the history before anything else happens.
import { say } from "./base.js";
import { call } from "./shared/api.js";

const TOKEN = /^[\w-]{20,200}$/;

/** The token of what was pasted: a whole link or the token alone; null if it is neither. */
function tokenIn(pasted) {
  const token = pasted.trim().split("#").pop();
  return TOKEN.test(token) ? token : null;
}

async function enter(pasted) {
  const token = tokenIn(pasted);
  if (token === null) {
    say("This is not a personal link. Copy the whole link, to its last letter.");
    return;
  }
  say("Signing in …");
  try {
    await call("/api/enter", { token });
    location.replace("/");
  } catch (error) {
    say(error.message);
  }
}

function enterFromAddress() {
  const fragment = location.hash.slice(1);
  if (!fragment) return;
  history.replaceState(null, "", "/enter");
  enter(fragment);
}

document.getElementById("enter-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = document.getElementById("link");
  const pasted = field.value;
  field.value = "";
  enter(pasted);
});
window.addEventListener("hashchange", enterFromAddress);
enterFromAddress();
