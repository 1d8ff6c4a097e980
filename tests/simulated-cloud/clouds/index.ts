import type { Cloud } from "../cloud.ts";
import { aws } from "./aws.ts";

/** By the name of the Pulumi package. */
export const clouds: Record<string, Cloud> = { aws };
