import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { PriceTable, RegionPrices } from "../config/infrastructure/price-table.ts";
import { repository } from "../lib/repository.ts";
import {
  type AlibabaList,
  type AzureItem,
  alibabaListAddress,
  alibabaPrices,
  awsPrices,
  azurePrices,
} from "./price-sources.ts";

/** Regions that are asked for where none is named: those in Korea. */
const refreshers: Record<string, { regions: string[]; refresh(regions: string[]): Promise<PriceTable> }> = {
  aws: { regions: ["ap-northeast-2"], refresh: refreshAws },
  azure: { regions: ["koreacentral"], refresh: refreshAzure },
  alibaba: { regions: ["ap-northeast-2"], refresh: refreshAlibaba },
};

const awsHost = "https://pricing.us-east-1.amazonaws.com";

async function refreshAws(regions: string[]): Promise<PriceTable> {
  const table: PriceTable = { source: `AWS price list, ${awsHost}`, date: "", currency: "USD", regions: {} };
  for (const region of regions) {
    const offers = ["AmazonEC2", "AmazonVPC"].map(
      (offer) => `${awsHost}/offers/v1.0/aws/${offer}/current/${region}/index.csv`,
    );
    const prices: RegionPrices = { machineTypes: {}, disks: {} };
    for (const url of offers) {
      const { body } = await get(url);
      const list = await awsPrices(createInterface({ input: Readable.fromWeb(body as ReadableStream) }));
      const { machineTypes, disks, ...others } = list.prices;
      Object.assign(prices.machineTypes, machineTypes);
      Object.assign(prices.disks, disks);
      Object.assign(prices, others);
      // A table is as old as its oldest price.
      if (table.date === "" || list.date < table.date) table.date = list.date;
    }
    table.regions[region] = prices;
  }
  return table;
}

const azureHost = "https://prices.azure.com";

async function refreshAzure(regions: string[]): Promise<PriceTable> {
  const source = `Azure Retail Prices API, ${azureHost}`;
  const table: PriceTable = { source, date: today(), currency: "USD", regions: {} };
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

/** Of the China site: the page of the international one does not name its list. */
const alibabaPage = "https://www.aliyun.com/price/ecs/ecs-pricing/zh";

async function refreshAlibaba(regions: string[]): Promise<PriceTable> {
  const address = alibabaListAddress(await (await get(alibabaPage)).text());
  const list = (await (await get(address)).json()) as AlibabaList;
  return {
    source: `Alibaba Cloud's price list of ECS, ${address}`,
    date: today(),
    currency: "CNY",
    regions: Object.fromEntries(regions.map((region) => [region, alibabaPrices(list, region)])),
  };
}

const today = () => new Date().toISOString().slice(0, 10);

async function get(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response;
}

const [only, ...regions] = process.argv.slice(2);
if (only !== undefined && !refreshers[only]) {
  console.error(
    `error: no price source is known for ${only}\nnext: npm run prices [${Object.keys(refreshers).join("|")} [REGION...]]`,
  );
  process.exit(2);
}
for (const [name, refresher] of Object.entries(refreshers)) {
  if (only !== undefined && only !== name) continue;
  try {
    const table = await refresher.refresh(regions.length > 0 ? regions : refresher.regions);
    await writeFile(join(repository, "plan", "prices", `${name}.json`), `${JSON.stringify(table, null, 2)}\n`);
    console.log(`${name}: prices of ${table.date}`);
  } catch (error) {
    process.exitCode = 1;
    const cause = (error as Error).cause;
    console.error(`${name}: left as it was: ${(cause instanceof Error ? cause : (error as Error)).message}`);
  }
}
