import { type Operation, replace } from "../config/application-platform/ops-file.ts";
import type { BoshEnvironment, Fact } from "../config/infrastructure/cpi.ts";

export const variable = (name: string): string => `((${name}))`;

/** Gives BOSH's own name of a zone, counted from 0. */
export const azName = (zone: number): string => `z${zone + 1}`;

export const mebibytes = (gibibytes: number): number => gibibytes * 1024;

/** Makes a fact for each zone: `subnet_id_z1`. */
export function factsByZone({ network }: BoshEnvironment, prefix: string, holds: string): Fact[] {
  return Array.from({ length: network.zones }, (_, zone) => ({
    name: `${prefix}_${azName(zone)}`,
    holds: `${holds} of zone ${zone + 1}`,
  }));
}

/** Sets a property of a CPI both in the director and in what `create-env` itself uses. */
export function everywhere(cpi: string, property: string, value: unknown): Operation[] {
  return ["/instance_groups/name=bosh/properties", "/cloud_provider/properties"].map((root) =>
    replace(`${root}/${cpi}/${property}?`, value),
  );
}
