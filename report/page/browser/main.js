import { showApplications } from "./applications.js";
import { showComparison } from "./comparison.js";
import { showBox, showNothing } from "./details.js";
import { prepareDiagram } from "./diagram.js";
import { byId, el } from "./dom.js";
import { showObserved } from "./observed.js";
import {
  showAccess,
  showCost,
  showMachines,
  showNetwork,
  showPolicies,
  showTiles,
  showTitle,
  showWarnings,
} from "./sections.js";

const { views, difference, conditionSigns } = JSON.parse(byId("data").textContent);
for (const view of views) view.conditionSigns = conditionSigns;
const diagrams = [...document.querySelectorAll(".diagram")];

for (const [index, view] of views.entries()) {
  const svg = diagrams[index].querySelector("svg");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", `Machines of ${view.plan.environment} by zone`);
}

const prepared = new Set();

/** Shows a drawing, and makes it ready when it is first shown: boxes are measured, which a hidden one does not allow. */
function show(index) {
  const view = views[index];
  for (const [each, diagram] of diagrams.entries()) diagram.hidden = each !== index;
  if (!prepared.has(index)) {
    prepareDiagram(diagrams[index].querySelector("svg"), view, index, (box) => showBox(view, box));
    prepared.add(index);
  }
  document.title = `${view.plan.environment}: K-PaaS ${view.observed ? "status" : "plan"}`;
  for (const section of [
    showTitle,
    showTiles,
    showObserved,
    showCost,
    showWarnings,
    showPolicies,
    showMachines,
    showApplications,
    showAccess,
    showNetwork,
  ])
    section(view);
  showNothing();
}

if (views.length > 1) {
  const choices = views.map(({ plan }, index) =>
    el(
      "label",
      {},
      el("input", {
        type: "radio",
        name: "view",
        value: String(index),
        checked: index === 0,
        onchange: () => show(index),
      }),
      el("span", {}, plan.environment),
    ),
  );
  byId("views").replaceChildren(...choices);
  byId("views").hidden = false;
  showComparison(difference);
}
show(0);
