import type { PriceSource } from "../../config/infrastructure/price-source.ts";
import type { PriceTable, RegionPrices } from "../../config/infrastructure/price-table.ts";
import { get } from "../shared/http.ts";

export const priceSource: PriceSource = { defaultRegions: ["koreacentral"], read };

const azureHost = "https://prices.azure.com";

async function read(regions: readonly string[]): Promise<PriceTable> {
  const source = `Azure Retail Prices API, ${azureHost}`;
  const table: PriceTable = { source, date: new Date().toISOString().slice(0, 10), currency: "USD", regions: {} };
  for (const region of regions) {
    const services = ["Virtual Machines", "Virtual Network"].map((service) => azureItems(region, service));
    table.regions[region] = azurePrices((await Promise.all(services)).flat());
  }
  return table;
}

async function azureItems(region: string, service: string): Promise<AzureItem[]> {
  const filter = `armRegionName eq '${region}' and serviceName eq '${service}' and priceType eq 'Consumption'`;
  const items: AzureItem[] = [];
  let next: string | null = `${azureHost}/api/retail/prices?${new URLSearchParams({ $filter: filter })}`;
  while (next) {
    const page = (await (await get(next)).json()) as { Items: AzureItem[]; NextPageLink: string | null };
    items.push(...page.Items);
    next = page.NextPageLink;
  }
  return items;
}

/** An entry of Azure's Retail Prices API. */
export interface AzureItem {
  armSkuName: string;
  productName: string;
  skuName: string;
  meterName: string;
  type: string;
  unitOfMeasure: string;
  retailPrice: number;
  currencyCode: string;
}

/**
 * Gives the prices of virtual machines with Linux and of public addresses, paid by use. Managed disks are priced by
 * tier, not by GiB: they are left out.
 */
export function azurePrices(items: readonly AzureItem[]): RegionPrices {
  const byTheHour = items.filter(({ type, unitOfMeasure }) => type === "Consumption" && unitOfMeasure === "1 Hour");
  const linux = byTheHour.filter(
    ({ armSkuName, productName, skuName }) =>
      /^(Standard|Basic)_/.test(armSkuName) &&
      !/Windows|CloudServices|Cloud Services/.test(productName) &&
      !/Spot|Low Priority/.test(skuName),
  );
  const machineTypes = Object.fromEntries(
    linux.map(({ armSkuName, retailPrice }) => [armSkuName, { perHour: retailPrice }]),
  );
  const address = byTheHour.find(
    ({ productName, meterName }) => productName === "IP Addresses" && meterName === "Standard IPv4 Static Public IP",
  );
  return { machineTypes, disks: {}, publicAddress: address && { perHour: address.retailPrice } };
}
