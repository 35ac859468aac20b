// Requests to the server. Every failure is an ApiError; nothing here shows anything.

const PATIENCE_MS = 20_000;

/** What the server refused, or (status 0) that no answer came. */
export class ApiError extends Error {
  constructor({ status = 0, code = "", message = "", body = null, retryAfterS = 0 }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.current = body?.current ?? null; // the other decision of a conflict (409)
    this.retryAfterS = retryAfterS; // 429: seconds to wait
  }

  /** True where the same request may succeed later without anybody's doing. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

function optionsOf(body) {
  const options = {
    headers: { Accept: "application/json" },
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  if (body === undefined) return options;
  options.method = "POST";
  options.headers["Content-Type"] = "application/json";
  options.headers["X-CSRF-Token"] = csrfToken();
  options.body = JSON.stringify(body);
  return options;
}

async function readBody(response) {
  try {
    return await response.json();
  } catch {
    return null; // cut off, or from something between us and the server
  }
}

/** Ask the server. Without `body` a GET, with one a POST of JSON. Gives the answer. */
export async function call(path, body = undefined) {
  let response;
  try {
    response = await fetch(path, optionsOf(body));
  } catch {
    throw new ApiError({ code: "offline", message: "The server cannot be reached." });
  }
  const answer = await readBody(response);
  if (response.ok && answer !== null) return answer;
  throw new ApiError({
    status: response.ok ? 0 : response.status,
    code: "unknown",
    message: "The server gave no answer.",
    ...answer?.error,
    body: answer,
    retryAfterS: Number(response.headers.get("Retry-After")) || 0,
  });
}

/** The requests of one assignment. */
export function makeApi(assignment) {
  const number = encodeURIComponent(assignment);
  const root = `/api/assignments/${number}`;
  return {
    codebook: () => call("/api/codebook"),
    load: () => call(root),
    loadSettling: () => call(`/api/adjudications/${number}`),
    decide: (change) => call(`${root}/decisions`, change),
    advance: (to) => call(`${root}/advance`, { to }),
    finish: () => call(`${root}/finish`, {}),
    reveal: () => call(`${root}/reveal`, {}),
    reopen: () => call(`${root}/reopen`, {}),
  };
}
