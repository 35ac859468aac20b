// What this browser remembers between visits: unsent changes, drafts, the place in a session.
//
// One item a thing, so that two windows on one session never write over each other. Nothing of the
// transcript is kept; a change is forgotten here once the server has it.

const ROOT = "rupture-nlp";

export class Memory {
  /** `storage` is a Storage, or null where the browser gives none. */
  constructor(storage, assignment) {
    this.storage = storage;
    this.root = `${ROOT}:${assignment}`;
    this.full = false; // true after the browser refused to keep something
  }

  put(kind, name, value) {
    try {
      this.storage.setItem(`${this.root}:${kind}:${name}`, JSON.stringify(value));
      this.full = false;
    } catch {
      this.full = true;
    }
  }

  take(kind, name) {
    return this.read(`${this.root}:${kind}:${name}`);
  }

  drop(kind, name) {
    try {
      this.storage.removeItem(`${this.root}:${kind}:${name}`);
    } catch {
      // Nothing was kept, so nothing is left.
    }
  }

  /** All things of a kind: [name, value]. */
  all(kind) {
    const start = `${this.root}:${kind}:`;
    let names = [];
    try {
      names = Object.keys(this.storage).filter((name) => name.startsWith(start));
    } catch {
      return [];
    }
    return names
      .map((name) => [name.slice(start.length), this.read(name)])
      .filter(([, value]) => value !== null);
  }

  read(name) {
    try {
      return JSON.parse(this.storage.getItem(name));
    } catch {
      return null;
    }
  }
}

/** The browser's storage, or null where it is switched off. */
export function browserStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
