import { peers } from "./access.js";
import { conditionWords } from "./condition.js";

const svgNamespace = "http://www.w3.org/2000/svg";

/** Makes the boxes of a drawing choosable, by pointer and by keyboard. */
export function prepareDiagram(svg, view, index, onChoose) {
  const { plan } = view;
  const prefix = `plan-${index}-`;
  const boxes = [...svg.querySelectorAll(".node.machine")].map((node) => {
    const id = node.id.slice(prefix.length);
    const machines = machinesOf(plan, id);
    return { node, id, machines, role: machines[0].role, isGroup: id.includes("/") };
  });
  for (const box of boxes) {
    const { node, id, machines, role, isGroup } = box;
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", box === boxes[0] ? "0" : "-1");
    node.setAttribute("aria-pressed", "false");
    const label = isGroup
      ? `${machines.length} machines of ${id.split("/")[0]}, zone ${machines[0].zone}`
      : `${id}, ${role}`;
    node.setAttribute("aria-label", [label, ...conditionWords(view, machines)].join(", "));
    node.querySelector("title")?.remove();
    node.addEventListener("click", () => choose(box));
    node.addEventListener("keydown", (event) => onKey(event, box));
  }
  liftLabels(svg);
  const overlay = document.createElementNS(svgNamespace, "g");
  overlay.setAttribute("class", "links");
  svg.querySelector(".graph").insertBefore(overlay, svg.querySelector(".node"));

  function onKey(event, box) {
    if (event.key === "Enter" || event.key === " ") choose(box);
    else if (event.key.startsWith("Arrow")) neighbour(boxes, box, event.key)?.node.focus();
    else return;
    event.preventDefault();
  }

  function choose(box) {
    for (const { node } of boxes) {
      const isChosen = node === box.node;
      node.setAttribute("aria-pressed", String(isChosen));
      node.setAttribute("tabindex", isChosen ? "0" : "-1");
    }
    link(box);
    onChoose(box);
  }

  function link(box) {
    const { from, to } = peers(plan, box.role);
    overlay.replaceChildren();
    const operators = svg.querySelector(`[id="${prefix}gateway"]`) ?? svg.querySelector(`[id="${prefix}operators"]`);
    const isPeer = (role, list) => list.includes(role);
    for (const other of boxes) {
      const [incoming, outgoing] = [isPeer(other.role, from), isPeer(other.role, to)];
      other.node.classList.toggle("faded", other.node !== box.node && !incoming && !outgoing);
      if (other.node === box.node) continue;
      if (incoming) overlay.append(linkPath(other.node, box.node, "in"));
      if (outgoing) overlay.append(linkPath(box.node, other.node, incoming ? "out beside" : "out"));
    }
    const hasGatewayMachines = boxes.some(({ role }) => role === "haproxy");
    if (!hasGatewayMachines && operators && from.includes("haproxy"))
      overlay.append(linkPath(operators, box.node, "in"));
    if (!hasGatewayMachines && operators && to.includes("haproxy"))
      overlay.append(linkPath(box.node, operators, "out beside"));
    if (from.includes("operators") && box.role !== "bastion" && operators)
      overlay.append(linkPath(operators, box.node, "in"));
  }
  return { boxes, choose };
}

/** Names of zones and their parts lie above the lines that cross them. */
function liftLabels(svg) {
  for (const kind of ["zone", "tier"])
    for (const text of svg.querySelectorAll(`.cluster.${kind} > text`)) {
      text.classList.add("label", `${kind}-label`);
      svg.querySelector(".graph").append(text);
    }
}

/** Finds a box's machines by its id: a machine's name, or a group's with its zone. */
function machinesOf(plan, id) {
  const [group, zone] = id.split("/");
  if (zone === undefined) return plan.machines.filter(({ name }) => name === id);
  return plan.machines.filter((machine) => (machine.pool ?? machine.role) === group && machine.zone === Number(zone));
}

function center(node) {
  const { x, y, width, height } = node.getBBox();
  return { x: x + width / 2, y: y + height / 2 };
}

function linkPath(from, to, kind) {
  const [a, b] = [center(from), center(to)];
  const shift = kind.includes("beside") ? 10 : 0;
  const bend = Math.abs(a.y - b.y) < 5 ? 48 : 0;
  const [x1, x2, y1, y2] = [a.x + shift, b.x + shift, a.y, b.y];
  const middle = (y1 + y2) / 2;
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", `M${x1},${y1} C${x1},${middle - bend} ${x2},${middle - bend} ${x2},${y2}`);
  path.setAttribute("class", `link ${kind}`);
  return path;
}

/** Finds the nearest box in an arrow's direction. */
function neighbour(boxes, from, key) {
  const here = center(from.node);
  const along = { ArrowRight: ["x", 1], ArrowLeft: ["x", -1], ArrowDown: ["y", 1], ArrowUp: ["y", -1] }[key];
  if (!along) return undefined;
  const [axis, sign] = along;
  const across = axis === "x" ? "y" : "x";
  const distance = (box) => {
    const there = center(box.node);
    return Math.abs(there[axis] - here[axis]) + 3 * Math.abs(there[across] - here[across]);
  };
  return boxes
    .filter((box) => (center(box.node)[axis] - here[axis]) * sign > 1)
    .sort((a, b) => distance(a) - distance(b))[0];
}
