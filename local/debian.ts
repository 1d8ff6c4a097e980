import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { UserError } from "../config/errors.ts";

const exec = promisify(execFile);

/** Installs Debian packages unless the program they are wanted for is there. */
export async function installPackages(
  packages: string[],
  program: string,
  report: (message: string) => void,
): Promise<void> {
  if (existsSync(program)) return;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version"))
    throw new UserError(`${program} is missing`, `install ${packages.join(" and ")}, then run the same command again`);
  report(`installing ${packages.join(" and ")}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = ["-qq", "-o", "DPkg::Lock::Timeout=300"];
  try {
    await exec("apt-get", [...quiet, "update"], { env });
    await exec("apt-get", [...quiet, "install", "-y", "--no-install-recommends", ...packages], { env });
  } catch (error) {
    throw new UserError(
      `apt-get could not install ${packages.join(" and ")}: ${(error as { stderr?: string }).stderr?.trim()}`,
      "see what apt-get says, then run the same command again",
    );
  }
}
