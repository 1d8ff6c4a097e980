/** Makes an element with attributes and children; text stays text. An attribute that is false or undefined is left out. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  fill(element, ...children);
  return element;
}

/** Gives an element these children and no others; one that is false or undefined is left out. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((child) => child !== undefined && child !== false));
}

export const byId = (id) => document.getElementById(id);

export const number = (value) => value.toLocaleString("en");

export const money = (amount, currency) =>
  new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" }).format(amount);

export const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

/** Makes a table with a head; a cell is text, an element, or `{ number }` for what is aligned to the right. */
export function table(head, rows, attributes = {}) {
  const cell = (name, value) => {
    const isNumber = typeof value === "object" && value !== null && "number" in value;
    return el(name, { class: isNumber && "number", scope: name === "th" && "col" }, isNumber ? value.number : value);
  };
  return el(
    "div",
    { class: "scroll", tabindex: "0", role: "group", "aria-label": attributes.label },
    el(
      "table",
      {},
      el("thead", {}, el("tr", {}, ...head.map((value) => cell("th", value)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((value) => cell("td", value))))),
    ),
  );
}

export const heading = (id, text, hint) =>
  el("div", { class: "heading" }, el("h2", { id: `${id}-title` }, text), hint && el("p", { class: "hint" }, hint));

export const roleChip = (role, text = role) => el("span", { class: `chip ${role}` }, text);

/** Shows a figure at a glance; `state` is good, bad or nothing. */
export const tile = (label, value, note, state) =>
  el(
    "div",
    { class: `tile ${state ?? ""}` },
    el("span", { class: "label" }, label),
    el("strong", {}, value),
    el("span", { class: "note" }, note),
  );
