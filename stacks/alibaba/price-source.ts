import type { PriceSource } from "../../config/infrastructure/price-source.ts";
import type { PriceTable, RegionPrices } from "../../config/infrastructure/price-table.ts";
import { get } from "../shared/http.ts";

export const priceSource: PriceSource = { defaultRegions: ["ap-northeast-2"], read };

/** Price page of the China site: the international one's does not name its list. */
const alibabaPage = "https://www.aliyun.com/price/ecs/ecs-pricing/zh";

async function read(regions: readonly string[]): Promise<PriceTable> {
  const address = alibabaListAddress(await (await get(alibabaPage)).text());
  const list = (await (await get(address)).json()) as AlibabaList;
  return {
    source: `Alibaba Cloud's price list of ECS, ${address}`,
    date: new Date().toISOString().slice(0, 10),
    currency: "CNY",
    regions: Object.fromEntries(regions.map((region) => [region, alibabaPrices(list, region)])),
  };
}

/** The list that the price page of ECS offers for download. Its keys: region, type, network, system, kind of input and output. */
export interface AlibabaList {
  pricingInfo: Record<string, { hours?: { price: string }[] }>;
}

/** Reads the address of the newest list from the price page. Throws where it names none. */
export function alibabaListAddress(page: string): string {
  const folder = page.match(/https:\/\/g\.alicdn\.com\/aliyun\/ecs-price-info\/[\d.]+/)?.[0];
  if (!folder) throw new Error("the price page names no list");
  return `${folder}/price/download/instancePrice.json`;
}

/** Gives the prices of machines with Linux in a VPC, paid by use. */
export function alibabaPrices({ pricingInfo }: AlibabaList, region: string): RegionPrices {
  const machineTypes: RegionPrices["machineTypes"] = {};
  for (const [key, { hours }] of Object.entries(pricingInfo)) {
    const [where, machineType, network, system] = key.split("::");
    const price = hours?.[0]?.price;
    if (where !== region || network !== "vpc" || system !== "linux" || !machineType || !price) continue;
    machineTypes[machineType] = { perHour: Number(price) };
  }
  if (Object.keys(machineTypes).length === 0) throw new Error(`the list has no prices of ${region}`);
  return { machineTypes, disks: {} };
}
