import { readFileSync } from "node:fs";
import { z } from "zod";
import { known } from "../config/infrastructure/absent.ts";
import { factsOf } from "../config/infrastructure/catalog.ts";
import { type PriceTable, priceTable } from "../config/infrastructure/price-table.ts";
import { UserError } from "../lib/errors.ts";

/** The clouds' usual month: 365 days of 24 hours over 12. */
export const hoursPerMonth = 730;

/**
 * Reads the repository's own table of an infrastructure, undefined where there is none. Throws RangeError for an unknown kind.
 */
export function shippedPriceTable(kind: string): PriceTable | undefined {
  const file = known(factsOf({ kind }).prices);
  return file && parsePriceTable(readFileSync(file, "utf8"), kind);
}

/** Reads a table of the user's own. @throws UserError where it cannot be read or is none. */
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
