import type { Environment } from "../config/environment.ts";
import { isStricter, type PodSecurityLevel } from "../config/pod-security.ts";
import { UserError } from "../lib/errors.ts";
import { note, style } from "../lib/terminal.ts";
import type { KubernetesApi, KubernetesObject } from "../provider/kubernetes.ts";
import { kubernetesApi } from "./access/kubernetes-api.ts";
import { readOutputs } from "./access/outputs.ts";
import type { LoadedEnvironment } from "./environments.ts";
import { type PlatformState, recordIn } from "./living-platform.ts";
import { lookBy } from "./look.ts";

const label = "pod-security.kubernetes.io/enforce";
const merge = "application/merge-patch+json";

/** Stops an `up` that would hold pods to a stricter standard, where some would not come back once they have gone. */
export const podSecurityLook = lookBy("look at pods before they are held to a standard", async (loaded, state) => {
  const { broken, level } = await look(loaded, state);
  if (broken.length === 0) return;
  throw new UserError(
    [`${loaded.name} cannot hold its pods to ${level} yet: some that run would not come back once they have gone:`]
      .concat(broken.map((line) => `  ${line}`))
      .join("\n"),
    `mend them; or give their namespace a level of its own (kubectl label namespace NAME ${label}=privileged), ` +
      "list it in containerPlatform.podSecurity.exemptNamespaces, or set containerPlatform.podSecurity.enforce; " +
      "then run the same command again: nothing was changed",
  );
});

/** Tells the same in a preview, which stops for none of it. */
export const podSecurityWarnings = lookBy(
  "look at pods as an `up` would before they are held to a standard",
  async (loaded, state) => {
    const warn = (text: string) => note(`${style("yellow", "warning:")} up would stop${text}`);
    try {
      const { broken, level } = await look(loaded, state);
      for (const line of broken) warn(`, as pods are to be held to ${level}: ${line}`);
    } catch (error) {
      if (!(error instanceof ClusterUnasked)) throw error;
      warn(`: ${error.message}`);
    }
  },
);

/** The API server did not tell. */
class ClusterUnasked extends UserError {
  constructor({ name, environment }: LoadedEnvironment, reason: string) {
    super(
      `the API server of ${name} cannot be asked which pods break ${environment.containerPlatform.podSecurity.enforce}: ${reason}`,
      `see ./kpaas status ${name}; where its cluster is lost, set containerPlatform.podSecurity.enforce: privileged until it is back`,
    );
  }
}

interface Looked {
  level: PodSecurityLevel;
  /** Namespaces and their pods that break it, in the API server's own words. */
  broken: string[];
}

async function look(loaded: LoadedEnvironment, state: PlatformState): Promise<Looked> {
  const { name, environment } = loaded;
  const { enforce: level } = environment.containerPlatform.podSecurity;
  const record = recordIn(state);
  if (!record || !isStricter(level, record.podSecurity ?? "privileged")) return { level, broken: [] };
  const { kubeconfig } = await readOutputs(name);
  // Without it no `up` has ended.
  if (!kubeconfig) return { level, broken: [] };
  const api = kubernetesApi(kubeconfig);
  try {
    return { level, broken: await brokenIn(api, environment) };
  } catch (error) {
    throw new ClusterUnasked(loaded, (error as Error).message);
  } finally {
    api.close();
  }
}

/** Asks the API server, namespace by namespace, which of the pods that run break the standard. */
export async function brokenIn(api: KubernetesApi, { containerPlatform }: Environment): Promise<string[]> {
  const { enforce, exemptNamespaces } = containerPlatform.podSecurity;
  const free = new Set(["kube-system", ...exemptNamespaces]);
  const { items } = await api.call<{ items: KubernetesObject[] }>("GET", "/api/v1/namespaces");
  const held = items.filter(
    ({ metadata: { name, labels } }) => !free.has(name) && !(labels as Record<string, string> | undefined)?.[label],
  );
  const warnings = await Promise.all(
    held.map(async ({ metadata: { name } }) => {
      const body = { metadata: { labels: { [label]: enforce } } };
      const told = await api.warningsOf("PATCH", `/api/v1/namespaces/${name}`, body, merge);
      // The first line only says that there are some.
      return told.filter((line) => !line.startsWith("existing pods in namespace")).map((line) => `${name}: ${line}`);
    }),
  );
  return warnings.flat();
}
