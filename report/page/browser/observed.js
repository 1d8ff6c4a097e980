import { conditionChip, endText, moment } from "./condition.js";
import { byId, el, fill, heading, number, plural, roleChip, table, tile } from "./dom.js";

/** Shows what was observed, at a glance. */
export function observedTiles({ machines, services, certificates, drift }) {
  const count = (list, is) => list.filter(is).length;
  const ready = count(machines, ({ condition }) => condition === "ready" || condition === "changed");
  const healthy = count(services, ({ health }) => health === "healthy");
  const state = (isGood) => (isGood ? "good" : "bad");
  const [first] = certificates.filter(({ notAfter }) => notAfter);
  return [
    tile(
      "Machines ready",
      `${number(ready)} of ${number(machines.length)}`,
      ready === machines.length ? "all of them" : `${number(machines.length - ready)} not, or not known`,
      state(ready === machines.length),
    ),
    tile(
      "Services healthy",
      `${healthy} of ${services.length}`,
      healthy === services.length ? "all of them" : `${services.length - healthy} not, or not known`,
      state(healthy === services.length),
    ),
    driftTile(drift),
    first
      ? tile(
          "Next certificate ends",
          `${number(first.daysLeft)} days`,
          nameOf(first),
          state(certificates.every((certificate) => certificate.state === "valid")),
        )
      : tile("Next certificate ends", "unknown", "none could be read", "bad"),
  ];
}

function driftTile(drift) {
  if (drift.status === "unknown") return tile("Drift", "unknown", "see below why", "bad");
  if (drift.status === "none") return tile("Drift", "none", "all is as it was made", "good");
  return tile("Drift", plural(drift.changes.length, "resource"), "differ from what was made", "bad");
}

const nameOf = ({ name, machine }) => (machine ? `${name} on ${machine}` : name);

/** Shows the tables of what was observed; they are hidden on a page of the plan alone. */
export function showObserved(view) {
  const { observed } = view;
  byId("observed").hidden = !observed;
  byId("findings").hidden = !observed;
  if (!observed) return;
  byId("eyebrow").textContent = "K-PaaS status";
  byId("origin").textContent =
    `Made by ./kpaas status, read ${moment(observed.readAt)}: the plan of the environment as up or preview last had it, and what its ` +
    "machines, services, certificates and infrastructure said then. It holds no secrets.";
  showState(view);
  showDrift(observed);
  showCertificates(observed);
}

/** Shows machines; those that are as they should be are counted, and listed on demand. */
function showState(view) {
  const { machines, services, readAt } = view.observed;
  const odd = machines.filter(({ condition }) => condition !== "ready");
  const rest = machines.length - odd.length;
  fill(
    byId("observed"),
    heading("observed", "What is real", `Read ${moment(readAt)}`),
    table(
      ["Service", "Health", "Asked at", ""],
      services.map(({ name, health, endpoint, detail }) => [
        name,
        el("span", { class: `badge ${health}` }, `${healthSigns[health]} ${health}`),
        endpoint ? el("code", {}, endpoint) : "–",
        detail,
      ]),
      { label: "Services" },
    ),
    el("h3", {}, "Machines"),
    odd.length > 0 && machineTable(view, odd, "Machines that are not as they should be"),
    rest === machines.length && el("p", {}, `All ${number(rest)} are ready.`),
    rest > 0 &&
      el(
        "details",
        { class: "block", open: machines.length <= listedAtOnce },
        el("summary", {}, `${plural(rest, "machine")} ready`),
        machineTable(
          view,
          machines.filter(({ condition }) => condition === "ready"),
          "Machines that are ready",
        ),
      ),
  );
}

/** Machines that are listed at once; more are listed only when they are asked for. */
const listedAtOnce = 20;

const healthSigns = { healthy: "✓", failing: "✗", unknown: "?" };

function machineTable(view, machines, label) {
  const hasReasons = machines.some(({ reasons }) => reasons.length > 0);
  const rows = machines.map(({ name, role, privateIp, condition, state, firstBoot, node, units, reasons }) => [
    roleChip(role, name),
    conditionChip(view, condition),
    privateIp ? el("code", {}, privateIp) : "unknown",
    state,
    firstBoot,
    node ?? "–",
    Object.entries(units)
      .map(([unit, unitState]) => `${unit} ${unitState}`)
      .join(", ") || "–",
    ...(hasReasons ? [el("span", { class: "quiet" }, reasons.join("; "))] : []),
  ]);
  const head = ["Machine", "Is", "Address", "State", "First boot", "Node", "Services"];
  return table([...head, ...(hasReasons ? ["Why"] : [])], rows, { label });
}

function showDrift({ drift }) {
  const section = byId("drift");
  const title = (hint) => heading("drift", "Drift", hint);
  if (drift.status === "unknown") fill(section, title(), el("p", {}, `Unknown: ${drift.reason}`));
  else if (drift.status === "none") fill(section, title(), el("p", {}, "None: every resource is as it was made."));
  else {
    const rows = drift.changes.map(({ resource, type, change, properties, machine }) => [
      el("span", { class: `badge ${change === "missing" ? "high" : "medium"}` }, change),
      el("code", { title: type }, resource),
      machine ?? "–",
      properties.join(", ") || "–",
    ]);
    fill(
      section,
      title("What the next up would mend"),
      table(["", "Resource", "Machine", "Properties"], rows, { label: "Drift" }),
    );
  }
}

const certificateBadges = { valid: "kept", "ends soon": "medium", ended: "high", unknown: "" };

/** Shows certificates that need attention and those that `up` issued; valid ones on machines are shown on demand. */
function showCertificates({ certificates }) {
  const isShown = ({ machine, state }) => !machine || state !== "valid";
  const row = (certificate) => [
    el("span", { class: `badge ${certificateBadges[certificate.state]}` }, certificate.state),
    nameOf(certificate),
    endText(certificate),
  ];
  const list = (each, label) => table(["", "Certificate", "Ends"], each.map(row), { label });
  const others = certificates.filter((certificate) => !isShown(certificate));
  fill(
    byId("certificates"),
    heading("certificates", "Certificates", "Warned of with less than 30 days left"),
    certificates.length === 0 && el("p", {}, "Unknown: none has been issued yet."),
    certificates.some(isShown) && list(certificates.filter(isShown), "Certificates"),
    others.length > 0 &&
      el(
        "details",
        { class: "block" },
        el("summary", {}, `${plural(others.length, "valid certificate")} on machines`),
        list(others, "Valid certificates on machines"),
      ),
  );
}
