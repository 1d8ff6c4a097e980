import type * as pulumi from "@pulumi/pulumi";
import type { AdapterContext } from "../shared/context.ts";
import type { Settings } from "./settings.ts";

/** Context of every function of the adapter. */
export interface Context extends AdapterContext<Settings> {
  resourceGroupName: pulumi.Output<string>;
}
