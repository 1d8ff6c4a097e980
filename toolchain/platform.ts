import { UserError } from "../lib/errors.ts";

export interface Platform {
  /** Go's names. */
  os: "linux" | "darwin";
  arch: "amd64" | "arm64";
}

/** Gives the platform this process runs on. */
export function hostPlatform(): Platform {
  const os = process.platform;
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  if ((os !== "linux" && os !== "darwin") || (arch !== "amd64" && arch !== "arm64"))
    throw new UserError(`kpaas does not run on ${os} ${arch}: use Linux or macOS on an x86-64 or ARM64 machine`);
  return { os, arch };
}

/** Gives the platform of the machines that are made on this one. */
export const machinePlatform = (): Platform => ({ os: "linux", arch: hostPlatform().arch });

export const platformName = ({ os, arch }: Platform): string => `${os}-${arch}`;
