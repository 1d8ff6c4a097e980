import { z } from "zod";
import { type BilledParts, type Capabilities, kind, nothingBilled } from "../../config/infrastructure-fields.ts";

export const settings = z
  .strictObject({ kind: kind("local") })
  .describe("This machine: system containers on a Docker or Podman engine.");

export const capabilities: Capabilities = {
  virtualAddress: false,
  loadBalancer: false,
  bastion: false,
  applicationGateways: ["haproxy"],
};

export const billed: BilledParts = nothingBilled;
