// The requests of the coding page. One function a request; every failure is an ApiError.

import { call } from "../base.js";

const PATIENCE_MS = 20_000;

/** `status` is 0 where no answer came. `current` holds the other decision of a conflict. */
export class ApiError extends Error {
  constructor({ status = 0, code = "", message = "", body = null, retryAfterS = null }) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.current = body?.current ?? null;
    this.retryAfterS = retryAfterS ?? 0;
  }

  /** True where the same request may succeed later without anybody's doing. */
  get passing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The requests of one assignment. */
export function makeApi(assignment) {
  const root = `/api/assignments/${encodeURIComponent(assignment)}`;
  return {
    codebook: () => ask("/api/codebook"),
    load: () => ask(root),
    decide: (change) => ask(`${root}/decisions`, change),
    advance: (to) => ask(`${root}/advance`, { to }),
    finish: () => ask(`${root}/finish`, {}),
    reveal: () => ask(`${root}/reveal`, {}),
  };
}

async function ask(path, body = undefined) {
  try {
    return await call(path, body, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch (error) {
    throw new ApiError(error);
  }
}
