import { Provider } from "@pulumi/azure-native/provider.js";
import type { Context } from "./context.ts";
import type { Settings } from "./settings.ts";

export function createProvider({ region, subscriptionId }: Settings): Provider {
  return new Provider("azure-native", { location: region, subscriptionId });
}

/** Gives the arguments that every resource of the group has. */
export function placed({ environment, settings, resourceGroupName }: Context, resource: string) {
  return { resourceGroupName, location: settings.region, tags: tagsOf(environment.name, resource) };
}

/** Gives the tags by which what a killed run left is known as the environment's. */
export function tagsOf(environment: string, resource: string): Record<string, string> {
  return { "kpaas-environment": environment, "kpaas-resource": resource };
}
