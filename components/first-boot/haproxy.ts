import type { MachinePlan } from "../../config/machines.ts";
import { backendRoles, type GatewayService, gatewayPorts, gatewayServices } from "../../config/ports.ts";
import { type Role, roleFacts } from "../../config/roles/index.ts";
import { addressOf, machinesOfRole, type PlatformFacts, type RoleBoot } from "./facts.ts";
import { keepalivedFiles } from "./keepalived.ts";
import { pairPackages } from "./packages.ts";

/** Gives the settings by which HAProxy tells a server that answers from one that only listens. */
function healthCheck(role: Role): string[] {
  const check = roleFacts[role].healthCheck;
  if (!check) return ["default-server check inter 2s downinter 300ms fall 2 rise 1"];
  const { request, interval, endsSessions } = check;
  const times = `inter ${interval} downinter 300ms fall 2 rise 1${endsSessions ? " on-marked-down shutdown-sessions" : ""}`;
  return [
    `option httpchk GET ${request.path}`,
    `http-check expect status ${request.status}`,
    // Only a probe of its health: clients verify the certificate themselves, through the passthrough.
    `default-server check check-ssl verify none ${times}`,
  ];
}

export function haproxyBoot(machine: MachinePlan, facts: PlatformFacts): RoleBoot {
  const peer = machinesOfRole("haproxy", facts).find(({ name }) => name !== machine.name);
  return {
    scripts: ["haproxy.sh"],
    variables: { KPAAS_PEER: peer ? addressOf(peer) : "" },
    extraPackages: peer ? pairPackages : [],
    files: [{ path: "/etc/kpaas/haproxy.cfg", content: haproxyConfig(facts) }, ...keepalivedFiles(machine, facts)],
  };
}

/**
 * Renders HAProxy's settings: TCP passthrough, as TLS ends at the servers. Idle time-outs are long, because watches and
 * connection pools are quiet for long.
 */
export function haproxyConfig(facts: PlatformFacts): string {
  return [
    section("global", [
      "log stdout format raw daemon notice",
      "user haproxy",
      "group haproxy",
      // Two descriptors each must fit a container engine's usual limit of 20000.
      "maxconn 4000",
      "stats socket /run/haproxy.sock mode 600 level admin",
    ]),
    section("defaults", [
      "mode tcp",
      "log global",
      "option dontlognull",
      "option redispatch",
      "option clitcpka",
      "option srvtcpka",
      "retries 3",
      "timeout connect 3s",
      "timeout check 3s",
      "timeout client 1h",
      "timeout server 1h",
    ]),
    ...gatewayServices.flatMap((service) => passOn(service, facts)),
  ].join("\n");
}

function passOn(service: GatewayService, facts: PlatformFacts): string[] {
  const [port, role] = [gatewayPorts[service], backendRoles[service]];
  return [
    section(`frontend ${service}`, [`bind :${port}`, `default_backend ${service}`]),
    section(`backend ${service}`, [
      "balance leastconn",
      ...healthCheck(role),
      ...machinesOfRole(role, facts).map((machine) => `server ${machine.name} ${addressOf(machine)}:${port}`),
    ]),
  ];
}

function section(title: string, lines: string[]): string {
  return [title, ...lines.map((line) => `    ${line}`), ""].join("\n");
}
