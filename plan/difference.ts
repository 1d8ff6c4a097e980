import type { Relaxation } from "../policies/evaluate.ts";
import type { Edit } from "./edit.ts";
import type { CountedGroup } from "./machines.ts";
import { type Plan, versionInWords } from "./plan.ts";
import { portText } from "./ports.ts";

/** Differences between two environments. The shape of `./kpaas plan ENV --against OTHER --json`. */
export interface Difference {
  from: string;
  to: string;
  settings: Change[];
  machines: MachineChange[];
  ports: PortChange[];
  warnings: { only: "from" | "to"; text: string }[];
  totals: { what: string; from: number; to: number }[];
  /** Absent where either has no price or they are in different currencies. */
  cost?: { currency: string; from: number; to: number; difference: number };
  /** Absent where it was not asked for. */
  edit?: Edit;
}

export interface Change {
  what: string;
  from: string;
  to: string;
}

export interface MachineChange {
  group: string;
  /** Absent where the environment has no such group. */
  from?: CountedGroup;
  to?: CountedGroup;
}

/** One way in for one source. */
export interface PortChange {
  only: "from" | "to";
  role: string;
  port: string;
  source: string;
}

/** Lists what changes on the way from one plan to the other; `edit`, too, what an `up` then does with the machines that are there. */
export function differenceOf(from: Plan, to: Plan, edit?: Edit): Difference {
  return {
    from: from.environment,
    to: to.environment,
    settings: settingChanges(from, to),
    machines: machineChanges(countedGroups(from), countedGroups(to)),
    ports: onlyInOne(flows(from), flows(to), ({ role, port, source }) => `${role} ${port} ${source}`),
    warnings: onlyInOne(from.warnings, to.warnings, ({ id, text }) => `${id} ${text}`).map(({ only, text }) => ({
      only,
      text,
    })),
    totals: totalChanges(from, to),
    cost: costChange(from, to),
    ...(edit ? { edit } : {}),
  };
}

export function isEmpty({ settings, machines, ports, warnings, totals, cost, edit }: Difference): boolean {
  const lists = [settings, machines, ports, warnings, totals, edit?.refused ?? [], edit?.rollout ?? []];
  return lists.every((list) => list.length === 0) && !cost?.difference;
}

function settingChanges(from: Plan, to: Plan): Change[] {
  const facts = ({ purpose, infrastructure, kubernetes, network, applicationPlatform, transforms }: Plan) => ({
    purpose,
    infrastructure: [infrastructure.kind, infrastructure.region].filter(Boolean).join(" "),
    Kubernetes: versionInWords(kubernetes),
    "pod network": kubernetes.podNetwork,
    zones: String(network.zones.length),
    network: network.cidr,
    pods: network.podCidr,
    services: network.serviceCidr,
    operators: network.adminCidrs.join(", "),
    applications: applicationPlatform?.size ?? "none",
    "system domain": applicationPlatform?.systemDomain ?? "none",
    VMs: applicationPlatform?.cidr ?? "none",
    "app gateway": applicationPlatform?.gateway ?? "none",
    "app database": applicationPlatform?.database ?? "none",
    "app blobstore": applicationPlatform?.blobstore ?? "none",
    transforms: transforms?.types.join(", ") ?? "none",
  });
  const [before, after]: Record<string, string>[] = [facts(from), facts(to)];
  const changes = Object.keys(before ?? {})
    .map((what) => ({ what, from: before?.[what] ?? "", to: after?.[what] ?? "" }))
    .filter((change) => change.from !== change.to);
  return [...changes, ...policyChanges(from.policies.relaxations, to.policies.relaxations)];
}

/** Lists policies that one of the two relaxes otherwise than the other: by level, or by who answers for it until when. */
function policyChanges(from: readonly Relaxation[], to: readonly Relaxation[]): Change[] {
  const rules = new Set([...from, ...to].map(({ rule }) => rule));
  return [...rules].flatMap((rule) => {
    const [before, after] = [from, to].map((list) => list.find((one) => one.rule === rule));
    const usual = (before ?? after)?.insteadOf ?? "";
    const change = {
      what: `policy ${rule}`,
      from: before ? inForce(before) : usual,
      to: after ? inForce(after) : usual,
    };
    return change.from === change.to ? [] : [change];
  });
}

