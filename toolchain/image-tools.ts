import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Report, run } from "../lib/run.ts";
import { debianPackages, dynamicLoader, sharedObjects } from "./debian-packages.ts";
import type { LayerEntry } from "./oci-layer.ts";

/** Gives a folder with the few programs in the platform's images that are not Go. Throws UserError. */
export const imageTools = (report: Report): Promise<string> =>
  debianPackages("image-tools", ["busybox-static", "nftables", "iptables"], report);

/**
 * Gives the programs that set packet filter rules, with the shared libraries and modules they need: `nft`, which
 * kube-proxy and flannel use, and `iptables`, with which flannel clears what another mode of its own may have left
 * before it starts.
 */
export async function packetFilterEntries(root: string): Promise<LayerEntry[]> {
  const loader = await dynamicLoader(root);
  const programs = ["nft", "xtables-nft-multi"].map((name) => join(root, "usr/sbin", name));
  const needed = await Promise.all(programs.map((program) => sharedObjects(loader, program)));
  const libraries = new Map(needed.flat().map(({ name, file }) => [name, file]));
  const modules = join("usr/lib", loader.triplet, "xtables");
  return [
    protocolNames,
    ...programs.map((program) => ({ path: `/usr/sbin/${basename(program)}`, from: program })),
    ...iptablesNames.map((name) => ({ path: `/usr/sbin/${name}`, linkTo: "xtables-nft-multi" })),
    ...[...libraries].map(([name, file]) => ({
      path: name.startsWith("/") ? name : `/usr/lib/${loader.triplet}/${name}`,
      from: file,
    })),
    ...(await readdir(join(root, modules)))
      .sort()
      .map((name) => ({ path: `/${modules}/${name}`, from: join(root, modules, name) })),
  ];
}

/**
 * Names by which `nft` lists protocols, else it lists numbers. kube-proxy, when it starts, removes what is listed otherwise than it
 * wrote it itself: without the names every second start left no Service reachable.
 */
const protocolNames: LayerEntry = { path: "/etc/protocols", content: "tcp 6 TCP\nudp 17 UDP\nsctp 132 SCTP\n" };

const iptablesNames = ["iptables", "ip6tables"].flatMap((name) => [name, `${name}-save`, `${name}-restore`]);

/** Gives a static busybox at /bin/busybox and a link for each of its applets. */
export async function busyboxEntries(root: string): Promise<LayerEntry[]> {
  const program = ["bin/busybox", "usr/bin/busybox"].map((path) => join(root, path)).find((file) => existsSync(file));
  if (!program) throw new Error(`no busybox below ${root}`);
  const applets = (await run(program, ["--list"])).split("\n").filter((name) => name && name !== "busybox");
  return [
    { path: "/bin/busybox", from: program },
    ...applets.map((name) => ({ path: `/bin/${name}`, linkTo: "busybox" })),
  ];
}
