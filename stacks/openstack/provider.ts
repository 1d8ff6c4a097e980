import { Provider } from "@pulumi/openstack/provider.js";
import type { Settings } from "./settings.ts";

export function createProvider({ cloud, region }: Settings, { useOctavia = true } = {}): Provider {
  return new Provider("openstack", { cloud, region, useOctavia });
}
