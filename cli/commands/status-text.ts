import { changeInWords, conditionSigns, type LiveCertificate, type LiveMachine } from "../../plan/live.ts";
import type { PlatformStatus } from "../platform-status.ts";
import { table } from "../terminal.ts";

/** What `status` prints. */
export function statusText(status: PlatformStatus): string {
  const { environment, readAt, machines, services, endpoints, certificates, drift } = status;
  const head = ["MACHINE", "ROLE", "ADDRESS", "STATE", "FIRST BOOT", "NODE", ""];
  const reasons = machines.flatMap(({ name, condition, reasons }) =>
    reasons.length > 0 ? [[`  ${name}`, `${condition}: ${reasons.join("; ")}`]] : [],
  );
  return [
    table([head, ...machines.map(machineRow)]),
    ...(reasons.length > 0 ? section("Not as it should be", reasons) : []),
    ...section(
      "Services",
      services.map(({ name, health, detail }) => [`  ${name}`, `${health}: ${detail}`]),
    ),
    ...section(
      "Endpoints",
      Object.entries(endpoints).map(([name, value]) => [`  ${name}`, value]),
    ),
    ...section("Certificates end", certificateRows(certificates)),
    ...section("Drift", driftRows(drift)),
    "",
    `read ${readAt}; next: ./kpaas verify ${environment}`,
  ].join("\n");
}

const machineRow = ({ name, role, privateIp, state, firstBoot, node, condition }: LiveMachine): string[] => [
  name,
  role,
  privateIp ?? "-",
  state,
  firstBoot,
  node ?? "-",
  `${conditionSigns[condition]} ${condition}`,
];

const section = (title: string, rows: string[][]): string[] => ["", title, table(rows) || "  none yet"];

/** All that `up` issued; of the many on machines those that want attention, and which of the others ends first. */
function certificateRows(certificates: readonly LiveCertificate[]): string[][] {
  const isShown = ({ machine, state }: LiveCertificate) => machine === undefined || state !== "valid";
  const others = certificates.filter((certificate) => !isShown(certificate));
  const [first] = others;
  return [
    ...certificates.filter(isShown).map(certificateRow),
    ...(first ? [[`  ${others.length} on machines`, `the first, ${certificateRow(first).join(" ").trim()}`]] : []),
  ];
}

function certificateRow({ name, machine, notAfter, daysLeft, state, reason }: LiveCertificate): string[] {
  const label = `  ${name}${machine ? ` on ${machine}` : ""}`;
  if (!notAfter) return [label, `unknown: ${reason}`];
  return [label, `${notAfter}, ${daysLeft} days${state === "valid" ? "" : `: ${state}`}`];
}

function driftRows(drift: PlatformStatus["drift"]): string[][] {
  if (drift.status === "unknown") return [[`  unknown: ${drift.reason}`]];
  if (drift.status === "none") return [["  none: every resource is as it was made"]];
  return drift.changes.map((change) => [`  ${changeInWords(change)}`]);
}
