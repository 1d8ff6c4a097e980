import { z } from "zod";

const perHour = z.strictObject({ perHour: z.number().min(0) });
const perGiBMonth = z.strictObject({ perGiBMonth: z.number().min(0) });

/** Price of a NAT gateway. `perMachineHour`: where it is billed by the machines behind it, up to `perHour`. */
const natGateway = perHour.extend({ perMachineHour: z.number().min(0).optional() });

const regionPrices = z.strictObject({
  /** Prices by the cloud's name of the flavour, operating system without licence fee, on demand. */
  machineTypes: z.record(z.string(), perHour),
  /** Prices by the cloud's name of the disk type. */
  disks: z.record(z.string(), perGiBMonth).default({}),
  publicAddress: perHour.optional(),
  natGateway: natGateway.optional(),
  /** Price of the kind that stands in as gateway, without what depends on its traffic. */
  loadBalancer: perHour.optional(),
});

/** The form of a price table, shipped (`stacks/<kind>/prices.json`) or of the user's own. */
export const priceTable = z.strictObject({
  /** Price list that the prices were read from. */
  source: z.string().min(1),
  /** Day of the prices. */
  date: z.iso.date(),
  /** The source tells no day: `date` is that of reading it. */
  undated: z.boolean().optional(),
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Prices without value-added tax and discounts; how the table was made. */
  note: z.string().optional(),
  /** Prices by region; `*` holds for any that is not named. */
  regions: z.record(z.string(), regionPrices),
});

export type PriceTable = z.output<typeof priceTable>;
export type RegionPrices = z.output<typeof regionPrices>;
