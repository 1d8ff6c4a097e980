import { existsSync } from "node:fs";
import { join } from "node:path";
import { debianPackages, dynamicLoader, sharedObjects } from "./debian-packages.ts";
import type { LayerEntry } from "./oci-layer.ts";
import { type Report, run } from "./run.ts";

/** A folder with the few programs in the platform's images that are not Go. Throws UserError. */
export const imageTools = (report: Report): Promise<string> =>
  debianPackages("image-tools", ["busybox-static", "nftables"], report);

/** nftables' `nft` and the shared libraries it needs. */
export async function nftEntries(root: string): Promise<LayerEntry[]> {
  const loader = await dynamicLoader(root);
  const program = join(root, "usr/sbin/nft");
  const objects = await sharedObjects(loader, program);
  return [
    { path: "/usr/sbin/nft", from: program },
    ...objects.map(({ name, file }) => ({
      path: name.startsWith("/") ? name : `/usr/lib/${loader.triplet}/${name}`,
      from: file,
    })),
  ];
}

/** A static busybox at /bin/busybox and a link for each of its applets. */
export async function busyboxEntries(root: string): Promise<LayerEntry[]> {
  const program = ["bin/busybox", "usr/bin/busybox"].map((path) => join(root, path)).find((file) => existsSync(file));
  if (!program) throw new Error(`no busybox below ${root}`);
  const applets = (await run(program, ["--list"])).split("\n").filter((name) => name && name !== "busybox");
  return [
    { path: "/bin/busybox", from: program },
    ...applets.map((name) => ({ path: `/bin/${name}`, linkTo: "busybox" })),
  ];
}
