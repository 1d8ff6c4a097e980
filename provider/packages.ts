import { z } from "zod";
import type { DeliveredFiles } from "./delivered-files.ts";

/**
 * Security updates that a machine has been asked for. Its program does not say it: each machine keeps what its state has, until a run of
 * `./kpaas maintain` asks for another time. So no `up` upgrades a package, and a machine made anew has its image's until it is asked.
 */
export const packagesSchema = z.strictObject({
  /** RFC 3339, UTC: the run that asked first. A machine that has upgraded for it does not again. */
  asOf: z.iso.datetime(),
  reboot: z.enum(["if-needed", "never"]),
});

export type Packages = z.output<typeof packagesSchema>;

/** Variable by which `./kpaas maintain` asks every machine for security updates: `AskedPackages` as JSON. */
export const packagesVariable = "KPAAS_PACKAGES";

export interface AskedPackages extends Packages {
  /** End of the maintenance window, RFC 3339: from then on no further machine is asked. */
  until?: string;
}

const askedSchema = packagesSchema.extend({ until: z.iso.datetime().optional() });

/** Gives what this run asks of the machines. */
function asked(): AskedPackages | undefined {
  const text = process.env[packagesVariable];
  return text ? askedSchema.parse(JSON.parse(text)) : undefined;
}

/** A resource that delivers a machine's files. */
interface Deliverer {
  machineId: string;
  packages?: Packages;
}

/**
 * Gives the packages that a machine is to have, from its state and what the run asks for. The engine asks when it is the machine's
 * turn, so that after a window's end the rest stay as they are.
 */
export function packagesOf(
  state: Deliverer | undefined,
  { machineId }: Deliverer,
  now = new Date(),
): Packages | undefined {
  if (state?.machineId !== machineId) return undefined;
  const run = asked();
  if (!run || run.asOf <= (state.packages?.asOf ?? "")) return state.packages;
  const { until, ...packages } = run;
  return until !== undefined && now >= new Date(until) ? state.packages : packages;
}

/** Gives the files of a machine with that which asks it for security updates. */
export function withPackages(files: DeliveredFiles, packages: Packages | undefined): DeliveredFiles {
  if (!packages) return files;
  const { asOf, reboot } = packages;
  const content = `KPAAS_PACKAGES_AS_OF=${asOf}\nKPAAS_REBOOT=${reboot}\n`;
  return [...files, { path: "/etc/kpaas/packages.env", content }];
}

/** Tells whether a change is one of packages: pods leave before where the machine may restart. */
export const changesPackages = (state: { packages?: Packages }, wanted: { packages?: Packages }): boolean =>
  wanted.packages !== undefined && wanted.packages.asOf !== state.packages?.asOf;
