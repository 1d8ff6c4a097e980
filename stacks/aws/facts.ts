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

/** A VPC carries no multicast and routes an address to one machine only: a pair of HAProxy could not share one. */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: true,
  bastion: true,
  applicationGateways: ["load-balancer"],
};

const billed: BilledParts = {
  natGateways: "perZone",
  natAddresses: "perZone",
  loadBalancers: 2,
  // Those of the load balancer in front.
  loadBalancerAddresses: "perZone",
};

/** Usual limits of one load balancer of the application platform. */
const usualQuotas: UsualQuotas = {
  sources: ["https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html"],
  limits: { loadBalancerListeners: { name: "listeners of a network load balancer", limit: 50 } },
};

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
const metadata: MetadataService = { addresses: ["169.254.169.254"] };

// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
const credentials: Credentials = {
  variables: [
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    ["AWS_WEB_IDENTITY_TOKEN_FILE"],
    ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
    ["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
    ["AWS_SHARED_CREDENTIALS_FILE"],
    ["AWS_CONFIG_FILE"],
  ],
  files: ["~/.aws/credentials", "~/.aws/config"],
  lendsToVendor: "Amazon",
  remedy: "aws configure (or aws configure sso), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  packages: ["@pulumi/aws"],
  credentials,
  usualQuotas,
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: new URL("prices.json", import.meta.url),
  cpi,
  metadata,
  koreanRegions: ["ap-northeast-2"],
};
