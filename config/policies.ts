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

/** Checks a day. Of one that is not in quotes Pulumi makes a moment, midnight in UTC. */
const day = (what: string) =>
  z
    .string()
    .overwrite((value) => value.replace(/[T ]00:00:00( \+0000 UTC|Z)$/, ""))
    .refine((value) => z.iso.date().safeParse(value).success, { error: must(`be ${what}, as YYYY-MM-DD`) });

/** Tells whether a text says something: words, not one letter again and again. */
function saysSomething(text: string): boolean {
  const words = text
    .trim()
    .split(/\s+/)
    .filter((word) => /\p{L}{2}/u.test(word));
  const letters = new Set(text.toLowerCase().match(/\p{L}/gu) ?? []);
  return text.trim().length >= 10 && words.length >= 2 && letters.size >= 5;
}

const setting = z
  .strictObject({
    level: z
      .enum(["mandatory", "advisory", "disabled"])
      .describe("mandatory stops preview and up, advisory warns, disabled exempts the environment."),
    reason: text("say why, in words: 10 characters or more", saysSomething)
      .optional()
      .describe("Why a rule is relaxed; reports list it. Required unless the level is mandatory."),
    by: text("name who decided, a person or a board", (name) => /\p{L}{2}/u.test(name) && name.length <= 100)
      .optional()
      .describe("Who decided so. Required unless the level is mandatory."),
    date: day("the day of the decision").optional().describe("When. Required unless the level is mandatory."),
    until: day("the last day on which it holds")
      .optional()
      .describe(
        "Last day on which the rule is relaxed; from the next on it is enforced as by default. Without it there is no end.",
      ),
  })
  .superRefine((setting, context) => {
    const { level, date, until } = setting;
    const missing = {
      reason: "say why this environment is exempt",
      by: "name who decided so",
      date: "say when",
    } as const;
    if (level !== "mandatory")
      for (const [key, what] of Object.entries(missing))
        if (setting[key as keyof typeof missing] === undefined)
          context.addIssue({ code: "custom", path: [key], message: `must be given: ${what}` });
    if (date !== undefined && until !== undefined && until < date)
      context.addIssue({
        code: "custom",
        path: ["until"],
        message: `must not be before ${date}, the day of the decision`,
      });
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
