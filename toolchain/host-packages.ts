import { existsSync } from "node:fs";
import { UserError } from "../lib/errors.ts";
import { withLock } from "../lib/lock.ts";
import { CommandFailed, type Report, run } from "../lib/run.ts";
import { refuseOutside } from "./air-gap/in-use.ts";

/**
 * Installs Debian packages on this machine unless the program they are wanted for is there. Of several at once one installs and
 * the others wait: apt's own lists can only be waited for by trying again. Throws UserError.
 */
export async function installPackages(packages: string[], program: string, report: Report): Promise<void> {
  if (existsSync(program)) return;
  refuseOutside(`${program} on this machine`);
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version"))
    throw new UserError(`${program} is missing`, `install ${packages.join(" and ")}, then run the same command again`);
  await withLock(
    "packages of this machine",
    async () => {
      if (!existsSync(program)) await install(packages, report);
    },
    report,
  );
}

async function install(packages: string[], report: Report): Promise<void> {
  report(`installing ${packages.join(" and ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const quiet = ["-qq", "-o", "DPkg::Lock::Timeout=300"];
  try {
    await run("apt-get", [...quiet, "update"], { env });
    await run("apt-get", [...quiet, "install", "-y", "--no-install-recommends", ...packages], { env });
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    throw new UserError(
      `apt-get could not install ${packages.join(" and ")}: ${error.message}`,
      "see what apt-get says, then run the same command again",
    );
  }
}
