import { planMachines, type Role } from "../config/machines.ts";
import type { KubernetesObject } from "../provider/kubernetes.ts";
import { connect } from "../provider/transport.ts";
import { errorLine } from "./errors.ts";
import { kubernetesApi } from "./kubernetes-access.ts";
import { loadDeployed, machineConnection } from "./machines.ts";
import { readOutputs } from "./outputs.ts";
import { environmentsWithState, isForeignBackend } from "./state.ts";
import { notUp } from "./workspace.ts";

export interface MachineStatus {
  name: string;
  role: Role;
  hostname: string;
  privateIp?: string;
  state: "running" | "unreachable";
  firstBoot: "done" | "under way" | "unknown";
  /** Of its Kubernetes node; absent for machines that are none, and while the API does not answer. */
  node?: "Ready" | "NotReady" | "absent";
}

export interface PlatformStatus {
  environment: string;
  machines: MachineStatus[];
  endpoints: Record<string, string>;
  /** End of validity, RFC 3339. */
  certificates: Record<string, string>;
  apiError?: string;
}

export interface NodeObject extends KubernetesObject {
  spec: { taints?: { key: string; effect: string }[] };
  status: { conditions?: { type: string; status: string }[] };
}

/** What the state says and what the machines and the API say now. Throws UserError where the environment is not up. */
export async function platformStatus(name: string, file?: string): Promise<PlatformStatus> {
  if (!isForeignBackend() && !environmentsWithState().includes(name)) throw notUp(name);
  const { environment } = await loadDeployed(name, file);
  const outputs = await readOutputs(name);
  const [nodes, machines] = await Promise.all([
    readNodes(outputs.kubeconfig),
    Promise.all(
      planMachines(environment).map(async (plan): Promise<MachineStatus> => {
        const { name, role, hostname } = plan;
        const privateIp = outputs.machines?.[name]?.privateIp ?? plan.privateIp;
        const firstBoot = await firstBootOf(environment, plan);
        return {
          name,
          role,
          hostname,
          privateIp,
          state: firstBoot ? "running" : "unreachable",
          firstBoot: firstBoot ?? "unknown",
        };
      }),
    ),
  ]);
  return {
    environment: name,
    machines: machines.map((machine) => ({ ...machine, node: nodeOf(machine, nodes.items) })),
    endpoints: outputs.endpoints ?? {},
    certificates: outputs.certificates ?? {},
    apiError: nodes.error,
  };
}

/** Undefined where the machine does not answer. */
async function firstBootOf(
  environment: Parameters<typeof machineConnection>[0],
  plan: Parameters<typeof machineConnection>[1],
): Promise<"done" | "under way" | undefined> {
  try {
    const transport = await connect(await machineConnection(environment, plan));
    const { exitCode } = await transport.exec(["test", "-e", "/var/lib/kpaas/first-boot.done"]);
    return exitCode === 0 ? "done" : "under way";
  } catch {
    return undefined;
  }
}

async function readNodes(kubeconfig: string | undefined): Promise<{ items?: NodeObject[]; error?: string }> {
  if (!kubeconfig) return { error: "there is no access to it yet" };
  const api = kubernetesApi(kubeconfig);
  try {
    return await api.call<{ items: NodeObject[] }>("GET", "/api/v1/nodes");
  } catch (error) {
    return { error: errorLine(error) };
  } finally {
    api.close();
  }
}

function nodeOf({ role, hostname }: MachineStatus, nodes: NodeObject[] | undefined): MachineStatus["node"] {
  if (!nodes || (role !== "master" && role !== "worker")) return undefined;
  const node = nodes.find(({ metadata }) => metadata.name === hostname);
  return node ? (isReady(node) ? "Ready" : "NotReady") : "absent";
}

export const isReady = ({ status }: NodeObject): boolean =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false;
