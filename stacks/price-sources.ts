import { existsSync } from "node:fs";
import { infrastructureKinds } from "../config/infrastructure/catalog.ts";
import type { PriceSource } from "../config/infrastructure/price-source.ts";
import "./infrastructures.ts";

/** Loads every infrastructure's source of prices, by kind. */
export async function loadPriceSources(): Promise<Map<string, PriceSource>> {
  const kinds = infrastructureKinds().filter((kind) => existsSync(new URL(`${kind}/price-source.ts`, import.meta.url)));
  const sources = kinds.map(async (kind): Promise<[string, PriceSource]> => {
    const module: { priceSource: PriceSource } = await import(`./${kind}/price-source.ts`);
    return [kind, module.priceSource];
  });
  return new Map(await Promise.all(sources));
}
