import { isNode } from "../../config/roles/index.ts";
import type { PlannedMachine } from "../../plan/machines.ts";
import type { Change, Drift } from "./drift.ts";

/** Holds a value that was read; where it could not be, why. */
export type Known<T> = { value: T } | { unknown: string };

/** Everything that the platform itself said at one moment, by the names that the plan gives its parts. */
export interface Facts {
  /** RFC 3339. */
  readAt: string;
  machines: Readonly<Record<string, MachineFacts>>;
  /** Readiness of each node that the Kubernetes API has, by node name. */
  nodes: Known<Readonly<Record<string, boolean>>>;
  services: readonly ObservedService[];
  certificates: readonly CertificateFact[];
  drift: Drift;
}

export interface MachineFacts {
  privateIp?: string;
  /** A command's answer from inside it; unknown where it does not answer. */
  answer: Known<MachineAnswer>;
}

export interface MachineAnswer {
  firstBoot: "done" | "under way";
  /** systemd's state of each unit that its role runs: `active`, `failed`, `inactive`, ...; `unknown` where it tells none. */
  units: Readonly<Record<string, string>>;
  /** True where its packages are upgraded and a restart is to put them into use. */
  wantsRestart?: boolean;
}

/** A service as its users meet it. */
export interface ObservedService {
  name: string;
  /** The address at which it was asked; absent while it has none. */
  endpoint?: string;
  health: "healthy" | "failing" | "unknown";
  /** Its own words, or why it is not healthy or not known. */
  detail: string;
}

export interface CertificateFact {
  name: string;
  /** The machine whose file it is; absent where it is what `up` issued last. */
  machine?: string;
  path?: string;
  /** End of validity, RFC 3339. */
  notAfter: Known<string>;
}

export interface ObservedCertificate {
  name: string;
  machine?: string;
  path?: string;
  /** RFC 3339; absent where it is not known. */
  notAfter?: string;
  /** Whole days from the reading to the end of validity; negative where it has ended. */
  daysLeft?: number;
  /** `ends soon`: less than `soonDays` are left. */
  state: "valid" | "ends soon" | "ended" | "unknown";
  /** The reason why it is not known. */
  reason?: string;
}

/** `changed`: ready, but not as it was made. */
export type Condition = "ready" | "changed" | "not ready" | "missing" | "unknown";

export interface ObservedMachine {
  name: string;
  role: PlannedMachine["role"];
  hostname: string;
  privateIp?: string;
  condition: Condition;
  /** Reasons why it is not ready, or not known to be; none where it is ready. */
  reasons: string[];
  exists: "yes" | "no" | "unknown";
  state: "running" | "unreachable" | "missing";
  firstBoot: MachineAnswer["firstBoot"] | "unknown";
  /** State of its Kubernetes node; absent for machines that are none. */
  node?: "Ready" | "NotReady" | "absent" | "unknown";
  /** States by systemd unit; none where the machine does not answer. */
  units: Readonly<Record<string, string>>;
  /** Its own part of the drift. */
  drift: Change[];
}

/** The platform as it was observed, part by part of the plan. */
export interface Observed {
  readAt: string;
  machines: ObservedMachine[];
  services: readonly ObservedService[];
  /** The one that ends first comes first, those that are not known last. */
  certificates: ObservedCertificate[];
  drift: Drift;
}

/** A certificate with fewer days than this is warned of. */
const soonDays = 30;

const dayMs = 86_400_000;

export function observedOf(
  planned: readonly Pick<PlannedMachine, "name" | "role" | "hostname">[],
  facts: Facts,
): Observed {
  const { readAt, services, drift } = facts;
  return {
    readAt,
    machines: planned.map((machine) => observedMachine(machine, facts)),
    services,
    certificates: facts.certificates.map((fact) => observedCertificate(fact, readAt)).sort(byEnd),
    drift,
  };
}

function observedMachine(
  { name, role, hostname }: Parameters<typeof observedOf>[0][number],
  facts: Facts,
): ObservedMachine {
  const { privateIp, answer } = facts.machines[name] ?? { answer: { unknown: "it was not asked" } };
  const drift = facts.drift.status === "found" ? facts.drift.changes.filter(({ machine }) => machine === name) : [];
  const isGone = lossOf(drift) !== undefined;
  const said = "value" in answer ? answer.value : undefined;
  const machine: Omit<ObservedMachine, "condition" | "reasons"> = {
    name,
    role,
    hostname,
    privateIp,
    exists: isGone ? "no" : said || facts.drift.status !== "unknown" ? "yes" : "unknown",
    state: isGone ? "missing" : said ? "running" : "unreachable",
    firstBoot: said?.firstBoot ?? "unknown",
    node: isNode(role) ? nodeOf(hostname, facts.nodes) : undefined,
    units: said?.units ?? {},
    drift,
  };
  return { ...machine, ...judged(machine, answer, facts.nodes) };
}

