import { table } from "../../lib/terminal.ts";
import type { BoshStatus } from "../../operations/status/bosh.ts";
import { type ObservedImage, oldDays } from "../../operations/status/images.ts";
import {
  changeInWords,
  conditionSigns,
  type ObservedCertificate,
  type ObservedMachine,
} from "../../operations/status/observed.ts";
import type { ObservedPackages } from "../../operations/status/packages.ts";
import type { PlatformStatus } from "../../operations/status/platform-status.ts";
import type { KubernetesPlan } from "../../plan/plan.ts";

/** Renders what `status` prints. */
export function statusText(status: PlatformStatus): string {
  const { environment, readAt, machines, services, endpoints, dnsRecords, certificates, drift } = status;
  const { applicationPlatform, images = [], kubernetes, packages = [] } = status;
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
    ...(dnsRecords.length > 0
      ? section(
          "DNS records that users need",
          dnsRecords.map(({ name, type, value }) => [`  ${name}`, type, value]),
        )
      : []),
    ...(applicationPlatform ? section("Application platform", boshRows(applicationPlatform)) : []),
    ...(kubernetes.poolsBehind ? section("Kubernetes", versionRows(environment, kubernetes)) : []),
    ...(images.length > 0 ? [...section("Images", imageRows(images)), ...oldImages(environment, images)] : []),
    ...(packages.length > 0 ? section("Packages", packageRows(environment, packages)) : []),
    ...section("Certificates end", certificateRows(certificates)),
    ...section("Drift", driftRows(drift)),
    "",
    `read ${readAt}; next: ./kpaas verify ${environment}`,
  ].join("\n");
}

const machineRow = ({ name, role, privateIp, state, firstBoot, node, condition }: ObservedMachine): string[] => [
  name,
  role,
  privateIp ?? "-",
  state,
  firstBoot,
  node ?? "-",
  `${conditionSigns[condition]} ${condition}`,
];

const section = (title: string, rows: string[][]): string[] => ["", title, table(rows) || "  none yet"];

/**
 * Lists all that `up` issued; of the many on machines those that end, those that are not known, and which of the others ends
 * first.
 */
function certificateRows(certificates: readonly ObservedCertificate[]): string[][] {
  const onMachines = certificates.filter(({ machine }) => machine !== undefined);
  const valid = onMachines.filter(({ state }) => state === "valid");
  const [first] = valid;
  return [
    ...certificates
      .filter(({ machine, state }) => !machine || state === "ends soon" || state === "ended")
      .map(certificateRow),
    ...unknownRows(onMachines.filter(({ state }) => state === "unknown")),
    ...(first ? [[`  ${valid.length} on machines`, `the first, ${certificateRow(first).join(" ").trim()}`]] : []),
  ];
}

/** Gives one row for all of a machine that have the same reason. */
function unknownRows(certificates: readonly ObservedCertificate[]): string[][] {
  const reasons = new Map<string, number>();
  for (const { machine, reason = "" } of certificates) {
    const key = JSON.stringify([machine, reason]);
    reasons.set(key, (reasons.get(key) ?? 0) + 1);
  }
  return [...reasons].map(([key, count]) => {
    const [machine, reason]: [string, string] = JSON.parse(key);
    return [`  ${count} on ${machine}`, `unknown: ${reason}`];
  });
}

function certificateRow({ name, machine, notAfter, daysLeft, state, reason }: ObservedCertificate): string[] {
  const label = `  ${name}${machine ? ` on ${machine}` : ""}`;
  if (!notAfter) return [label, `unknown: ${reason}`];
  return [label, `${notAfter}, ${daysLeft} days${state === "valid" ? "" : `: ${state}`}`];
}

/** Lists VMs in counts, each that does not run by itself; tasks by their own words. */
function boshRows({ service, director, reason, vms, tasks }: BoshStatus): string[][] {
  const states = [...new Set(vms.map(({ state }) => state))].sort();
  const counts = states.map((state) => `${vms.filter((vm) => vm.state === state).length} ${state}`);
  return [
    ["  bosh", service],
    ["  director", reason ? `${director}: ${reason}` : director],
    ...(director === "answers" ? [["  VMs", counts.join(", ") || "none yet"]] : []),
    ...vms
      .filter(({ state }) => state !== "running")
      .map(({ instance, az, state }) => [`  ${instance}`, `${state}, ${az}`]),
    ...tasks.map(({ id, state, startedAt, description }) => [`  task ${id}`, `${state}: ${description}, ${startedAt}`]),
  ];
}

/** Lists the control plane's version and those of pools that wait behind it, with the way on. */
function versionRows(environment: string, { version, poolsBehind = {} }: KubernetesPlan): string[][] {
  const waiting = Object.entries(poolsBehind).map(([pool, older]) => [`  pool ${pool}`, `${older}: waits`]);
  return [["  control plane", version], ...waiting, ["  next", `./kpaas upgrade ${environment} --to ${version}`]];
}

/** Lists images by age, those of machines and pools of the same day in one row. */
function imageRows(images: readonly ObservedImage[]): string[][] {
  const byAge = new Map<string, string[]>();
  for (const { name, days, since, state } of images) {
    const age = `${days} days, since ${since.slice(0, 10)}${state === "old" ? ": old" : ""}`;
    byAge.set(age, [...(byAge.get(age) ?? []), name]);
  }
  return [...byAge].map(([age, names]) => [`  ${names.join(", ")}`, age]);
}

/** Lists security updates by age, machines of the same run in one row; and the machines that ask for a restart. */
function packageRows(environment: string, packages: readonly ObservedPackages[]): string[][] {
  const byAge = new Map<string, string[]>();
  for (const { machine, asOf, days } of packages) {
    const age = asOf ? `security updates ${days} days old, as of ${asOf.slice(0, 10)}` : "as in its image";
    byAge.set(age, [...(byAge.get(age) ?? []), machine]);
  }
  const restarts = packages.filter(({ wantsRestart }) => wantsRestart).map(({ machine }) => machine);
  const [verb, them] = restarts.length === 1 ? ["asks", "it"] : ["ask", "them"];
  return [
    ...[...byAge].map(([age, machines]) => [`  ${machines.join(", ")}`, age]),
    ...(restarts.length > 0
      ? [
          [
            `  ${restarts.join(", ")}`,
            `${verb} for a restart: ./kpaas maintain ${environment} restarts ${them} in turn`,
          ],
        ]
      : []),
  ];
}

/** Says how to leave old images behind, where there are such. */
function oldImages(environment: string, images: readonly ObservedImage[]): string[] {
  const count = images.filter(({ state }) => state === "old").length;
  if (count === 0) return [];
  const [are, ones] = count === 1 ? ["is", "one"] : ["are", "ones"];
  return [
    `  ${count} ${are} older than ${oldDays} days: ./kpaas upgrade ${environment} --images takes the present ${ones}`,
  ];
}

/** Changes that are listed; more are in --json and --html. */
const listedChanges = 20;

function driftRows(drift: PlatformStatus["drift"]): string[][] {
  if (drift.status === "unknown") return [[`  unknown: ${drift.reason}`]];
  if (drift.status === "none") return [["  none: every resource is as it was made"]];
  const rest = drift.changes.length - listedChanges;
  return [
    ...drift.changes.slice(0, listedChanges).map((change) => [`  ${changeInWords(change)}`]),
    ...(rest > 0 ? [[`  and ${rest} more: --json or --html lists all`]] : []),
  ];
}
