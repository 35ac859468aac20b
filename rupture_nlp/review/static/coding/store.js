// Holds the state and tells the parts of the page when it changed.

export class Store {
  constructor(state) {
    this.state = state;
    this.listeners = [];
    this.telling = false;
  }

  /** Take a new state. A part that answers with a further change is heard after the others. */
  set(state) {
    if (state === this.state) return;
    this.state = state;
    if (this.telling) {
      this.again = true;
      return;
    }
    this.telling = true;
    do {
      this.again = false;
      for (const listener of this.listeners) listener(this.state);
    } while (this.again);
    this.telling = false;
  }

  subscribe(listener) {
    this.listeners.push(listener);
  }
}
