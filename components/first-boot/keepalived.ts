import { gatewayAddress } from "../../config/addresses.ts";
import type { MachinePlan } from "../../config/machines.ts";
import { addressOf, type BootFile, machinesOfRole, type PlatformFacts } from "./facts.ts";

/** VRRP's id of the pair. Other pairs on the network are told apart by address as well: the two talk to each other only. */
const virtualRouterId = 51;

/**
 * Gives the files for VRRP 3 between the two HAProxy machines, by unicast because clouds' networks carry no multicast. It has no
 * password: the firewall lets only the other machine speak it. The network interface's name is known on the machine only.
 */
export function keepalivedFiles(machine: MachinePlan, facts: PlatformFacts): BootFile[] {
  const others = machinesOfRole("haproxy", facts).filter(({ name }) => name !== machine.name);
  if (others.length === 0) return [];
  return [{ path: "/etc/kpaas/keepalived.conf", content: keepalivedConfig(machine, others, facts) }];
}

function keepalivedConfig(machine: MachinePlan, others: MachinePlan[], { environment }: PlatformFacts): string {
  return `global_defs {
    vrrp_version 3
    script_user root
    enable_script_security
}

vrrp_script haproxy {
    script "/usr/bin/systemctl is-active --quiet haproxy"
    interval 1
    fall 2
    rise 2
}

vrrp_instance gateway {
    state BACKUP
    interface @INTERFACE@
    virtual_router_id ${virtualRouterId}
    priority ${100 - machine.ordinal}
    advert_int 0.5
    unicast_src_ip ${addressOf(machine)}
    unicast_peer {
${others.map((other) => `        ${addressOf(other)}`).join("\n")}
    }
    virtual_ipaddress {
        ${gatewayAddress(environment)}/32
    }
    track_script {
        haproxy
    }
}
`;
}
