// The panels at the side: one is shown at a time (the ARIA tabs pattern).

import { setAttribute } from "../shared/dom.js";

export class Tabs {
  /** `list` holds buttons with role tab that name their panel; `changed(id)` after each switch. */
  constructor({ list, changed }) {
    this.tabs = [...list.querySelectorAll('[role="tab"]')];
    this.changed = changed;
    this.shown = this.panelId(this.tabs[0]);
    for (const tab of this.tabs) tab.addEventListener("click", () => this.show(this.panelId(tab)));
    list.addEventListener("keydown", (event) => this.pressed(event));
  }

  panelId(tab) {
    return tab.getAttribute("aria-controls");
  }

  show(id) {
    this.shown = id;
    for (const tab of this.tabs) {
      const here = this.panelId(tab) === id;
      setAttribute(tab, "aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
      document.getElementById(this.panelId(tab)).hidden = !here;
    }
    this.changed(id);
  }

  pressed(event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1 };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.tabs.findIndex((tab) => this.panelId(tab) === this.shown);
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    this.show(this.panelId(next));
    next.focus();
  }
}
