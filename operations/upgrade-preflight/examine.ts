import { errorLine } from "../../lib/errors.ts";
import { etcdMembers } from "../../provider/etcd-members.ts";
import type { KubernetesApi } from "../../provider/kubernetes.ts";
import type { Transport } from "../../provider/transport.ts";
import { auditScript, comesWithPlatform, judgeUses, parseUses } from "./audit.ts";
import { type DisruptionBudget, judgeBudgets } from "./budgets.ts";
import { diskScript, judgeDisks } from "./disk.ts";
import { blocks, type Finding, warning } from "./finding.ts";
import { judgeEtcd, judgeNodes, judgeReadiness, readinessScript } from "./health.ts";
import type { PodObject } from "./pods.ts";
import { type DrainedPool, judgeLonePods, judgeRoom, type NodeWithRoom } from "./room.ts";
import { judgeSkew } from "./skew.ts";

/** A machine that is a node, with the way into it. */
export interface NodeMachine {
  name: string;
  hostname: string;
  isMaster: boolean;
  connect(): Promise<Transport>;
}

/** A running cluster that is to get another version. */
export interface RunningCluster {
  api: KubernetesApi;
  machines: readonly NodeMachine[];
  /** Pools whose nodes are drained; none where the minor stays. */
  pools: readonly DrainedPool[];
  /** Service accounts of the platform's own parts, `namespace:name`. */
  ownAccounts: ReadonlySet<string>;
  /** Version to come, such as `1.36.3`. */
  target: string;
  /** API servers have that version already: what they serve does not change. */
  controlPlaneStays?: boolean;
}

/** A machine answers in a second; a master's audit log may have 2 GB. */
const answerSeconds = { short: 30, log: 120 };
const machinesAtOnce = 32;

/** Looks at everything that could stand in the way of an upgrade, all at once; changes nothing. Never throws. */
export async function examineUpgrade(cluster: RunningCluster): Promise<Finding[]> {
  const [ofApi, ofMachines] = await Promise.all([examineApi(cluster), examineMachines(cluster)]);
  return [...ofApi, ...ofMachines];
}

async function examineApi({ api, machines, pools, target }: RunningCluster): Promise<Finding[]> {
  const list = async <T>(path: string) => (await api.call<{ items: T[] }>("GET", path)).items;
  try {
    const [{ gitVersion }, nodes, members, pods, budgets] = await Promise.all([
      api.call<{ gitVersion: string }>("GET", "/version"),
      list<NodeWithRoom>("/api/v1/nodes"),
      etcdMembers(api),
      list<PodObject>("/api/v1/pods"),
      list<DisruptionBudget>("/apis/policy/v1/poddisruptionbudgets"),
    ]);
    const masters = new Set(machines.filter(({ isMaster }) => isMaster).map(({ hostname }) => hostname));
    const kubelets = nodes.map(({ metadata, status }) => ({
      node: metadata.name,
      version: status.nodeInfo.kubeletVersion,
    }));
    return [
      ...judgeNodes(
        nodes,
        machines.map(({ hostname }) => hostname),
      ),
      ...judgeEtcd(
        members,
        nodes.filter(({ metadata }) => masters.has(metadata.name)),
      ),
      ...judgeSkew(kubelets, gitVersion, target),
      ...judgeRoom(pools, nodes, pods),
      ...judgeBudgets(pools, budgets, pods),
      ...judgeLonePods(pools, pods),
    ];
  } catch (error) {
    return [
      blocks(
        "Kubernetes API",
        `it does not answer at the gateway: ${errorLine(error)}`,
        "see why: ./kpaas status; bring the platform up at its present version first",
      ),
    ];
  }
}

async function examineMachines({
  machines,
  ownAccounts,
  target,
  controlPlaneStays = false,
}: RunningCluster): Promise<Finding[]> {
  const findings: Finding[] = [];
  const auditLogs: string[] = [];
  const waiting = [...machines];
  const examineNext = async (): Promise<void> => {
    for (let machine = waiting.shift(); machine; machine = waiting.shift()) {
      const { found, auditLog } = await examineMachine(machine);
      findings.push(...found);
      if (auditLog !== undefined) auditLogs.push(auditLog);
    }
  };
  await Promise.all(Array.from({ length: machinesAtOnce }, examineNext));
  const uses = parseUses(auditLogs).filter((use) => !comesWithPlatform(use, ownAccounts));
  return [
    ...findings.sort((one, other) => one.name.localeCompare(other.name, "en", { numeric: true })),
    ...(controlPlaneStays ? [] : judgeUses(uses, target, new Date())),
  ];
}

async function examineMachine(machine: NodeMachine): Promise<{ found: Finding[]; auditLog?: string }> {
  const { name, isMaster } = machine;
  try {
    const transport = await machine.connect();
    const ask = (script: string, seconds = answerSeconds.short) =>
      transport.exec(["sh", "-c", script], { signal: AbortSignal.timeout(seconds * 1000) });
    const [disks, readiness, audit] = await Promise.all([
      ask(diskScript(isMaster)),
      isMaster ? ask(readinessScript) : undefined,
      isMaster ? ask(auditScript(), answerSeconds.log) : undefined,
    ]);
    const found = [
      ...judgeDisks(name, isMaster, disks.stdout),
      ...(readiness ? judgeReadiness(name, readiness.stdout) : []),
      ...(audit && audit.exitCode !== 0 ? [noAuditLog(name, audit.stderr)] : []),
    ];
    return { found, auditLog: audit?.stdout };
  } catch (error) {
    const reason = error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : errorLine(error);
    const remedy = "see why: ./kpaas status; bring the platform up at its present version first";
    return { found: [blocks(`machine ${name}`, `it does not answer: ${reason}`, remedy)] };
  }
}

const noAuditLog = (master: string, reason: string): Finding =>
  warning(
    `audit log of ${master}`,
    `it cannot be read, so that uses of deprecated APIs are not known: ${reason.trim() || "it is not there"}`,
    `look at /var/log/kubernetes/audit on ${master}`,
  );
