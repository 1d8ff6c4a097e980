import { Provider, type ProviderArgs } from "@pulumi/openstack/provider.js";
import type { Settings } from "./settings.ts";

export function createProvider({ cloud, region }: Settings, args: Pick<ProviderArgs, "useOctavia"> = {}): Provider {
  return new Provider("openstack", { cloud, region, ...args });
}
