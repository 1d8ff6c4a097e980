import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** Facts of a group in upstream's manifest, as far as this model has them too. */
export interface UpstreamGroup {
  name: string;
  instances: number;
  vmType: string;
  vmExtensions: string[];
  persistentDiskType?: string;
  isErrand: boolean;
  jobs: string[];
  /** Ports that the manifest makes its jobs listen on. */
  listens: number[];
  /** Other groups' ports that the manifest sends its jobs to. */
  connects: { group: string; port: number }[];
}

interface Job {
  name: string;
  properties?: unknown;
}

interface Manifest {
  manifest_version: string;
  addons: { jobs: Job[] }[];
  instance_groups: {
    name: string;
    instances: number;
    vm_type: string;
    vm_extensions?: string[];
    persistent_disk_type?: string;
    lifecycle?: string;
    jobs: Job[];
  }[];
}

interface Aliases {
  aliases: { domain: string; targets: { instance_group: string }[] }[];
}

/** Properties by which a job of the manifest is told its own port. */
const ownPort =
  /^(pxc-mysql port|proxy api_port|route_registrar route_registrar\.routes\.\d+\.(port|tls_port)|gorouter router\.status\.tls\.port|loggr-syslog-binding-cache external_port|log-cache-cf-auth-proxy proxy_port)$/;

/** Properties that tell a port of the group that answers to an alias of BOSH DNS, written elsewhere or nowhere. */
const othersPorts: [RegExp, string][] = [
  [/(ccdb|uaadb|database|sqldb|sql|data_storage)\.(db_)?port$/, "sql-db"],
  [/uaa\.(tls_port|ssl\.port)$/, "uaa"],
  [/^loggregator_trafficcontroller cc\.tls_port$/, "cloud-controller-ng"],
];

/** Reads the facts of a cf-deployment manifest that a test compares with the table of groups. */
export function upstreamFacts(text: string): { version: string; groups: UpstreamGroup[] } {
  const manifest: Manifest = parse(text, { merge: true, maxAliasCount: -1 });
  const aliases = dnsAliases(manifest);
  return {
    version: manifest.manifest_version,
    groups: manifest.instance_groups.map((group) => {
      const properties = group.jobs.flatMap(({ name, properties }) => leaves(`${name} `, properties ?? {}));
      const connects = properties.flatMap(([path, value]) => connections(path, String(value), aliases));
      return {
        name: group.name,
        instances: group.instances,
        vmType: group.vm_type,
        vmExtensions: group.vm_extensions ?? [],
        persistentDiskType: group.persistent_disk_type,
        isErrand: group.lifecycle === "errand",
        jobs: group.jobs.map(({ name }) => name),
        listens: unique(properties.filter(([path]) => ownPort.test(path)).map(([, value]) => Number(value))),
        connects: unique(connects),
      };
    }),
  };
}

function connections(path: string, value: string, aliases: ReadonlyMap<string, string>) {
  const named = othersPorts.filter(([pattern]) => pattern.test(path)).map(([, alias]) => ({ alias, port: value }));
  const addressed = [...value.matchAll(/([\w-]+)\.service\.cf\.internal:(\d+)/g)].map(([, alias = "", port]) => ({
    alias,
    port,
  }));
  return [...named, ...addressed].map(({ alias, port }) => ({
    group: aliases.get(alias) ?? alias,
    port: Number(port),
  }));
}

/** Gives the group that answers to each alias, by the alias: `uaa` of `uaa.service.cf.internal`. */
function dnsAliases({ addons }: Manifest): Map<string, string> {
  const job = addons.flatMap(({ jobs }) => jobs).find(({ name }) => name === "bosh-dns-aliases");
  const aliases = (job?.properties as Aliases | undefined)?.aliases ?? [];
  return new Map(aliases.map(({ domain, targets }) => [domain.split(".")[0] ?? "", targets[0]?.instance_group ?? ""]));
}

function leaves(path: string, value: unknown): [path: string, value: unknown][] {
  if (typeof value !== "object" || value === null) return [[path.replace(/\.$/, ""), value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(`${path}${key}.`, inner));
}

function unique<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}

/** `npx tsx config/application-platform/upstream.ts cf-deployment.yml > config/application-platform/upstream.json` */
if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(
    JSON.stringify(upstreamFacts(readFileSync(process.argv[2] ?? "cf-deployment.yml", "utf8")), undefined, 2),
  );
