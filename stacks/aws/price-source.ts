import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { PriceSource } from "../../config/infrastructure/price-source.ts";
import type { PriceTable, RegionPrices } from "../../config/infrastructure/price-table.ts";
import { get } from "../shared/http.ts";

export const priceSource: PriceSource = { defaultRegions: ["ap-northeast-2"], read };

const awsHost = "https://pricing.us-east-1.amazonaws.com";

async function read(regions: readonly string[]): Promise<PriceTable> {
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

interface Dated {
  /** Date on which the list came out. */
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

/** Gives the cells of a line whose quotes hold no line's end. */
function csvCells(line: string): string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}
