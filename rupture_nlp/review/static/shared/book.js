// What the codebook says of its names, for every part of the page. The page sets it before it
// draws anything; it does not change while the page is open.

const codes = new Map(); // name of a rupture code, or of none, to what the server gives of it
const intensities = new Map(); // number to its word

export function setBook(codebook) {
  for (const code of codebook.ruptures) codes.set(code.name, code);
  for (const { value, meaning } of codebook.intensities) {
    intensities.set(value, meaning.split(" (")[0]); // `slight (a careful reader notices it)`
  }
}

/** The style class of a rupture code, "" for none, uncodable and other names. */
export function styleOf(name) {
  return codes.get(name)?.style ?? "";
}

/** `withdrawal` or `confrontation`; null for none and uncodable. */
export function familyOf(name) {
  return codes.get(name)?.family ?? null;
}

export function intensityWord(value) {
  return intensities.get(value) ?? "";
}
