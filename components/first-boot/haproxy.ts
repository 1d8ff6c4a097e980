import type { MachinePlan, Role } from "../../config/machines.ts";
import { addressOf, machinesOfRole, type PlatformFacts, type RoleBoot } from "./facts.ts";
import { keepalivedFiles } from "./keepalived.ts";
import { pairPackages, rolePackages } from "./packages.ts";

interface Service {
  name: string;
  port: number;
  role: Role;
  /** How HAProxy tells a server that answers from one that only listens. */
  check: string[];
}

const services: Service[] = [
  {
    name: "api",
    port: 6443,
    role: "master",
    check: [
      "option httpchk GET /readyz",
      "http-check expect status 200",
      // Only a probe of its health: clients verify the certificate themselves, through the passthrough.
      "default-server check check-ssl verify none inter 500ms downinter 300ms fall 2 rise 1 on-marked-down shutdown-sessions",
    ],
  },
  {
    name: "registry",
    port: 5000,
    role: "registry",
    check: [
      "option httpchk GET /v2/",
      "http-check expect status 401",
      "default-server check check-ssl verify none inter 2s downinter 300ms fall 2 rise 1",
    ],
  },
  {
    name: "database",
    port: 3306,
    role: "database",
    check: ["default-server check inter 2s downinter 300ms fall 2 rise 1"],
  },
];

export function haproxyBoot(machine: MachinePlan, facts: PlatformFacts): RoleBoot {
  const peer = machinesOfRole("haproxy", facts).find(({ name }) => name !== machine.name);
  return {
    scripts: ["haproxy.sh"],
    variables: { KPAAS_PEER: peer ? addressOf(peer) : "" },
    packages: [...rolePackages.haproxy, ...(peer ? pairPackages : [])],
    files: [{ path: "/etc/kpaas/haproxy.cfg", content: haproxyConfig(facts) }, ...keepalivedFiles(machine, facts)],
    awaitsSecrets: false,
  };
}

/** TCP passthrough: TLS ends at the servers. Long idle time-outs, because watches and connection pools are quiet for long. */
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
    ...services.flatMap(({ name, port, role, check }) => [
      section(`frontend ${name}`, [`bind :${port}`, `default_backend ${name}`]),
      section(`backend ${name}`, [
        "balance leastconn",
        ...check,
        ...machinesOfRole(role, facts).map((machine) => `server ${machine.name} ${addressOf(machine)}:${port}`),
      ]),
    ]),
  ].join("\n");
}

function section(title: string, lines: string[]): string {
  return [title, ...lines.map((line) => `    ${line}`), ""].join("\n");
}
