import { UserError } from "../../lib/errors.ts";
import { alicloud } from "./alicloud.ts";
import { aws } from "./aws.ts";
import { azure } from "./azure.ts";
import type { BoshEnvironment, Cpi } from "./cpi.ts";
import { docker } from "./docker.ts";
import { gcp } from "./gcp.ts";
import { openstack } from "./openstack.ts";

const cpis: Record<string, (environment: BoshEnvironment) => Cpi> = {
  openstack,
  nhn: openstack,
  kt: openstack,
  aws,
  gcp,
  azure,
  alibaba: alicloud,
  local: docker,
};

/** Why BOSH cannot make VMs there. */
const without: Record<string, string> = {
  naver: "no CPI for NAVER Cloud is published",
  tencent: "no CPI for Tencent Cloud is kept up",
  ibm: "the CPI for IBM Cloud is for its classic infrastructure (SoftLayer), not for a VPC",
};

/** The CPI of an environment's infrastructure. Throws UserError where there is none. */
export function cpiOf(environment: BoshEnvironment): Cpi {
  const { kind } = environment.infrastructure;
  const cpi = cpis[kind];
  if (cpi) return cpi(environment);
  throw new UserError(
    `the application platform cannot run on ${kind}: ${without[kind] ?? "there is no CPI"}`,
    `use one of ${Object.keys(cpis).join(", ")}, or leave applicationPlatform out`,
  );
}
