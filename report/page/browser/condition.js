import { el, number, table } from "./dom.js";

/** Gives what was observed of one machine; undefined on a page of the plan alone. */
export const observedMachine = ({ observed }, { name }) => observed?.machines.find((machine) => machine.name === name);

const conditionText = ({ conditionSigns }, condition) => `${conditionSigns[condition]} ${condition}`;

/** Shows a condition by a sign and a word, so that no colour is needed to read it. */
export const conditionChip = (view, condition) =>
  el("span", { class: `badge observed-${condition.replace(" ", "-")}` }, conditionText(view, condition));

export function conditionBadge(view, machine) {
  const real = observedMachine(view, machine);
  return real && el("p", { class: "condition" }, conditionChip(view, real.condition));
}

/** Gives the sign in front of a machine's name in a list. */
export function conditionSign(view, machine) {
  const real = observedMachine(view, machine);
  return real ? `${view.conditionSigns[real.condition]} ` : "";
}

function countsOf(view, machines) {
  const names = new Set(machines.map(({ name }) => name));
  const real = view.observed.machines.filter(({ name }) => names.has(name));
  return Object.keys(view.conditionSigns)
    .map((condition) => ({ condition, count: real.filter((machine) => machine.condition === condition).length }))
    .filter(({ count }) => count > 0);
}

/** Gives the words for the label of a box, which a screen reader says. */
export function conditionWords(view, machines) {
  if (!view.observed) return [];
  const counts = countsOf(view, machines);
  return counts.map(({ condition, count }) => (machines.length > 1 ? `${count} ${condition}` : condition));
}

export function conditionCounts(view, machines) {
  if (!view.observed) return undefined;
  const chips = countsOf(view, machines).map(({ condition, count }) =>
    el("span", {}, conditionChip(view, condition), ` ${number(count)} `),
  );
  return el("p", { class: "condition" }, ...chips);
}

/** Shows what a chosen machine says of itself, and what is said of it. */
export function observedBlock(view, machine) {
  const real = observedMachine(view, machine);
  if (!real) return undefined;
  const { state, exists, firstBoot, node, privateIp, units, reasons } = real;
  const rows = {
    "Real state": state,
    Exists: exists,
    "Real address": privateIp ?? "unknown",
    "First boot": firstBoot,
    Node: node,
    ...units,
  };
  const shown = Object.entries(rows).filter(([, value]) => value !== undefined);
  return el(
    "div",
    { class: "block observed" },
    el("h4", {}, `What is real, read ${moment(view.observed.readAt)}`),
    reasons.length > 0 && el("ul", {}, ...reasons.map((reason) => el("li", {}, reason))),
    el("dl", {}, ...shown.flatMap(([key, value]) => [el("dt", {}, key), el("dd", {}, value)])),
    certificatesOf(view, machine),
  );
}

function certificatesOf({ observed }, { name }) {
  const own = observed.certificates.filter(({ machine }) => machine === name);
  if (own.length === 0) return undefined;
  const rows = own.map((certificate) => [certificate.name, endText(certificate)]);
  return el("div", { class: "block" }, table(["Certificate", "Ends"], rows, { label: `Certificates of ${name}` }));
}

/** Gives the day on which a certificate ends, and how far it is; or why it is not known. */
export function endText({ notAfter, daysLeft, reason }) {
  return notAfter ? `${notAfter.slice(0, 10)}, ${number(daysLeft)} days` : `unknown: ${reason}`;
}

/** Renders a time of the reading, the same for every reader of the page. */
export const moment = (time) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
