import { absent } from "../../config/infrastructure/absent.ts";
import { type BilledParts, nothingBilled } from "../../config/infrastructure/billed-parts.ts";
import type { Capabilities } from "../../config/infrastructure/capabilities.ts";
import type { Credentials } from "../../config/infrastructure/credentials.ts";
import type { InfrastructureFacts } from "../../config/infrastructure/facts.ts";
import type { MetadataService } from "../../config/infrastructure/metadata.ts";
import { cpi } from "./cpi.ts";
import { resourceTypes } from "./resource-types.ts";
import { settings } from "./settings.ts";

/**
 * A virtual network knows an address by its network interface, whatever machines announce: a pair of HAProxy could not share one.
 * Its load balancers lose what a machine sends by them to itself, as a master does that asks for the API server:
 * https://learn.microsoft.com/azure/load-balancer/load-balancer-troubleshoot-backend-traffic
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  applicationGateways: ["haproxy"],
};

const billed: BilledParts = { ...nothingBilled, natGateways: "perZone", natAddresses: "perZone" };

/**
 * The wire server gives machines their orders and certificates, and names' addresses on another port:
 * https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
 */
const metadata: MetadataService = {
  addresses: ["169.254.169.254"],
  wireServer: { address: "168.63.129.16", tcpPorts: [80, 32526] },
};

// https://www.pulumi.com/registry/packages/azure-native/installation-configuration
const credentials: Credentials = {
  variables: [["ARM_CLIENT_ID"], ["ARM_USE_MSI"], ["ARM_USE_OIDC"], ["AZURE_CONFIG_DIR"]],
  files: ["~/.azure/azureProfile.json", "~/.azure/msal_token_cache.json", "~/.azure/msal_token_cache.bin"],
  lendsToVendor: "Microsoft",
  remedy: "az login, or set ARM_CLIENT_ID, ARM_CLIENT_SECRET, ARM_TENANT_ID and ARM_SUBSCRIPTION_ID",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  packages: ["@pulumi/azure-native"],
  credentials,
  usualQuotas: absent("a subscription's limits were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: new URL("prices.json", import.meta.url),
  cpi,
  metadata,
  koreanRegions: ["koreacentral", "koreasouth"],
};
