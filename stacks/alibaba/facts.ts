import { absent } from "../../config/infrastructure/absent.ts";
import type { BilledParts } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { Credentials } from "../../config/infrastructure/credentials.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { MetadataService } from "../../config/infrastructure/metadata.ts";
import type { UsualQuotas } from "../../config/infrastructure/quotas.ts";
import { cpi } from "./cpi.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/** A HaVip lies in one vSwitch, hence in one zone: a pair of HAProxy in two zones could not share one. */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: true,
  // https://www.pulumi.com/registry/packages/alicloud/api-docs/nlb/loadbalancer (zoneMappings)
  loadBalancerLeastZones: 2,
  bastion: true,
  applicationGateways: ["load-balancer", "haproxy"],
  // https://www.pulumi.com/registry/packages/alicloud/api-docs/ecs/instance (systemDiskCategory)
  bootDisk: { type: "replaced" },
};

const billed: BilledParts = {
  natGateways: "one",
  natAddresses: "one",
  loadBalancers: 2,
  // Those of the load balancer in front.
  loadBalancerAddresses: "perZone",
  applicationLoadBalancerAddresses: "none",
};

/** Usual limits of one load balancer of the application platform. */
const usualQuotas: UsualQuotas = {
  sources: ["https://www.alibabacloud.com/help/en/slb/classic-load-balancer/product-overview/limits-1"],
  limits: { loadBalancerListeners: { name: "listeners of a classic load balancer", limit: 50 } },
};

// https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
const metadata: MetadataService = { addresses: ["100.100.100.200"] };

// https://www.pulumi.com/registry/packages/alicloud/installation-configuration
const credentials: Credentials = {
  variables: [
    ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    ["ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY"],
    ["ALIBABA_CLOUD_CREDENTIALS_URI"],
    ["ALIBABA_CLOUD_OIDC_TOKEN_FILE"],
    ["ALIBABA_CLOUD_CREDENTIALS_FILE"],
    ["ALIBABA_CLOUD_ECS_METADATA"],
    ["ALICLOUD_SHARED_CREDENTIALS_FILE"],
    ["ALICLOUD_ECS_ROLE_NAME"],
  ],
  files: ["~/.aliyun/config.json"],
  lendsToVendor: "Alibaba",
  remedy: "aliyun configure, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  packages: ["@pulumi/alicloud"],
  credentials,
  usualQuotas,
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: new URL("prices.json", import.meta.url),
  cpi,
  metadata,
  koreanRegions: ["ap-northeast-2"],
};
