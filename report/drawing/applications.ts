import type { Layer } from "../../config/application-platform/group.ts";
import type { ApplicationPlan, PlannedInstanceGroup } from "../../plan/application-platform.ts";
import type { Plan } from "../../plan/plan.ts";
import { bold, boxPrefix, html, outside, quoted, sizeText } from "./text.ts";

/** Layers from top to bottom, one line each. */
const layers: Layer[] = ["front", "control", "cells", "state", "logs"];

/** Tells a group from a role of the container platform that has its name, too. */
const idOf = (name: string): string => `applications ${name}`;

/** Draws the application platform in a cluster of its own, a box for each group of VMs; nothing where there is none. */
export function applicationDrawing({ applicationPlatform }: Plan, index: number, below: string): string[] {
  if (!applicationPlatform) return [];
  const { groups, systemDomain, cidr, gateway } = applicationPlatform;
  const title = bold(`Application platform   ${systemDomain}   ${cidr}`);
  const lines = layers.map((layer) => groups.filter((group) => group.layer === layer)).filter(({ length }) => length);
  return [
    outside(idOf("users"), "Users of applications", usersOf(applicationPlatform), index),
    ...(gateway === "load-balancer" ? [outside(idOf("gateway"), "Load balancer", [systemDomain], index)] : []),
    `  subgraph "cluster applications" { class="zone" style="rounded" margin=14 labeljust=l fontsize=11 label=${title}`,
    ...groups.map((group) => `    ${box(group, index)}`),
    "  }",
    ...lines.map((line) => `  { rank=same; ${line.map(({ name }) => quoted(idOf(name))).join("; ")} }`),
    ...invisible(below, quoted(idOf("users"))),
    ...lines.slice(1).flatMap((line, above) => invisible(firstOf(lines[above]), firstOf(line))),
    ...ways(applicationPlatform),
  ];
}

function usersOf({ ports, cidr }: ApplicationPlan): string[] {
  const https = ports.find(({ group, fromPort }) => group === "gateway" && fromPort === 443);
  return (https?.fromCidrs ?? []).filter((range) => range !== cidr).slice(0, 3);
}

function box(group: PlannedInstanceGroup, index: number): string {
  const { name, count, perZone } = group;
  const zones = perZone.length > 1 ? [`zones ${perZone.join(" + ")}`] : [];
  const label = html(count === 1 ? name : `${count} × ${name}`, [sizeText(group), ...zones]);
  const stacked = count === 1 ? "" : " peripheries=2";
  const id = idOf(name);
  return `${quoted(id)} [class="group" id=${quoted(boxPrefix(index) + id)}${stacked} label=${label}]`;
}

const invisible = (from: string, to: string): string[] => (from && to ? [`  ${from} -> ${to} [style=invis]`] : []);

const firstOf = (line: readonly PlannedInstanceGroup[] = []): string => (line[0] ? quoted(idOf(line[0].name)) : "");

/** Draws how requests come in. */
function ways({ ports, gateway }: ApplicationPlan): string[] {
  const way = (from: string, to: string) => `  ${quoted(idOf(from))} -> ${quoted(idOf(to))} [class="way"]`;
  const behind = new Set(ports.filter(({ fromGroups }) => fromGroups.includes("gateway")).map(({ group }) => group));
  const front = gateway === "load-balancer" ? "gateway" : "haproxy";
  return [way("users", front), ...[...behind].map((group) => way(front, group))];
}
