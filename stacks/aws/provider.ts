import { Provider } from "@pulumi/aws/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

type Region = pulumi.Unwrap<NonNullable<ConstructorParameters<typeof Provider>[1]>["region"]>;

export function createProvider({ region, profile }: Settings): Provider {
  return new Provider("aws", { region: region as Region, profile });
}

/** Gives tags with a name for people in the console, and the program's own, by which what a killed run left is found. */
export function tagsOf(environment: string, resource: string): Record<string, string> {
  return { Name: `kpaas-${environment}-${resource}`, "kpaas-environment": environment, "kpaas-resource": resource };
}
