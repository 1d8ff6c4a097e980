import type * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../config/machines.ts";
import { Pinned } from "../provider/sdk.ts";

/** Gives, for a machine that keeps state, a value as it was when its generation began; for any other the value itself. */
export function pinned(
  name: string,
  value: pulumi.Input<string>,
  { generation }: MachinePlan,
  opts: pulumi.CustomResourceOptions,
): pulumi.Input<string> {
  return generation === undefined ? value : new Pinned(name, { value, generation }, opts).pinned;
}
