import type * as pulumi from "@pulumi/pulumi";
import { kubernetesVersionOf } from "../config/pool-version.ts";
import { type ApiAccess, Node, type NodeArgs } from "../provider/sdk.ts";
import { joinTokenOf, type PlatformContext, type PlatformMachine } from "./platform-machine.ts";

type NodeSettings = Pick<NodeArgs, "files" | "revision" | "controlPlane" | "labels" | "taints" | "drain">;

/** Makes a machine a node of the cluster, and waits for it to be Ready. It need not leave a cluster that is destroyed. */
export function clusterNode(
  name: string,
  machine: PlatformMachine,
  settings: NodeSettings,
  args: PlatformContext & { api: ApiAccess },
  opts: pulumi.CustomResourceOptions,
): Node {
  const { environment, secrets, api } = args;
  return new Node(
    name,
    {
      machineId: machine.id,
      nodeName: machine.plan.hostname,
      connection: machine.connection,
      api,
      joinToken: joinTokenOf(machine.plan, secrets),
      kubernetesVersion: kubernetesVersionOf(environment, machine.plan),
      timeoutSeconds: environment.timeouts.nodeReadySeconds,
      ...settings,
    },
    // Not the platform: what goes with a component goes after all that came into it later, a thousand nodes one by one.
    { ...opts, deletedWith: secrets.kubernetesCa },
  );
}
