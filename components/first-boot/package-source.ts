import type { MachinePlan } from "../../config/machines.ts";
import { servesPackages } from "../../config/packages.ts";
import { packagePort } from "../../config/ports.ts";
import { addressOf, type BootFile, dataPathOf, machinesOfRole, type PlatformFacts } from "./facts.ts";
import { packageServerPackages } from "./packages.ts";
import { unitFile } from "./units.ts";

/** Additions to what every machine gets, where the platform serves packages; none where its image's own sources count. */
export interface PackageSourceBoot {
  variables: Record<string, string>;
  files: BootFile[];
}

/** Gives the folder of the registry's machine in which the installer puts packages: on the data disk, which outlives the machine. */
export const packageFolder = (registry: MachinePlan): string => `${dataPathOf(registry)}/apt`;

// Outside of /etc/kpaas, which is root's alone: apt reads the key as another user.
const keyFile = "/etc/apt/keyrings/kpaas.asc";
const sourceList = "/etc/apt/kpaas.list";

/** Gives the packages of a machine that it has for the source's sake. */
export const packagesForSource = ({ role }: MachinePlan, { environment }: Pick<PlatformFacts, "environment">) =>
  role === "registry" && servesPackages(environment) ? packageServerPackages : [];

/**
 * Renders by what a machine takes packages from the platform's registry's machine, and from nowhere else: apt does not wait for sources
 * that nobody reaches. That machine takes them from its own disk.
 */
export function packageSourceBoot(machine: MachinePlan, facts: PlatformFacts): PackageSourceBoot {
  const { environment, packageSource } = facts;
  if (!servesPackages(environment)) return { variables: {}, files: [] };
  if (!packageSource) throw new Error(`${machine.name} needs a package source`);
  const [registry] = machinesOfRole("registry", facts);
  if (!registry) throw new Error("no machine serves packages");
  const serves = machine.role === "registry";
  const address = addressOf(registry);
  const folder = packageFolder(registry);
  const current = `${folder}/current`;
  const place = serves ? `file:${current}` : `http://${address}:${packagePort}`;
  return {
    variables: {
      KPAAS_PACKAGE_SOURCE: serves ? current : `${address}:${packagePort}`,
      ...(serves ? { KPAAS_SERVES_PACKAGES: folder } : {}),
    },
    files: [
      { path: keyFile, content: packageSource.publicKey },
      { path: sourceList, content: `deb [signed-by=${keyFile}] ${place} ${packageSource.suite} main\n` },
      { path: "/etc/apt/apt.conf.d/99kpaas-packages", content: aptSettings(address) },
      ...(serves ? serverFiles(current, folder) : []),
    ],
  };
}

/** Renders apt's settings: a source that does not answer is an error, and a site's proxy is not asked for the platform's own. */
const aptSettings = (address: string): string =>
  [
    `Dir::Etc::sourcelist "${sourceList}";`,
    'Dir::Etc::sourceparts "/dev/null";',
    'APT::Update::Error-Mode "any";',
    `Acquire::http::Proxy::${address} "DIRECT";`,
    "",
  ].join("\n");

const runtime = "/run/kpaas-packages";

/**
 * Renders the server of the folder: nginx, which a thousand workers may ask at once, and which the distribution keeps free of known
 * holes. It is nobody who may write, and listens on no port but its own.
 */
function serverFiles(current: string, folder: string): BootFile[] {
  const configuration = [
    "daemon off;",
    "worker_processes auto;",
    `pid ${runtime}/nginx.pid;`,
    "events { worker_connections 4096; }",
    "http {",
    "  access_log off;",
    "  server_tokens off;",
    "  sendfile on;",
    "  default_type application/octet-stream;",
    ...["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `  ${name}_temp_path ${runtime}/${name};`),
    "  server {",
    `    listen ${packagePort} backlog=4096;`,
    `    root ${current};`,
    "    location / { limit_except GET { deny all; } }",
    "  }",
    "}",
    "",
  ].join("\n");
  return [
    { path: "/etc/kpaas/package-server.conf", content: configuration },
    unitFile("kpaas-packages.service", {
      Unit: {
        Description: "Packages of the platform's machines",
        After: "network.target",
        RequiresMountsFor: folder,
        StartLimitIntervalSec: "0",
      },
      Service: {
        ExecStart: "/usr/sbin/nginx -e stderr -c /etc/nginx/kpaas-packages.conf",
        User: "www-data",
        RuntimeDirectory: "kpaas-packages",
        LimitNOFILE: "65536",
        NoNewPrivileges: "yes",
        CapabilityBoundingSet: "",
        ProtectSystem: "strict",
        ProtectHome: "yes",
        PrivateTmp: "yes",
        Restart: "always",
        RestartSec: "1",
      },
      Install: { WantedBy: "multi-user.target" },
    }),
  ];
}
