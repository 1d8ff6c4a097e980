import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** A disk of the stand-ins: its size, and what is on it. */
interface Disk {
  device: string;
  bytes: number;
  /** @default "disk" */
  type?: string;
  partitions?: number;
  uuid?: string;
  label?: string;
  /** Some signature that is no file system's, as a part of a RAID has. */
  signature?: string;
}

const gib = 1024 ** 3;
const random = "11111111-2222-4333-8444-555555555555";

/** Folder of stand-ins for the programs that look at disks. */
let folder: string;
const path = (...parts: string[]) => join(folder, ...parts);
const read = (name: string) => readFileSync(path(name), "utf8");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kpaas-disk-"));
  mkdirSync(path("bin"));
  for (const name of ["done", "fstab", "looks", "mounted"]) writeFileSync(path(name), "");
  const disks = path("disks");
  // Columns: device, bytes, type, partitions, id, label, signature.
  program(
    "lsblk",
    `case $1 in
    -bdnpo) echo look >>${path("looks")}; [[ ! -x ${path("bin", "looked")} ]] || looked; awk '{ print $1, $2, $3 }' ${disks} ;;
    -no) awk -v d="$3" '$1 == d { for (i = 0; i <= $4; i++) print d i }' ${disks} ;;
    -bdno) awk -v d="$3" '$1 == d { print $2 }' ${disks} ;;
  esac`,
  );
  program("wipefs", `awk -v d="$2" '$1 == d && $5 $7 != "--" { print "0x0", $5, $7 }' ${disks}`);
  program(
    "blkid",
    `case $1 in
    -U) awk -v id="$2" '$5 == id { print $1; found = 1 } END { exit !found * 2 }' ${disks} ;;
    -t) awk -v label="\${2#LABEL=}" '$6 == label { print $1; found = 1 } END { exit !found * 2 }' ${disks} ;;
    -o) awk -v d="$5" '$1 == d { print $5 }' ${disks} ;;
  esac`,
  );
  program(
    "mkfs.ext4",
    `echo "mkfs $*" >>${path("done")}
    awk -v d="\${!#}" -v id="$5" '$1 == d { $5 = id; $6 = "kpaas-data" } { print }' ${disks} >${disks}.new; mv ${disks}.new ${disks}`,
  );
  program(
    "mount",
    `echo "mount $1" >>${path("done")}; sed -nE "s|^UUID=(\\S+) $1 .*|\\1|p" ${path("fstab")} >${path("mounted")}`,
  );
  program("mountpoint", `[[ -s ${path("mounted")} ]]`);
  program("findmnt", `blkid -U "$(cat ${path("mounted")})"`);
  program("resize2fs", `echo "resize $1" >>${path("done")}`);
  program("systemd-detect-virt", "exit 1");
  program("systemctl", "");
  program("sleep", "");
});
afterEach(() => rmSync(folder, { recursive: true }));

function program(name: string, script: string): void {
  writeFileSync(path("bin", name), `#!/bin/bash\n${script}\n`);
  chmodSync(path("bin", name), 0o755);
}

const line = ({ device, bytes, type = "disk", partitions = 0, uuid = "-", label = "-", signature = "-" }: Disk) =>
  `${[device, bytes, type, partitions, uuid, label, signature].join(" ")}\n`;
const putDisks = (...disks: Disk[]) => writeFileSync(path("disks"), disks.map(line).join(""));

const common = readFileSync(join(import.meta.dirname, "scripts", "common.sh"), "utf8");
const awaiting = common.slice(common.indexOf("# await SECONDS"), common.indexOf("is_port_open()"));
const functions = common.slice(common.indexOf("# Whole disks of"), common.indexOf("prepare() {"));

