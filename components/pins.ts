import type * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../config/machines.ts";
import { Pinned } from "../provider/sdk.ts";

/**
 * Gives a value as it was when the machine's generation began. `what` names it: `image`. Machines of a pool share one pin, so that a
 * worker costs no resource more; a value `of: "machine"` that differs among them is not pinned for them.
 */
export type Pin = (what: string, value: pulumi.Input<string>, of?: "set" | "machine") => pulumi.Input<string>;

/** Makes the pins of a machine that is alone in what it is made from. */
export function machinePins(name: string, { generation }: MachinePlan, opts: pulumi.CustomResourceOptions): Pin {
  return (what, value) => new Pinned(`${name}-${what}`, { pinned: value, generation }, opts).pinned;
}

/** Makes the pins of a pool's machines, each made once. */
export function poolPins(name: string, generation: number, opts: pulumi.CustomResourceOptions): Pin {
  const made = new Map<string, pulumi.Output<string>>();
  return (what, value, of = "set") => {
    if (of === "machine") return value;
    const pinned = made.get(what) ?? new Pinned(`${name}-${what}`, { pinned: value, generation }, opts).pinned;
    made.set(what, pinned);
    return pinned;
  };
}
