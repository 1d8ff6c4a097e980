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
 * A network knows an address by its instance, whatever machines announce: a pair of HAProxy could not share one. A passthrough
 * load balancer's target that asks by it reaches itself alone, which a master that has yet to join cannot:
 * https://cloud.google.com/load-balancing/docs/internal
 */
const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: true,
  applicationGateways: ["haproxy"],
  // https://www.pulumi.com/registry/packages/gcp/api-docs/compute/instance (bootDisk), compute/disk (type)
  bootDisk: { size: "replaced", type: "replaced" },
  fixedDataDiskType: true,
};

/** The NAT has one address at least: Google gives it more as connections need them. */
const billed: BilledParts = { ...nothingBilled, natGateways: "one", natAddresses: "one" };

// https://cloud.google.com/compute/docs/metadata/overview
const metadata: MetadataService = { addresses: ["169.254.169.254"] };

// https://cloud.google.com/docs/authentication/application-default-credentials
const credentials: Credentials = {
  variables: [
    ["GOOGLE_APPLICATION_CREDENTIALS"],
    ["GOOGLE_CREDENTIALS"],
    ["GOOGLE_CLOUD_KEYFILE_JSON"],
    ["GCLOUD_KEYFILE_JSON"],
    ["GOOGLE_OAUTH_ACCESS_TOKEN"],
    ["CLOUDSDK_CONFIG"],
  ],
  files: ["~/.config/gcloud/application_default_credentials.json"],
  lendsToVendor: "Google",
  remedy: "gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS",
};

export const facts: InfrastructureFacts = {
  settings,
  resourceTypes,
  capabilities,
  billed,
  packages: ["@pulumi/gcp"],
  credentials,
  usualQuotas: absent("a project's limits were not looked up"),
  remainingQuotas: absent("kpaas does not ask for them yet"),
  prices: new URL("prices.json", import.meta.url),
  cpi,
  metadata,
  koreanRegions: ["asia-northeast3"],
};