/** Gives the reason why the machine itself does not exist, where a comparison says so. */
function lossOf(drift: readonly Change[]): string | undefined {
  const change = drift.find(({ isMachine }) => isMachine)?.change;
  if (change === "missing") return "it was made, but does not exist any more";
  return change === "not created" ? "it has not been made yet" : undefined;
}

function nodeOf(hostname: string, nodes: Facts["nodes"]): ObservedMachine["node"] {
  if ("unknown" in nodes) return "unknown";
  const isReady = nodes.value[hostname];
  return isReady === undefined ? "absent" : isReady ? "Ready" : "NotReady";
}

/** Judges a machine by the worst that is known of it; what is not known counts only where nothing worse is. */
function judged(
  { exists, firstBoot, node, units, drift }: Omit<ObservedMachine, "condition" | "reasons">,
  answer: MachineFacts["answer"],
  nodes: Facts["nodes"],
): Pick<ObservedMachine, "condition" | "reasons"> {
  const silent = "unknown" in answer ? `it does not answer: ${answer.unknown}` : undefined;
  const loss = lossOf(drift);
  if (loss) {
    const other = silent ? [] : ["what answers under its name is another machine"];
    return { condition: "missing", reasons: [loss, ...other] };
  }
  const unitsThat = (are: (state: string) => boolean) =>
    Object.entries(units).flatMap(([unit, state]) => (are(state) ? [`${unit} is ${state}`] : []));
  const wrong = [
    ...(silent && exists === "yes" ? [silent] : []),
    ...(firstBoot === "under way" ? ["its first boot is under way"] : []),
    ...unitsThat((state) => state !== "active" && state !== "unknown"),
    ...(node === "NotReady" ? ["its node is not Ready"] : []),
    ...(node === "absent" ? ["the cluster has no node of its name"] : []),
  ];
  const open = [
    ...(silent && exists === "unknown" ? [silent] : []),
    ...unitsThat((state) => state === "unknown"),
    ...("unknown" in nodes && node === "unknown" ? [`its node is not known: ${nodes.unknown}`] : []),
  ];
  const differs = drift.map(changeInWords);
  const reasons = [...wrong, ...open, ...differs];
  if (wrong.length > 0) return { condition: "not ready", reasons };
  if (open.length > 0) return { condition: "unknown", reasons };
  return { condition: differs.length > 0 ? "changed" : "ready", reasons };
}

/** Renders `platform-worker-2-node is changed: labels` */
export const changeInWords = ({ resource, change, properties }: Change): string =>
  `${resource} is ${change}${properties.length > 0 ? `: ${properties.join(", ")}` : ""}`;

function observedCertificate({ notAfter, ...fact }: CertificateFact, readAt: string): ObservedCertificate {
  if ("unknown" in notAfter) return { ...fact, state: "unknown", reason: notAfter.unknown };
  const daysLeft = Math.floor((Date.parse(notAfter.value) - Date.parse(readAt)) / dayMs);
  const state = daysLeft < 0 ? "ended" : daysLeft < soonDays ? "ends soon" : "valid";
  return { ...fact, notAfter: notAfter.value, daysLeft, state };
}

const byEnd = (a: ObservedCertificate, b: ObservedCertificate): number =>
  (a.daysLeft ?? Number.MAX_SAFE_INTEGER) - (b.daysLeft ?? Number.MAX_SAFE_INTEGER);

/** Signs beside each machine in the drawing, for those who do not tell its colour. */
export const conditionSigns: Record<Condition, string> = {
  ready: "✓",
  changed: "≠",
  "not ready": "!",
  missing: "✗",
  unknown: "?",
};

const worstFirst: readonly Condition[] = ["missing", "not ready", "unknown", "changed", "ready"];

/** Gives the worst of some machines' conditions, and all of them in words: `✗ 1 missing, ✓ 4 ready`. */
export function conditionsOf(machines: readonly ObservedMachine[]): { worst: Condition; text: string } {
  const counts = worstFirst
    .map((condition) => ({ condition, count: machines.filter((machine) => machine.condition === condition).length }))
    .filter(({ count }) => count > 0);
  const one = machines.length === 1;
  return {
    worst: counts[0]?.condition ?? "unknown",
    text: counts
      .map(({ condition, count }) => `${conditionSigns[condition]} ${one ? "" : `${count} `}${condition}`)
      .join(", "),
  };
}
