import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../lib/errors.ts";

const perHour = z.strictObject({ perHour: z.number().min(0) });
const perGiBMonth = z.strictObject({ perGiBMonth: z.number().min(0) });

/** `perMachineHour`: where it is billed by the machines behind it, up to `perHour`. */
const natGateway = perHour.extend({ perMachineHour: z.number().min(0).optional() });

const regionPrices = z.strictObject({
  /** By the cloud's name of the flavour, operating system without licence fee, on demand. */
  machineTypes: z.record(z.string(), perHour),
  /** By the cloud's name of the disk type. */
  disks: z.record(z.string(), perGiBMonth).default({}),
  publicAddress: perHour.optional(),
  natGateway: natGateway.optional(),
  /** Of the kind that stands in as gateway, without what depends on its traffic. */
  loadBalancer: perHour.optional(),
});

const priceTable = z.strictObject({
  /** Where the prices were read. */
  source: z.string().min(1),
  /** Of which day they are. */
  date: z.iso.date(),
  /** The source tells no day: `date` is that of reading it. */
  undated: z.boolean().optional(),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Prices without value-added tax and discounts; how the table was made. */
  note: z.string().optional(),
  /** By region; `*` holds for any that is not named. */
  regions: z.record(z.string(), regionPrices),
});

export type PriceTable = z.output<typeof priceTable>;
export type RegionPrices = z.output<typeof regionPrices>;

/** The clouds' usual month: 365 days of 24 hours over 12. */
export const hoursPerMonth = 730;

const shippedTables = join(import.meta.dirname, "prices");

/** The repository's own table of an infrastructure, undefined where there is none. */
export function shippedPriceTable(infrastructure: string): PriceTable | undefined {
  try {
    return parsePriceTable(readFileSync(join(shippedTables, `${infrastructure}.json`), "utf8"), infrastructure);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A table of the user's own. @throws UserError where it cannot be read or is none. */
export function readPriceTable(path: string): PriceTable {
  try {
    return parsePriceTable(readFileSync(path, "utf8"), path);
  } catch (error) {
    if (isMissing(error)) throw new UserError(`there is no price table ${path}`, "see docs/plan.md for its form");
    throw error;
  }
}

function parsePriceTable(text: string, path: string): PriceTable {
  const parsed = priceTable.safeParse(asJson(text, path));
  if (parsed.success) return parsed.data;
  throw new UserError(`${path} is no price table:\n${z.prettifyError(parsed.error)}`, "see docs/plan.md for its form");
}

function asJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path} is not JSON: ${(error as SyntaxError).message}`);
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";
