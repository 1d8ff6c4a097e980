import { formatBytes } from "../../lib/terminal.ts";
import { blocks, type Finding } from "./finding.ts";

const gib = 2 ** 30;

/** Bytes that must be free, by path: images and programs of the new version come beside those of the old one. */
const neededOnNodes: Readonly<Record<string, number>> = { "/": 2 * gib, "/var/lib/containerd": 2 * gib };
/** The snapshot before the upgrade, and etcd's own room to defragment. */
const neededOnMasters: Readonly<Record<string, number>> = { ...neededOnNodes, "/var/lib/etcd": gib };

const needed = (isMaster: boolean) => (isMaster ? neededOnMasters : neededOnNodes);

/** Gives the script that measures a node's disks: a line `PATH FREE_KIB MOUNT_POINT` for each path. */
export function diskScript(isMaster: boolean): string {
  const paths = Object.keys(needed(isMaster)).join(" ");
  return `for path in ${paths}; do
  echo "$path $(LC_ALL=C df -Pk "$path" | awk 'NR == 2 { print $4, $6 }')"
done`;
}

/** Judges what the script said. Paths on one file system are one finding, with the largest of their needs. */
export function judgeDisks(machine: string, isMaster: boolean, said: string): Finding[] {
  const wanted = needed(isMaster);
  const measured = new Map<string, { freeBytes: number; neededBytes: number }>();
  const unknown: string[] = [];
  for (const [path, neededBytes] of Object.entries(wanted)) {
    const [, free, mount] = said.match(new RegExp(`^${path} (\\d+) (\\S+)$`, "m")) ?? [];
    if (!free || !mount) {
      unknown.push(path);
      continue;
    }
    const before = measured.get(mount);
    measured.set(mount, {
      freeBytes: Number(free) * 1024,
      neededBytes: Math.max(neededBytes, before?.neededBytes ?? 0),
    });
  }
  const findings = [...measured]
    .filter(([, { freeBytes, neededBytes }]) => freeBytes < neededBytes)
    .map(([mount, { freeBytes, neededBytes }]) =>
      blocks(
        `disk of ${machine}`,
        `${mount} has ${formatBytes(freeBytes)} free, the upgrade needs ${formatBytes(neededBytes)}`,
        mount === "/var/lib/etcd"
          ? "make it larger (masters.dataDiskGiB), or remove old snapshots in /var/lib/etcd/kpaas-snapshots"
          : "make room: crictl rmi --prune, journalctl --vacuum-size=200M; or give the machines larger disks",
      ),
    );
  if (unknown.length > 0)
    findings.push(
      blocks(
        `disk of ${machine}`,
        `the free space of ${unknown.join(" and ")} cannot be told`,
        `see why: df -P on ${machine}`,
      ),
    );
  return findings;
}
