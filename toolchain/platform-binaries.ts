import { versions } from "../config/versions.ts";
import type { Report } from "../lib/run.ts";
import { cached, cacheKey } from "./cache.ts";
import { buildGo, type GoPrograms, goRecipe } from "./go-build.ts";
import { machinePlatform, platformName } from "./platform.ts";

interface PlatformProgram extends Omit<GoPrograms, "platform" | "label"> {
  version: string;
}

/** Programs that are officially published as images only, so without an image registry they are built. */
const platformPrograms = {
  etcd: {
    version: versions.etcd,
    module: "etcd",
    packages: { etcd: "go.etcd.io/etcd/server/v3", etcdctl: "go.etcd.io/etcd/etcdctl/v3" },
  },
  coredns: {
    version: versions.coredns,
    module: "coredns",
    packages: { coredns: "github.com/coredns/coredns" },
  },
  flannel: {
    version: versions.flannel,
    module: "flannel",
    packages: { flanneld: "github.com/flannel-io/flannel" },
    // Its udp backend is written in C.
    cgo: true,
    variables: { "github.com/flannel-io/flannel/pkg/version.Version": `v${versions.flannel}` },
  },
  "local-path-provisioner": {
    version: versions.localPathProvisioner,
    module: "local-path-provisioner",
    packages: { "local-path-provisioner": "github.com/rancher/local-path-provisioner" },
    variables: { "main.VERSION": `v${versions.localPathProvisioner}` },
  },
  pause: {
    version: versions.pause,
    module: "pause",
    packages: { pause: "kpaas.local/toolchain/pause" },
  },
} satisfies Record<string, PlatformProgram>;

export type PlatformProgramName = keyof typeof platformPrograms;

/** Gives a folder with the program (etcd's also with `etcdctl`) for the machines, built from Go modules. Throws UserError. */
export async function platformBinary(name: PlatformProgramName, report: Report): Promise<string> {
  const { version, ...program }: PlatformProgram = platformPrograms[name];
  const platform = machinePlatform();
  const programs: GoPrograms = { ...program, label: `${name} ${version}`, platform };
  const key = cacheKey({ name, version, platform: platformName(platform), recipe: await goRecipe(programs) });
  return cached(key, (directory) => buildGo(programs, directory, report), report);
}
