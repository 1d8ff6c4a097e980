import { absent } from "../../config/infrastructure/absent.ts";
import { type BilledParts, nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { Credentials } from "../../config/infrastructure/credentials.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { MetadataService } from "../../config/infrastructure/metadata.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** A HAVIP lies in one subnet, hence in one zone: a pair of HAProxy in two zones could not share one. */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: true,
  bastion: true,
  applicationGateways: [],
  fixedDataDiskType: true,
};

/**
 * Billed resources. Only the open one of the load balancers is billed, which comes with its address:
 * https://intl.cloud.tencent.com/document/product/214/36998
 */
const billed: BilledParts = { ...nothingBilled, natGateways: "one", natAddresses: "one", loadBalancers: 1 };

// https://www.tencentcloud.com/document/product/213/4934
const metadata: MetadataService = { addresses: ["169.254.0.23"] };

// https://registry.terraform.io/providers/tencentcloudstack/tencentcloud/latest/docs
const credentials: Credentials = {
  variables: [
    ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY"],
    ["TENCENTCLOUD_SHARED_CREDENTIALS_DIR"],
    ["TENCENTCLOUD_CAM_ROLE_NAME"],
    ["TENCENTCLOUD_ASSUME_ROLE_ARN"],
    ["TKE_ROLE_ARN"],
  ],
  files: ["~/.tccli/default.credential"],
  lendsToVendor: "Tencent",
  remedy: "tccli configure, or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  credentials,
  usualQuotas: absent("an account's limits were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: new URL("prices.json", import.meta.url),
  cpi: absent("no CPI for Tencent Cloud is kept up"),
  metadata,
  koreanRegions: ["ap-seoul"],
};
