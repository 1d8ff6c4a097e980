import type { PriceTable } from "./price-table.ts";

/** A reader of a cloud's public price list, without a login: `stacks/<kind>/price-source.ts`, for `npm run prices`. */
export interface PriceSource {
  /** Regions that are read where none is named: those in Korea. */
  defaultRegions: readonly string[];
  /** Throws Error where the list cannot be had or is of another form. */
  read(regions: readonly string[]): Promise<PriceTable>;
}
