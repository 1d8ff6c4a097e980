import type { MachinePlan } from "../../config/machines.ts";
import { type Role, roleFacts } from "../../config/roles/index.ts";
import { gatewayHosts } from "../../config/services.ts";
import { quoted } from "../../lib/shell.ts";
import { bastionBoot } from "./bastion.ts";
import { databaseBoot } from "./database.ts";
import type { BootFile, PlatformFacts, RoleBoot } from "./facts.ts";
import { haproxyBoot } from "./haproxy.ts";
import { jumphostBoot } from "./jumphost.ts";
import { masterBoot, workerBoot } from "./master.ts";
import { packageSourceBoot, packagesForSource } from "./package-source.ts";
import { registryBoot } from "./registry.ts";
import { scriptFile } from "./scripts.ts";
import { storageBoot } from "./storage.ts";
import { firstBootUnit } from "./units.ts";

export type { BootFile, PackageSourceFacts, PlatformFacts } from "./facts.ts";
export { mirrorLoginFiles } from "./image-sources.ts";
export { jumphostSecretFiles } from "./jumphost-files.ts";
export { packageFolder } from "./package-source.ts";
export type { Login } from "./secret-files.ts";
export {
  databaseSecretFiles,
  masterSecretFiles,
  registrySecretFiles,
  secretFiles,
  workerSecretFiles,
} from "./secret-files.ts";
export { userData } from "./user-data.ts";

/**
 * Renders the files by which the installer makes a machine what it is, the same on every infrastructure. They travel over its own
 * connection, and a running machine takes a change of them in place. `token`: a node's join token.
 */
export function machineFiles(machine: MachinePlan, facts: PlatformFacts, join?: { token: string }): BootFile[] {
  const boot = renderers[machine.role](machine, facts, join?.token);
  return [...commonFiles(machine, facts, boot), ...boot.files];
}

/** Lists the Debian packages that a platform's machines install, of all roles. */
export function neededPackages(platform: Omit<PlatformFacts, "platformCaPem" | "kubernetesCaPin">): string[] {
  const facts = { ...platform, platformCaPem: "", kubernetesCaPin: "" };
  // Machines of a role, and of a pool, are alike in this.
  const kinds = new Map(facts.machines.map((machine) => [machine.pool ?? machine.role, machine]));
  const all = [...kinds.values()].flatMap((machine) =>
    packagesOf(machine, facts, renderers[machine.role](machine, facts, "none")),
  );
  return [...new Set(all)].sort();
}

const packagesOf = (machine: MachinePlan, facts: PlatformFacts, { extraPackages = [] }: RoleBoot): string[] => [
  ...roleFacts[machine.role].packages,
  ...extraPackages,
  ...packagesForSource(machine, facts),
];

/** A function that gives the boot of a role. `token`: a node's join token. */
type Renderer = (machine: MachinePlan, facts: PlatformFacts, token: string | undefined) => RoleBoot;

const renderers: Record<Role, Renderer> = {
  bastion: bastionBoot,
  jumphost: jumphostBoot,
  haproxy: haproxyBoot,
  registry: registryBoot,
  database: databaseBoot,
  storage: storageBoot,
  master: (machine, facts, token) => masterBoot(machine, facts, required(machine, token)),
  worker: (machine, facts, token) => workerBoot(machine, facts, required(machine, token)),
};

function required({ name }: MachinePlan, token: string | undefined): string {
  if (!token) throw new Error(`${name} needs a join token`);
  return token;
}

function commonFiles(machine: MachinePlan, facts: PlatformFacts, boot: RoleBoot): BootFile[] {
  const source = packageSourceBoot(machine, facts);
  const variables = {
    KPAAS_HOSTNAME: machine.hostname,
    KPAAS_DATA_PATH: machine.dataDisk?.mountPath ?? "",
    KPAAS_DATA_GIB: machine.dataDisk ? String(machine.dataDisk.sizeGiB) : "",
    KPAAS_PACKAGES: packagesOf(machine, facts, boot).join(" "),
    ...source.variables,
    ...boot.variables,
  };
  return [
    { path: "/etc/kpaas/first-boot.env", content: shellVariables(variables), permissions: "0600" },
    { path: "/etc/kpaas/hosts", content: hostNames(facts) },
    scriptFile("/usr/local/lib/kpaas/first-boot", ["common.sh", "package-source.sh", "packages.sh", ...boot.scripts]),
    firstBootUnit(machine.role),
    ...source.files,
    ...(facts.environment.maintenance ? [ownUpgradesOff] : []),
  ];
}

/** Packages that are maintained by the platform's windows and order are not upgraded by their distribution at another time. */
const ownUpgradesOff: BootFile = {
  path: "/etc/apt/apt.conf.d/99kpaas-maintenance",
  content: 'APT::Periodic::Unattended-Upgrade "0";\nUnattended-Upgrade::Automatic-Reboot "false";\n',
};

/**
 * Renders the container platform's own names, known to every machine without a DNS server. The application platform's are left
 * out, so that it can be added to an environment that is up, and changes no machine.
 */
function hostNames(facts: PlatformFacts): string {
  const { address, names } = gatewayHosts(facts.environment);
  const named = facts.machines.filter(({ role }) => roleFacts[role].platform === "container");
  const machines = named.flatMap(({ privateIp, hostname }) => (privateIp ? [`${privateIp} ${hostname}`] : []));
  const lines = [`${address} ${names.join(" ")}`, ...machines];
  return ["# kpaas begin", ...lines, "# kpaas end", ""].join("\n");
}

function shellVariables(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");
}
