import "../../../stacks/infrastructures.ts";
import { cpiOf } from "../../../bosh/cpi.ts";
import { type BoshValues, requiredFacts } from "../../../bosh/variables.ts";
import { type PlatformSize, platformSizes } from "../../../config/application-platform/group.ts";
import { capabilitiesOf } from "../../../config/infrastructure/catalog.ts";
import type { BoshEnvironment } from "../../../config/infrastructure/cpi.ts";
import { parseEnvironment } from "../../../config/parse.ts";
import type { RawEnvironment } from "./example-environment.ts";

type RawPlatform = NonNullable<RawEnvironment["applicationPlatform"]>;

const machineTypes = [
  { name: "m1.medium", vcpus: 2, memoryGiB: 4 },
  { name: "m1.large", vcpus: 2, memoryGiB: 8 },
  { name: "m1.xlarge", vcpus: 4, memoryGiB: 16 },
];

const availabilityZones = ["a", "b", "c"];

/** Every infrastructure that a CPI reaches, with settings of its own; three zones where it has as many. */
const infrastructures: Record<string, { infrastructure: object; zones: number }> = {
  openstack: { infrastructure: { machineTypes, availabilityZones, diskType: "LUKS" }, zones: 3 },
  nhn: { infrastructure: { machineTypes, network: "kpaas", image: "ubuntu" }, zones: 1 },
  kt: { infrastructure: { machineTypes, network: "kpaas", image: "ubuntu" }, zones: 1 },
  aws: { infrastructure: {}, zones: 3 },
  gcp: { infrastructure: {}, zones: 3 },
  azure: { infrastructure: {}, zones: 3 },
  alibaba: { infrastructure: {}, zones: 2 },
  local: { infrastructure: {}, zones: 1 },
};

const database = { kind: "external", engine: "mysql", host: "db.example.com", passwordsSecret: "cf-database" } as const;
const blobstore = {
  kind: "external",
  endpoint: "https://objects.example.com:9000",
  region: "region-1",
  buckets: { buildpacks: "cf-buildpacks", droplets: "cf-droplets", packages: "cf-packages", resources: "cf-resources" },
  credentialsSecret: "cf-blobstore",
} as const;

/** Gives an environment of the given infrastructure. */
export function environmentOn(kind: string, platform: Partial<RawPlatform> = {}): BoshEnvironment {
  const { infrastructure, zones } = infrastructures[kind] ?? { infrastructure: {}, zones: 1 };
  const environment = parseEnvironment("test", {
    purpose: "operation",
    infrastructure: { kind, ...infrastructure },
    network: { cidr: "10.180.0.0/21", zones, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", ...platform },
  });
  const { applicationPlatform } = environment;
  if (!applicationPlatform) throw new Error("no application platform");
  return { ...environment, applicationPlatform };
}

/** Gives every size on every infrastructure, with database and blobstore inside and outside, behind each possible gateway. */
export function everyEnvironment(): (readonly [title: string, BoshEnvironment])[] {
  return Object.keys(infrastructures).flatMap((kind) => {
    const gateways = ["haproxy", ...(capabilitiesOf({ kind }).loadBalancer ? ["load-balancer"] : [])] as const;
    return platformSizes.flatMap((size: PlatformSize) =>
      [{}, { database }, { blobstore }, { database, blobstore }].flatMap((stores) =>
        gateways.map((gateway) => {
          const outside = Object.keys(stores).join(" and ");
          const title = `${kind}, ${size}, ${gateway}${outside ? `, ${outside} outside` : ""}`;
          return [title, environmentOn(kind, { size, gateway: gateway as RawPlatform["gateway"], ...stores })] as const;
        }),
      ),
    );
  });
}

/** Gives values of everything that is asked for, each told by its name. */
export function valuesFor(environment: BoshEnvironment): BoshValues {
  const facts = requiredFacts(environment).map(
    ({ name, holds }) => [name, holds.startsWith("list") ? [`${name}-1`] : `fact-${name}`] as const,
  );
  const databases = ["uaa", "cc", "bbs", "routing_api", "policy_server", "silk_controller", "locket", "credhub"];
  return {
    facts: Object.fromEntries(facts),
    credentials: Object.fromEntries(cpiOf(environment).credentials.map((name) => [name, `secret-${name}`])),
    secrets: {
      "cf-database": Object.fromEntries(databases.map((name) => [name, `secret-${name}`])),
      "cf-blobstore": { accessKeyId: "secret-id", secretAccessKey: "secret-key" },
    },
  };
}
