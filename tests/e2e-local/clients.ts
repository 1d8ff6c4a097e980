import { join } from "node:path";
import { debianPackages, dynamicLoader, withLoader } from "../../toolchain/debian-packages.ts";
import { type Run, type RunOptions, run } from "../harness/platform/commands.ts";

type Client = (args: string[], options?: RunOptions) => Promise<Run>;

/** Gives Debian's own clients, unpacked and not installed: an image client and an SQL client that know nothing of this project. */
export async function clients(): Promise<Record<"skopeo" | "mariadb", Client>> {
  const root = await debianPackages("e2e-clients", ["skopeo", "mariadb-client"], console.log);
  const loader = await dynamicLoader(root);
  const client =
    (program: string, ...first: string[]): Client =>
    (args, options) => {
      const [command, words] = withLoader(loader, join(root, "usr/bin", program), ...first, ...args);
      return run(command, words, options);
    };
  return { skopeo: client("skopeo", "--insecure-policy"), mariadb: client("mariadb", "--no-defaults") };
}
