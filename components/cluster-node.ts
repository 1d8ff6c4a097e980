import type * as pulumi from "@pulumi/pulumi";
import { type ApiAccess, Node } from "../provider/sdk.ts";
import { joinTokenOf, type PlatformContext, type PlatformMachine } from "./platform-machine.ts";

/** Makes a machine a node of the cluster, and waits for it to be Ready. It need not leave a cluster that is destroyed. */
export function clusterNode(
  name: string,
  machine: PlatformMachine,
  api: ApiAccess,
  args: PlatformContext,
  opts: pulumi.CustomResourceOptions,
): Node {
  return new Node(
    name,
    {
      machineId: machine.id,
      nodeName: machine.plan.hostname,
      connection: machine.connection,
      api,
      joinToken: joinTokenOf(machine.plan, args.secrets),
      timeoutSeconds: args.environment.timeouts.nodeReadySeconds,
    },
    // Not the platform: what goes with a component goes after all that came into it later, a thousand nodes one by one.
    { ...opts, deletedWith: args.secrets.kubernetesCa },
  );
}
