import type { Environment } from "../config/environment.ts";
import { capabilitiesOf } from "../config/infrastructure/catalog.ts";
import type { PriceTable, RegionPrices } from "../config/infrastructure/price-table.ts";
import { isInFront } from "../config/roles/index.ts";
import { countBilledParts } from "./billed-parts.ts";
import { diskTypeOf, regionOf } from "./cloud-names.ts";
import type { PlannedMachine } from "./machines.ts";
import { hoursPerMonth } from "./price-table.ts";

/** One thing that a cloud bills. */
export interface CostLine {
  item: string;
  kind: "machine" | "disk" | "address" | "natGateway" | "loadBalancer";
  /** Pieces, or GiB of disks. */
  quantity: number;
  unit: "piece" | "GiB";
  /** Price of one of the unit, a month; absent where the table has none. */
  unitPrice?: number;
  monthly?: number;
}

export type Cost =
  | { status: "free"; reason: string }
  | { status: "no-price-table"; lines: CostLine[]; notIncluded: string[] }
  | {
      status: "priced";
      currency: string;
      table: { source: string; date: string; undated?: boolean; region: string; note?: string };
      lines: CostLine[];
      /** Sum of the lines that have a price. */
      monthly: number;
      /** Items without one: the sum leaves them out. */
      unpriced: string[];
      notIncluded: string[];
    };

/** Costs that depend on use, and that no plan can know. */
const notIncluded = ["traffic", "snapshots and backups", "taxes and discounts"];

/** Billed parts of a machine. */
export type BilledMachine = Pick<PlannedMachine, "machineType" | "size"> & {
  /** The role, by which a machine with a public address of its own is known: it does not use the NAT gateway. */
  role?: PlannedMachine["role"];
  dataDisk?: { sizeGiB: number };
};

export function costOf(environment: Environment, machines: readonly BilledMachine[], table?: PriceTable): Cost {
  if (capabilitiesOf(environment.infrastructure).onThisHost) return { status: "free", reason: "this machine" };
  const items = billedItems(environment, machines);
  const region = table && regionIn(table, regionOf(environment));
  if (!table || !region) return { status: "no-price-table", lines: items, notIncluded };
  const behindNat = machines.filter(({ role }) => !role || !isInFront(role)).length;
  const lines = items.map((line) => priced(line, region.prices, behindNat));
  const { source, date, undated, note, currency } = table;
  return {
    status: "priced",
    currency,
    table: { source, date, undated, region: region.name, note },
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
  const { addresses, loadBalancers, natGateways } = countBilledParts(environment);
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

function priced(line: CostLine, prices: RegionPrices, machinesBehindNat: number): CostLine {
  const unitPrice = unitPriceOf(line, prices, machinesBehindNat);
  return unitPrice === undefined ? line : { ...line, unitPrice, monthly: cents(unitPrice * line.quantity) };
}

function unitPriceOf(
  { kind, item, quantity }: CostLine,
  prices: RegionPrices,
  machinesBehindNat: number,
): number | undefined {
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
      return aMonth(natGatewayPrice(prices, machinesBehindNat / quantity));
    default:
      return kind satisfies never;
  }
}

function natGatewayPrice({ natGateway }: RegionPrices, machines: number): { perHour: number } | undefined {
  if (!natGateway?.perMachineHour) return natGateway;
  return { perHour: Math.min(natGateway.perHour, natGateway.perMachineHour * machines) };
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;

/** Renders `USD 1,234.50`, `KRW 1,234,500` */
export function money(amount: number, currency: string): string {
  return new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "code" })
    .format(amount)
    .replaceAll("\u00a0", " ");
}
