import type { RegionPrices } from "./price-table.ts";

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
  type: string;
  unitOfMeasure: string;
  retailPrice: number;
  currencyCode: string;
}

/** Virtual machines with Linux, paid by use. Managed disks are priced by tier, not by GiB: they are left out. */
export function azurePrices(items: readonly AzureItem[]): RegionPrices {
  const plain = items.filter(
    ({ type, unitOfMeasure, productName, skuName }) =>
      type === "Consumption" &&
      unitOfMeasure === "1 Hour" &&
      !/Windows|CloudServices|Cloud Services/.test(productName) &&
      !/Spot|Low Priority/.test(skuName),
  );
  const machineTypes = Object.fromEntries(
    plain.map(({ armSkuName, retailPrice }) => [armSkuName, { perHour: retailPrice }]),
  );
  return { machineTypes, disks: {} };
}
