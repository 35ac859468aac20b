// Making elements. Text only ever becomes a text node, so no transcript can become markup.

/** The element of this id, or null. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Make an element. `props` are attributes; `on` holds listeners; `data` the data attributes;
 * true sets an attribute without a value, and null, undefined or false leaves it out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  const { on = {}, data = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  for (const [name, value] of Object.entries(data)) element.dataset[name] = String(value);
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set or take away an attribute; touches the page only where something changes. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Set the text of an element, only where it changes: a live region is not read out twice. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A key as it is drawn in buttons and in the list of keys. */
export function key(name) {
  return h("kbd", { "aria-hidden": "true" }, name);
}

/** True where typing goes into the element and letters are no commands. */
export function takesText(element) {
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(element.type))
  );
}

/** Put new children into an element; the focus goes to the one of the same `data-focus`. */
export function redraw(root, children) {
  const focused = root.contains(document.activeElement)
    ? document.activeElement.dataset.focus
    : undefined;
  root.replaceChildren(...children);
  if (focused) root.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
}
