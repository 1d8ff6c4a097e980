import type { RegionPrices } from "../config/infrastructure/price-table.ts";

interface Dated {
  /** On which the list came out. */
  date: string;
  prices: RegionPrices;
}

/** Reads a region's price list of AWS: comma separated, after a few lines about itself. Takes what a platform is billed for. */
export async function awsPrices(lines: AsyncIterable<string>): Promise<Dated> {
  const prices: RegionPrices = { machineTypes: {}, disks: {} };
  const about: Record<string, string> = {};
  let head: string[] | undefined;
  for await (const line of lines) {
    const cells = csvCells(line);
    if (head) addAwsPrice(prices, Object.fromEntries(head.map((name, index) => [name, cells[index] ?? ""])));
    else if (cells[0] === "SKU") head = cells;
    else about[cells[0] ?? ""] = cells[1] ?? "";
  }
  const date = about["Publication Date"]?.slice(0, 10);
  if (!head || !date) throw new Error("not a price list of AWS");
  return { date, prices };
}

function addAwsPrice(prices: RegionPrices, row: Record<string, string>): void {
  if (row.TermType !== "OnDemand" || row.Currency !== "USD") return;
  const price = Number(row.PricePerUnit);
  const isPlainLinux =
    row["Operating System"] === "Linux" &&
    row.Tenancy === "Shared" &&
    row["Pre Installed S/W"] === "NA" &&
    row.CapacityStatus === "Used" &&
    row.operation === "RunInstances";
  if (isPlainLinux && row["Instance Type"]) prices.machineTypes[row["Instance Type"]] = { perHour: price };
  if (row["Volume API Name"] && row.Unit === "GB-Mo") prices.disks[row["Volume API Name"]] = { perGiBMonth: price };
  if (row.usageType?.endsWith("NatGateway-Hours")) prices.natGateway = { perHour: price };
  if (row.usageType?.endsWith("PublicIPv4:InUseAddress")) prices.publicAddress = { perHour: price };
}

/** Cells of a line whose quotes hold no line's end. */
function csvCells(line: string): string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
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

/** Virtual machines with Linux and public addresses, paid by use. Managed disks are priced by tier, not by GiB: they are left out. */
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

/** What the price page of Alibaba Cloud's ECS offers for download. Its keys: region, type, network, system, kind of input and output. */
export interface AlibabaList {
  pricingInfo: Record<string, { hours?: { price: string }[] }>;
}

/** Where the price page says that its newest list lies. */
export function alibabaListAddress(page: string): string {
  const folder = page.match(/https:\/\/g\.alicdn\.com\/aliyun\/ecs-price-info\/[\d.]+/)?.[0];
  if (!folder) throw new Error("the price page names no list");
  return `${folder}/price/download/instancePrice.json`;
}

/** Machines with Linux in a VPC, paid by use. */
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
