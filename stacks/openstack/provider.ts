import { Provider } from "@pulumi/openstack/provider.js";
import type { OpenStackSettings } from "../../config/environment.ts";

export function createProvider({ cloud, region }: OpenStackSettings): Provider {
  return new Provider("openstack", { cloud, region });
}
