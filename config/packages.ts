import { z } from "zod";

/** Settings that say where machines get their Debian packages. */
export interface PackageSettings {
  /** machine: the package sources that its image names. platform: the registry's machine, which has a bundle's. */
  source: "machine" | "platform";
}

export const packages = z
  .strictObject({
    source: z
      .enum(["machine", "platform"])
      .default("machine")
      .describe(
        "Who gives the machines their packages. machine: the package sources that its image names. platform: the registry's machine, " +
          "which serves those of the bundle of `up --bundle`; no other source is asked.",
      ),
  })
  .prefault({})
  .describe("Debian packages of the machines.");

/** Tells whether the registry's machine serves all machines their packages. */
export const servesPackages = ({ packages }: { packages: PackageSettings }): boolean => packages.source === "platform";
