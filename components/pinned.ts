import type * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../config/machines.ts";
import { Pinned } from "../provider/sdk.ts";

/** Gives a value as it was when the machine's generation began, for one that keeps state; for any other the value itself. */
export function pinned(
  name: string,
  value: pulumi.Input<string>,
  { generation }: MachinePlan,
  opts: pulumi.CustomResourceOptions,
): pulumi.Input<string> {
  return generation === undefined ? value : new Pinned(name, { value, generation }, opts).pinned;
}
