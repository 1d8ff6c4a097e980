import type * as pulumi from "@pulumi/pulumi";
import { type ApiAccess, Node } from "../provider/sdk.ts";
import { joinTokenOf, type PartArgs, type PlatformMachine } from "./platform-part.ts";

/** Makes a machine a node of the cluster, and waits for it to be Ready. */
export function clusterNode(
  name: string,
  machine: PlatformMachine,
  api: ApiAccess,
  args: PartArgs,
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
    opts,
  );
}