/** Runs a command after the functions of common.sh, on a machine whose data disk is to have 20 GiB. */
function run(command: string, hostname = "test-master-1") {
  const script = [
    "set -Eeuo pipefail",
    `KPAAS_DATA_GIB=20 KPAAS_DATA_PATH=${path("data")} KPAAS_HOSTNAME=${hostname} run=${folder}`,
    awaiting,
    functions.replaceAll("/etc/fstab", path("fstab")),
    command,
  ].join("\n");
  const env = { PATH: `${path("bin")}:${process.env.PATH}` };
  const { status, stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8", env, timeout: 15_000 });
  return { status, stdout, stderr };
}

const idOf = (hostname: string) => run(`uuid_of "kpaas-data ${hostname}"`).stdout.trim();
const boot: Disk = { device: "/dev/vda", bytes: 40 * gib, partitions: 3 };

describe("a data disk's id", () => {
  test("is the same for the same machine, another for another, and a UUID that is made of a name", () => {
    const ids = ["test-master-1", "test-master-2", "test-registry"].map(idOf);
    expect(new Set(ids).size).toBe(3);
    expect(idOf("test-master-1")).toBe(ids[0]);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    // It is in machines' file systems: a release that derives another one would find no disk any more.
    expect(ids[0]).toBe("6a6b454a-d88d-8e4c-84ea-b8bfa65cf53b");
  });
});

describe("blank disks", () => {
  const blank = (...disks: Disk[]) => {
    putDisks(boot, ...disks);
    return run("blank_disks").stdout.split("\n").filter(Boolean);
  };

  test("are whole disks of the size, as clouds round it, and nothing smaller or much larger", () => {
    const sizes = { b: 20 * gib - 1, c: 20 * gib, d: 21.4 * gib, e: 30 * gib, f: 42 * gib, g: 43 * gib };
    const disks = Object.entries(sizes).map(([letter, bytes]) => ({
      device: `/dev/vd${letter}`,
      bytes: Math.round(bytes),
    }));
    expect(blank(...disks)).toEqual(["/dev/vdc", "/dev/vdd", "/dev/vde", "/dev/vdf"]);
  });

  test("have no partition, no signature of any kind, and are no loop device or drive", () => {
    const of = (device: string, what: Partial<Disk>): Disk => ({ device, bytes: 20 * gib, ...what });
    const others = [
      of("/dev/vdb", { partitions: 1 }),
      of("/dev/vdc", { uuid: random, label: "photos" }),
      of("/dev/vdd", { signature: "linux_raid_member" }),
      of("/dev/loop0", { type: "loop" }),
      of("/dev/sr0", { type: "rom" }),
    ];
    expect(blank(...others)).toEqual([]);
    expect(blank(...others, of("/dev/vde", {}))).toEqual(["/dev/vde"]);
  });
});

describe("the data disk", () => {
  const mounted = () => read("mounted").trim();

  test("is the only blank one: it gets the machine's file system, and is mounted by its id from then on", () => {
    putDisks(boot, { device: "/dev/vdb", bytes: 20 * gib });
    expect(run("mount_data_disk").status).toBe(0);
    const id = idOf("test-master-1");
    expect(read("done").split("\n")).toEqual([
      `mkfs -q -L kpaas-data -U ${id} /dev/vdb`,
      `mount ${path("data")}`,
      "resize /dev/vdb",
      "",
    ]);
    expect(read("fstab")).toBe(`UUID=${id} ${path("data")} ext4 defaults,nofail 0 2 # kpaas-data\n`);
    expect(mounted()).toBe(id);
  });

  test("is found again by a machine made anew, whatever the cloud calls it, and never formatted", () => {
    const id = idOf("test-master-1");
    putDisks(
      { device: "/dev/vda", bytes: 20 * gib },
      { device: "/dev/vdc", bytes: 20 * gib, uuid: id, label: "kpaas-data" },
    );
    expect(run("mount_data_disk").status).toBe(0);
    expect(read("done")).toBe(`mount ${path("data")}\nresize /dev/vdc\n`);
    expect(mounted()).toBe(id);
  });

  test("of an earlier release is known by its label, and its entry gives way to the id", () => {
    putDisks(boot, { device: "/dev/vdb", bytes: 20 * gib, uuid: random, label: "kpaas-data" });
    writeFileSync(path("fstab"), "UUID=root / ext4 defaults 0 1\nLABEL=kpaas-data /old ext4 defaults,nofail 0 2\n");
    expect(run("mount_data_disk").status).toBe(0);
    expect(read("done")).not.toContain("mkfs");
    expect(read("fstab")).toBe(
      `UUID=root / ext4 defaults 0 1\nUUID=${random} ${path("data")} ext4 defaults,nofail 0 2 # kpaas-data\n`,
    );
  });

  test("is not the one of another machine, though its label is the same", () => {
    putDisks(
      boot,
      { device: "/dev/vdb", bytes: 20 * gib, uuid: idOf("test-master-2"), label: "kpaas-data" },
      { device: "/dev/vdc", bytes: 20 * gib },
    );
    expect(run("mount_data_disk").status).toBe(0);
    expect(read("done")).toContain(`-U ${idOf("test-master-1")} /dev/vdc\n`);
    expect(read("done")).not.toContain("/dev/vdb");
  });

  test("of two blank ones is none: both are named, with what a person can do", () => {
    putDisks(boot, { device: "/dev/vdb", bytes: 20 * gib }, { device: "/dev/vdc", bytes: 20 * gib });
    const { status, stderr } = run("mount_data_disk");
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      `which is the data disk of 20 GiB? blank are /dev/vdb /dev/vdc: detach what is not, or format it: mkfs.ext4 -U ${idOf("test-master-1")}`,
    );
    expect(read("done")).toBe("");
  });

  test("that is attached late is waited for; a disk of another size is left alone meanwhile", () => {
    putDisks(boot, { device: "/dev/vdb", bytes: 100 * gib });
    const late = line({ device: "/dev/vdc", bytes: 20 * gib });
    program("looked", `[[ $(wc -l <${path("looks")}) != 3 ]] || echo "${late.trim()}" >>${path("disks")}`);
    expect(run("mount_data_disk").status).toBe(0);
    expect(read("done")).toContain("/dev/vdc\n");
    expect(read("done")).not.toContain("/dev/vdb");
  });

  test("that was made larger gets a larger file system at the next run, and is mounted once", () => {
    const id = idOf("test-master-1");
    writeFileSync(path("mounted"), id);
    putDisks(boot, { device: "/dev/vdb", bytes: 30 * gib, uuid: id, label: "kpaas-data" });
    expect(run("mount_data_disk").status).toBe(0);
    expect(read("done")).toBe("resize /dev/vdb\n");
  });
});
