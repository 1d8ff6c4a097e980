import { z } from "zod";
import { text } from "./formats.ts";
import { must } from "./problems.ts";

/**
 * Setting that tells whether users depend on the environment: size floors, redundancy and encryption are demanded of
 * operation only.
 */
export const purpose = z
  .enum(["development", "operation"])
  .default("development")
  .describe("What the environment is for; some policies hold for operation only.");

const ruleName = text("be a policy's name, as docs/policies.md lists them", (name) =>
  /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name),
);

const setting = z
  .strictObject({
    level: z
      .enum(["mandatory", "advisory", "disabled"])
      .describe("mandatory stops preview and up, advisory warns, disabled exempts the environment."),
    reason: text("say why in 10 characters or more", (reason) => reason.trim().length >= 10)
      .optional()
      .describe("Why a rule is relaxed; reports list it. Required unless the level is mandatory."),
  })
  .refine(({ level, reason }) => level === "mandatory" || reason !== undefined, {
    path: ["reason"],
    error: "must be given: say why this environment is exempt, and who decided so",
  })
  .describe("How one policy is enforced here.");

const limit = (what: string) => z.int().min(1).optional().describe(`Most ${what} that the environment may have.`);

export const policies = z
  .strictObject({
    monthlyBudget: z
      .strictObject({
        amount: z.number().positive().describe("Most that a month may cost."),
        currency: z
          .string()
          .regex(/^[A-Z]{3}$/, { error: must("be a currency's code such as USD") })
          .describe("ISO 4217 code; it must be the price table's."),
      })
      .optional()
      .describe("Budget of a month, compared with the plan's cost where every price is known."),
    quota: z
      .strictObject({
        machines: limit("machines"),
        vcpus: limit("virtual processors"),
        memoryGiB: limit("memory in GiB"),
        diskGiB: limit("disk in GiB, boot and data disks together"),
      })
      .prefault({})
      .describe("What the environment may ask of the infrastructure."),
    rules: z.record(ruleName, setting).default({}).describe("Enforcement by policy name, where it differs."),
  })
  .prefault({})
  .describe("Budget, quota and how policies are enforced.");
