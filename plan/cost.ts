import type { Environment } from "../config/environment.ts";
import type { PlannedMachine } from "./machines.ts";
import { hoursPerMonth, type PriceTable, type RegionPrices } from "./price-table.ts";
import { diskTypeOf, regionOf } from "./site.ts";

/** One thing that a cloud bills. */
export interface CostLine {
  item: string;
  kind: "machine" | "disk" | "address" | "natGateway" | "loadBalancer";
  /** Pieces, or GiB of disks. */
  quantity: number;
  unit: "piece" | "GiB";
  /** For one of the unit, a month; absent where the table has no price. */
  unitPrice?: number;
  monthly?: number;
}

export type Cost =
  | { status: "free"; reason: string }
  | { status: "no-price-table"; lines: CostLine[]; notIncluded: string[] }
  | {
      status: "priced";
      currency: string;
      table: { source: string; date: string; region: string; note?: string };
      lines: CostLine[];
      /** Sum of the lines that have a price. */
      monthly: number;
      /** Items without one: the sum leaves them out. */
      unpriced: string[];
      notIncluded: string[];
    };

/** What depends on use, and no plan can know. */
const notIncluded = ["traffic", "snapshots and backups", "taxes and discounts"];

/** What of a machine is billed. */
export type BilledMachine = Pick<PlannedMachine, "machineType" | "size"> & { dataDisk?: { sizeGiB: number } };

export function costOf(environment: Environment, machines: readonly BilledMachine[], table?: PriceTable): Cost {
  if (environment.infrastructure.kind === "local") return { status: "free", reason: "this machine" };
  const items = billedItems(environment, machines);
  const region = table && regionIn(table, regionOf(environment));
  if (!table || !region) return { status: "no-price-table", lines: items, notIncluded };
  const lines = items.map((line) => priced(line, region.prices));
  const { source, date, note, currency } = table;
  return {
    status: "priced",
    currency,
    table: { source, date, region: region.name, note },
    lines,
    monthly: cents(lines.reduce((sum, { monthly = 0 }) => sum + monthly, 0)),
    unpriced: lines.filter(({ monthly }) => monthly === undefined).map(({ item }) => item),
    notIncluded,
  };
}

function regionIn({ regions }: PriceTable, name = "*"): { name: string; prices: RegionPrices } | undefined {
  const found = regions[name] ? name : "*";
  const prices = regions[found];
  return prices && { name: found, prices };
}

function billedItems(environment: Environment, machines: readonly BilledMachine[]): CostLine[] {
  const counts = new Map<string, number>();
  for (const { machineType, size } of machines) {
    const item = machineType ?? `${size.vcpus} vCPU, ${size.memoryGiB} GiB`;
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  const diskGiB = machines.reduce((sum, { size, dataDisk }) => sum + size.diskGiB + (dataDisk?.sizeGiB ?? 0), 0);
  const { addresses, loadBalancers, natGateways } = besidesMachines(environment);
  const pieces = (item: string, kind: CostLine["kind"], quantity: number): CostLine => ({
    item,
    kind,
    quantity,
    unit: "piece",
  });
  return [
    ...[...counts].map(([item, quantity]) => pieces(item, "machine", quantity)),
    { item: diskTypeOf(environment), kind: "disk", quantity: diskGiB, unit: "GiB" },
    pieces("public address", "address", addresses),
    ...(loadBalancers ? [pieces("load balancer", "loadBalancer", loadBalancers)] : []),
    ...(natGateways ? [pieces("NAT gateway", "natGateway", natGateways)] : []),
  ];
}

/**
 * What the adapters in `stacks/` make that is billed, too. On AWS: two load balancers, of which that in front has an address in each
 * zone, and a NAT gateway with an address in each zone. The application platform's gateway has an address, or a balancer with one.
 */
function besidesMachines({ infrastructure, network, bastion, containerPlatform, applicationPlatform }: Environment) {
  const isAws = infrastructure.kind === "aws";
  const isBalanced = containerPlatform.gateway === "load-balancer";
  const isApplicationBalanced = applicationPlatform?.gateway === "load-balancer";
  const natGateways = isAws ? network.zones : 0;
  const addressesOf = (balanced: boolean) => (isAws && balanced ? network.zones : 1);
  return {
    natGateways,
    loadBalancers: (isBalanced ? (isAws ? 2 : 1) : 0) + (isApplicationBalanced ? 1 : 0),
    addresses:
      addressesOf(isBalanced) +
      (applicationPlatform ? addressesOf(isApplicationBalanced) : 0) +
      (bastion ? 1 : 0) +
      natGateways,
  };
}

function priced(line: CostLine, prices: RegionPrices): CostLine {
  const unitPrice = unitPriceOf(line, prices);
  return unitPrice === undefined ? line : { ...line, unitPrice, monthly: cents(unitPrice * line.quantity) };
}

function unitPriceOf({ kind, item }: CostLine, prices: RegionPrices): number | undefined {
  const aMonth = (price: { perHour: number } | undefined) => price && price.perHour * hoursPerMonth;
  switch (kind) {
    case "machine":
      return aMonth(prices.machineTypes[item]);
    case "disk":
      return prices.disks[item]?.perGiBMonth;
    case "address":
      return aMonth(prices.publicAddress);
    case "loadBalancer":
      return aMonth(prices.loadBalancer);
    case "natGateway":
      return aMonth(prices.natGateway);
    default:
      return kind satisfies never;
  }
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;

/** `USD 1,234.50`, `KRW 1,234,500` */
export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" })
    .format(amount)
    .replaceAll("\u00a0", " ");
}
