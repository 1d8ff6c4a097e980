import type { Change, Drift } from "../../../operations/status/drift.ts";
import { type Facts, type MachineFacts, type Observed, observedOf } from "../../../operations/status/observed.ts";
import type { Plan } from "../../../plan/plan.ts";

export const readAt = "2026-11-21T12:00:00.000Z";

/** Gives the facts of a platform that is as planned. */
export function soundFacts({ machines }: Plan): Facts {
  const nodes = machines.filter(({ role }) => role === "master" || role === "worker");
  const answer: MachineFacts["answer"] = { value: { firstBoot: "done", units: { containerd: "active" } } };
  return {
    readAt,
    machines: Object.fromEntries(machines.map(({ name, privateIp }) => [name, { privateIp, answer }])),
    nodes: { value: Object.fromEntries(nodes.map(({ hostname }) => [hostname, true])) },
    services: [{ name: "registry", endpoint: "127.0.0.1:5000", health: "healthy", detail: "takes its login over TLS" }],
    certificates: [
      { name: "platform-ca", notAfter: { value: "2036-11-18T12:00:00Z" } },
      { name: "apiserver", machine: "master-1", path: "/a.crt", notAfter: { value: "2027-11-21T12:00:00Z" } },
    ],
    drift: { status: "none" },
  };
}

/** Gives a drift of one machine. */
export const driftTo = (machine: string, how: Pick<Change, "change" | "properties">): Drift => ({
  status: "found",
  changes: [{ resource: `platform-${machine}`, type: "kpaas:local:Machine", machine, isMachine: true, ...how }],
});

export const missing = (machine: string): Drift => driftTo(machine, { change: "missing", properties: [] });

export const soundLive = (plan: Plan, but: Partial<Facts> = {}): Observed =>
  observedOf(plan.machines, { ...soundFacts(plan), ...but });