function inForce({ level, insteadOf, isOver, by, date, until, reason }: Relaxation): string {
  if (isOver) return insteadOf;
  return `${level}: ${reason} (${[by, date, until && `until ${until}`].filter(Boolean).join(", ")})`;
}

/** Names the application platform's groups as such: both platforms have one that is called database. */
const named = (group: string) => `app ${group}`;

function countedGroups({ groups, applicationPlatform }: Plan): CountedGroup[] {
  const vms = (applicationPlatform?.groups ?? []).map(
    ({ name, count, size, machineType, dataDiskGiB, perZone }): CountedGroup => ({
      name: named(name),
      count,
      size,
      machineType,
      dataDiskGiB,
      perZone,
    }),
  );
  return [...groups, ...vms];
}

function machineChanges(from: readonly CountedGroup[], to: readonly CountedGroup[]): MachineChange[] {
  const names = new Set([...from, ...to].map(({ name }) => name));
  return [...names].flatMap((group) => {
    const [before, after] = [from, to].map((groups) => groups.find(({ name }) => name === group));
    return comparable(before) === comparable(after) ? [] : [{ group, from: before, to: after }];
  });
}

/** Gives a group as it is compared: zones at the end in which it has no machine tell nothing of it. */
function comparable(group: CountedGroup | undefined): string {
  return JSON.stringify({ ...group, perZone: group?.perZone.join("+").replace(/(\+0)+$/, "") });
}

/** Lists ways in by source. Operators' ranges are compared as such: which they are is a setting. */
function flows({ ports, network, applicationPlatform }: Plan): Omit<PortChange, "only">[] {
  const sourceOf = (cidr: string) => {
    if (network.adminCidrs.includes(cidr)) return "operators";
    if (cidr === applicationPlatform?.cidr) return "application VMs";
    return cidr === network.cidr ? "machines" : cidr;
  };
  const all = [
    ...ports.map(({ fromRoles, fromPods, ...port }) => ({
      ...port,
      peers: [...fromRoles, ...(fromPods ? ["pods"] : [])],
    })),
    ...(applicationPlatform?.ports ?? []).map(({ group, fromGroups, ...port }) => ({
      ...port,
      role: named(group),
      peers: fromGroups,
    })),
  ];
  return all.flatMap((port) =>
    [...new Set([...port.peers, ...port.fromCidrs.map(sourceOf)])].map((source) => ({
      role: port.role,
      port: portText(port),
      source,
    })),
  );
}

function onlyInOne<T>(from: readonly T[], to: readonly T[], key: (each: T) => string): (T & { only: "from" | "to" })[] {
  const [before, after] = [from, to].map((list) => new Set(list.map(key)));
  return [
    ...from.filter((each) => !after?.has(key(each))).map((each) => ({ only: "from" as const, ...each })),
    ...to.filter((each) => !before?.has(key(each))).map((each) => ({ only: "to" as const, ...each })),
  ];
}

function totalChanges(from: Plan, to: Plan): Difference["totals"] {
  const names = {
    machines: "machines",
    vcpus: "vCPU",
    memoryGiB: "GiB of memory",
    bootDiskGiB: "GiB of boot disks",
    dataDiskGiB: "GiB of data disks",
  } as const;
  return (Object.keys(names) as (keyof typeof names)[])
    .map((key) => ({ what: names[key], from: from.totals[key], to: to.totals[key] }))
    .filter((change) => change.from !== change.to);
}

function costChange(from: Plan, to: Plan): Difference["cost"] {
  if (from.cost.status !== "priced" || to.cost.status !== "priced") return undefined;
  if (from.cost.currency !== to.cost.currency) return undefined;
  const difference = Math.round((to.cost.monthly - from.cost.monthly) * 100) / 100;
  return { currency: to.cost.currency, from: from.cost.monthly, to: to.cost.monthly, difference };
}
