import { partsOf } from "../../cluster/index.ts";
import type { ClusterPart } from "../../cluster/part.ts";
import type { Environment } from "../../config/environment.ts";
import { errorLine } from "../../lib/errors.ts";
import { clusterReader, kubernetesApi } from "../access/kubernetes-api.ts";
import type { PlatformOutputs } from "../access/outputs.ts";
import { databaseHandshake } from "../verify/database.ts";
import { registryLogin } from "../verify/registry.ts";
import type { ObservedService } from "./observed.ts";

/**
 * Asks the services as their users reach them, through the gateway, then the cluster parts that have checks; each once. Never
 * throws.
 */
export function readServices(outputs: Partial<PlatformOutputs>, environment: Environment): Promise<ObservedService[]> {
  const { kubeconfig, registry, database, endpoints } = outputs;
  return Promise.all([
    service("Kubernetes API", endpoints?.api, kubeconfig && (() => readyz(kubeconfig))),
    service("registry", registry?.endpoint, registry && (() => login(registry))),
    service("database", database?.endpoint, database && registry && (() => databaseHandshake({ database, registry }))),
    ...partsOf(environment)
      .filter(({ checks }) => checks)
      .map((part) => service(part.name, undefined, kubeconfig && (() => passesChecks(part, environment, kubeconfig)))),
  ]);
}

async function service(
  name: string,
  endpoint: string | undefined,
  ask: (() => Promise<string>) | "" | undefined,
): Promise<ObservedService> {
  if (!ask) return { name, endpoint, health: "unknown", detail: "there is no access to it yet" };
  try {
    return { name, endpoint, health: "healthy", detail: await ask() };
  } catch (error) {
    return { name, endpoint, health: "failing", detail: errorLine(error) };
  }
}

async function readyz(kubeconfig: string): Promise<string> {
  const api = kubernetesApi(kubeconfig);
  try {
    await api.call("GET", "/readyz");
    return "ready";
  } finally {
    api.close();
  }
}

async function passesChecks({ checks = [] }: ClusterPart, environment: Environment, kubeconfig: string) {
  const api = kubernetesApi(kubeconfig);
  try {
    const found = await Promise.all(checks.map(({ run }) => run(clusterReader(api), environment)));
    return found.join("; ");
  } finally {
    api.close();
  }
}

async function login(registry: PlatformOutputs["registry"]): Promise<string> {
  const status = await registryLogin(registry, registry.password);
  if (status !== 200) throw new Error(`it answered ${status} to its login, not 200`);
  return "takes its login over TLS";
}
