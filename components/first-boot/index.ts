import type { MachinePlan } from "../../config/machines.ts";
import { gatewayHosts } from "../../config/services.ts";
import { toYaml } from "../../lib/yaml.ts";
import { bastionBoot } from "./bastion.ts";
import { databaseBoot } from "./database.ts";
import type { BootFile, PlatformFacts, RoleBoot } from "./facts.ts";
import { haproxyBoot } from "./haproxy.ts";
import { jumphostBoot } from "./jumphost.ts";
import { masterBoot, workerBoot } from "./master.ts";
import { registryBoot } from "./registry.ts";
import { scriptFile } from "./scripts.ts";
import { storageBoot } from "./storage.ts";
import { firstBootUnits } from "./units.ts";

export type { PlatformFacts } from "./facts.ts";
export { jumphostSecretFiles } from "./jumphost-files.ts";
export { databaseSecretFiles, masterSecretFiles, registrySecretFiles } from "./secret-files.ts";

/**
 * cloud-init user-data of a machine, the same on every infrastructure. It carries no lasting secret: a node's join token
 * is worth something only while the installer admits that node.
 */
export function userData(machine: MachinePlan, facts: PlatformFacts, join?: { token: string }): string {
  const boot = roleBoot(machine, facts, join?.token);
  const services = ["kpaas-first-boot.service", ...(boot.awaitsSecrets ? ["kpaas-first-boot.path"] : [])];
  const document = {
    hostname: machine.hostname,
    preserve_hostname: false,
    ssh_pwauth: false,
    write_files: [...commonFiles(machine, facts, boot), ...boot.files].map(writeFile),
    runcmd: [
      ["systemctl", "daemon-reload"],
      ["systemctl", "enable", "--now", "--no-block", ...services],
    ],
  };
  return `#cloud-config\n${toYaml(document)}`;
}

function roleBoot(machine: MachinePlan, facts: PlatformFacts, token: string | undefined): RoleBoot {
  switch (machine.role) {
    case "bastion":
      return bastionBoot();
    case "jumphost":
      return jumphostBoot(machine);
    case "haproxy":
      return haproxyBoot(machine, facts);
    case "registry":
      return registryBoot(machine);
    case "database":
      return databaseBoot(machine);
    case "storage":
      return storageBoot(machine, facts);
    case "master":
      return masterBoot(machine, facts, required(machine, token));
    case "worker":
      return workerBoot(machine, facts, required(machine, token));
    default:
      return machine.role satisfies never;
  }
}

function required({ name }: MachinePlan, token: string | undefined): string {
  if (!token) throw new Error(`${name} needs a join token`);
  return token;
}

function commonFiles(machine: MachinePlan, facts: PlatformFacts, boot: RoleBoot): BootFile[] {
  const variables = {
    KPAAS_HOSTNAME: machine.hostname,
    KPAAS_DATA_PATH: machine.dataDisk?.mountPath ?? "",
    KPAAS_PACKAGES: boot.packages.join(" "),
    ...boot.variables,
  };
  return [
    { path: "/etc/kpaas/first-boot.env", content: shellVariables(variables), permissions: "0600" },
    { path: "/etc/kpaas/hosts", content: hostNames(facts) },
    scriptFile("/usr/local/lib/kpaas/first-boot", ["common.sh", ...boot.scripts]),
    ...firstBootUnits(machine.role, boot.awaitsSecrets),
  ];
}

/**
 * The platform's own names, known to every machine without a DNS server. The jump host's is nobody's business: without it an
 * application platform can be added to an environment that is up, and changes no machine.
 */
function hostNames(facts: PlatformFacts): string {
  const { address, names } = gatewayHosts(facts.environment);
  const named = facts.machines.filter(({ role }) => role !== "jumphost");
  const machines = named.flatMap(({ privateIp, hostname }) => (privateIp ? [`${privateIp} ${hostname}`] : []));
  const lines = [`${address} ${names.join(" ")}`, ...machines];
  return ["# kpaas begin", ...lines, "# kpaas end", ""].join("\n");
}

function shellVariables(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join("");
}

function writeFile({ path, content, permissions = "0644" }: BootFile) {
  return { path, permissions, content };
}
