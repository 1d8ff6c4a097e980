import type { ApplicationPlan, OpenGroupPort } from "../../plan/application-platform.ts";
import type { Plan } from "../../plan/plan.ts";
import { portText } from "../../plan/ports.ts";
import { namesText, sizeCells, sizeHeader, wrapped, wrappedTable } from "./layout.ts";

/** Renders the application platform's sections of a plan, titled; none where there is no such platform. */
export function applicationSections({ applicationPlatform, network }: Plan): [title: string, text: string][] {
  if (!applicationPlatform) return [];
  const { size, totals, systemDomain } = applicationPlatform;
  return [
    [`Application platform (${size}): ${totals.machines} VMs below ${systemDomain}`, groups(applicationPlatform)],
    ["Application platform's network", zones(applicationPlatform)],
    ["Application platform's open ports", openPorts(applicationPlatform, network.adminCidrs)],
  ];
}

/** Gives the rows of the table of ways in. The gateway's address is the cloud's choice, which the domain is made to point to. */
export function applicationWaysIn({ ports, systemDomain, gateway }: ApplicationPlan): string[][] {
  return ports
    .filter(({ group }) => group === "gateway")
    .map((port) => [portText(port), systemDomain, gateway.replace("-", " "), port.purpose]);
}

function groups({ groups, zones, totals, director, passing }: ApplicationPlan): string {
  const severalZones = zones.length > 1;
  const header = ["group", "count", "VM type", ...sizeHeader, ...(severalZones ? ["zones"] : [])];
  const rows = groups.map((group) => [
    group.name,
    String(group.count),
    group.vmType,
    ...sizeCells(group),
    ...(severalZones ? [group.perZone.join(" + ")] : []),
  ]);
  const { vcpus, memoryGiB, bootDiskGiB, dataDiskGiB } = totals;
  const sum = `${vcpus} vCPU, ${memoryGiB} GiB memory, ${bootDiskGiB} GiB boot and ${dataDiskGiB} GiB data disks`;
  const { size, dataDisk } = director;
  const directorSize = `${size.vcpus} vCPU, ${size.memoryGiB} GiB memory, ${size.diskGiB} GiB boot and ${dataDisk?.sizeGiB ?? 0} GiB data disk`;
  return [
    wrappedTable([header, ...rows]),
    wrapped(`in all ${sum}`),
    wrapped(`beside them BOSH's director: ${directorSize}; at most ${passing.length} VMs more compile and run errands`),
  ].join("\n");
}

function zones({ cidr, zones, gateway, database, blobstore }: ApplicationPlan): string {
  return wrappedTable([
    ["VMs", cidr],
    ...zones.map(({ zone, name, cidr, addressRange }) => [
      `zone ${zone}${name ? `, ${name}` : ""}`,
      `${cidr}: VMs ${addressRange}`,
    ]),
    ["gateway", gateway === "load-balancer" ? "a load balancer" : "haproxy"],
    ["database", database],
    ["blobstore", blobstore],
  ]);
}

/** Renders open ports; those that are open alike on several groups share a line. */
function openPorts({ ports, cidr }: ApplicationPlan, adminCidrs: readonly string[]): string {
  const all = [...new Set(ports.map(({ group }) => group))].filter((group) => group !== "gateway");
  const lines = new Map<string, { groups: string[]; cells: string[] }>();
  for (const port of ports) {
    const cells = [portText(port), port.purpose, sources(port, cidr, adminCidrs)];
    const line = lines.get(cells.join()) ?? { groups: [], cells };
    line.groups.push(port.group);
    lines.set(cells.join(), line);
  }
  const rows = [...lines.values()].map(({ groups, cells }) => [namesText(groups, all), ...cells]);
  return wrappedTable([["to", "port", "what for", "from"], ...rows]);
}

function sources({ fromGroups, fromCidrs }: OpenGroupPort, cidr: string, adminCidrs: readonly string[]): string {
  const nameOf = (range: string) => {
    if (range === cidr) return "VMs";
    if (range === "0.0.0.0/0") return "everybody";
    return adminCidrs.includes(range) ? "operators" : range;
  };
  return [...new Set([...fromCidrs.map(nameOf), ...fromGroups])].join(", ");
}
