import type { Cloud } from "../cloud.ts";
import { alicloud } from "./alicloud.ts";
import { aws } from "./aws.ts";
import { azureNative } from "./azure-native.ts";
import { gcp } from "./gcp.ts";
import { ibm } from "./ibm.ts";
import { ncloud } from "./ncloud.ts";
import { openstack } from "./openstack.ts";
import { tencentcloud } from "./tencentcloud.ts";

/** Simulated clouds by the name of the Pulumi package. */
export const clouds: Record<string, Cloud> = {
  alicloud,
  aws,
  "azure-native": azureNative,
  gcp,
  ibm,
  ncloud,
  openstack,
  tencentcloud,
};
