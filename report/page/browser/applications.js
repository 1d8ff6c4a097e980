import { portText } from "./access.js";
import { byId, el, fill, heading, number, table } from "./dom.js";

/** Shows the application platform's groups and open ports; nothing where there is none. */
export function showApplications({ plan: { applicationPlatform, network } }) {
  const section = byId("applications");
  section.hidden = !applicationPlatform;
  if (!applicationPlatform) return;
  const { size, systemDomain, cidr, zones, groups, ports, gateway, database, blobstore } = applicationPlatform;
  const rows = groups.map(({ name, count, vmType, machineType, size, dataDiskGiB, perZone, purpose }) => [
    el("strong", {}, name),
    { number: number(count) },
    vmType,
    machineType ?? "–",
    { number: size.vcpus },
    { number: `${size.memoryGiB} GiB` },
    { number: `${size.diskGiB} GiB` },
    { number: dataDiskGiB ? `${dataDiskGiB} GiB` : "–" },
    perZone.join(" + "),
    el("span", { class: "quiet" }, purpose),
  ]);
  const head = [
    "Group",
    { number: "VMs" },
    "VM type",
    "Type",
    { number: "vCPU" },
    { number: "Memory" },
    { number: "Disk" },
    { number: "Persistent disk" },
    "Zones",
    "For",
  ];
  const ranges = zones.map(({ zone, name, cidr }) => `zone ${zone}${name ? ` (${name})` : ""} ${cidr}`).join(", ");
  const open = ports.map((port) => [
    port.group,
    el("code", {}, portText(port)),
    groupSources(port, applicationPlatform, network),
    port.purpose,
  ]);
  fill(
    section,
    heading(
      "applications",
      "Application platform",
      `${size} · ${systemDomain} · ${cidr} · gateway ${gateway} · database ${database} · blobstore ${blobstore}`,
    ),
    table(head, rows, { label: "Groups of the application platform" }),
    el("p", { class: "quiet" }, `BOSH makes the VMs, at addresses of its choice: ${ranges}.`),
    el(
      "details",
      { class: "block" },
      el("summary", {}, "Every open port of the application platform"),
      table(["To", "Port", "From", "For"], open, { label: "Open ports of the application platform" }),
    ),
  );
}

function groupSources({ fromGroups, fromCidrs }, { cidr }, { adminCidrs }) {
  const nameOf = (range) => {
    if (range === cidr) return "every VM";
    if (range === "0.0.0.0/0") return "everybody";
    return adminCidrs.includes(range) ? "operators" : range;
  };
  return [...new Set([...fromCidrs.map(nameOf), ...fromGroups])].join(", ");
}
