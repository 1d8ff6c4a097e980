import { roleBlocks } from "../../config/addresses.ts";
import type { MachinePlan } from "../../config/machines.ts";
import { nfsExportPath } from "../../config/services.ts";
import { dataPathOf, type PlatformFacts, type RoleBoot } from "./facts.ts";
import { nfsUnit, waitsForDataDisk } from "./units.ts";

export function storageBoot(machine: MachinePlan, facts: PlatformFacts): RoleBoot {
  const clients = roleBlocks(facts.environment, "worker");
  return {
    scripts: ["storage.sh"],
    variables: {},
    files: [
      { path: "/etc/kpaas/ganesha.conf", content: ganeshaConfig(dataPathOf(machine), clients) },
      nfsUnit,
      waitsForDataDisk("kpaas-nfs", dataPathOf(machine)),
    ],
  };
}

/**
 * Renders settings for NFS 4 only, so one port: neither rpcbind nor mountd nor a lock manager. Workers write as root, as the
 * provisioner must; only from ports that are root's on a worker, as the kernel's client does. Owners go by number: the users of containers are none of this machine's, whose names for the same numbers
 * would show as `nobody` on workers.
 */
export function ganeshaConfig(path: string, clientCidrs: string[]): string {
  return `NFS_CORE_PARAM {
    Protocols = 4;
    NFS_Port = 2049;
    Enable_NLM = false;
    Enable_RQUOTA = false;
    Enable_UDP = false;
}

NFSV4 {
    Minor_Versions = 0, 1, 2;
    Only_Numeric_Owners = true;
    Lease_Lifetime = 20;
    Grace_Period = 30;
}

EXPORT {
    Export_Id = 1;
    Path = ${path};
    Pseudo = ${nfsExportPath};
    Protocols = 4;
    Transports = TCP;
    SecType = sys;
    Squash = No_Root_Squash;
    PrivilegedPort = true;
    Access_Type = NONE;
    FSAL {
        Name = VFS;
    }
    CLIENT {
        Clients = ${clientCidrs.join(", ")};
        Protocols = 4;
        Access_Type = RW;
    }
}
`;
}
