// What the sections of the page are made with. Everything that comes from a server becomes text, never HTML.

import { textsLanguage } from "./words.js";

export const $ = (id) => document.getElementById(id);

/** make("li", { className: "row", onclick }, "text", element, ...); with `dir: "auto"` its text is the program's, in the language that it has. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  if (properties.dir === "auto") element.lang = textsLanguage();
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/**
 * Make a list show these items: what has not changed stays the same element, so that an open "Why?" stays open and focus where it is.
 * `keyOf(item)` names an item for life; `draw(item)` makes its element.
 */
export function showList(list, items, keyOf, draw) {
  const before = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const after = items.map((item) => {
    const key = keyOf(item);
    const drawn = document.documentElement.lang + JSON.stringify(item);
    const known = before.get(key);
    if (known && known.drawn === drawn) return known;
    const element = draw(item);
    element.dataset.key = key;
    element.drawn = drawn;
    return element;
  });
  for (const element of before.values()) if (!after.includes(element)) element.remove();
  after.forEach((element, place) => {
    if (list.children[place] !== element) list.insertBefore(element, list.children[place] ?? null);
  });
}

/** Say to a screen reader what changed by itself. */
export function announce(text) {
  $("announcer").textContent = text;
}
