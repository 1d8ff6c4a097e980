import { instanceGroups } from "../config/application-platform/instance-groups.ts";
import type { ApplicationPlatformSettings } from "../config/environment.ts";
import type { BoshEnvironment, Fact } from "../config/infrastructure/cpi.ts";
import { UserError } from "../lib/errors.ts";
import { haproxyAddresses, needsPublicAddress } from "./cloud-config.ts";
import { cpiOf } from "./cpi.ts";

export type Variables = Record<string, unknown>;

/** Values that only the infrastructure, the operator's credentials and the stack's secrets tell. */
export interface BoshValues {
  /** Values by the names of `requiredFacts`. */
  facts: Record<string, string | string[]>;
  /** The CPI's own, by variable: see `Cpi.credentials`. */
  credentials: Record<string, string>;
  /** The stack's secrets by the names that the environment gives them; each is a map. */
  secrets: Record<string, Record<string, string>>;
}

/**
 * External databases: by the part of upstream's variables that is also the secret's key, the name and user as
 * upstream's own database has them.
 */
const databases = {
  uaa: "uaa",
  cc: "cloud_controller",
  bbs: "diego",
  routing_api: "routing-api",
  policy_server: "network_policy",
  silk_controller: "network_connectivity",
  locket: "locket",
  credhub: "credhub",
} as const;

/** Gives the facts that the infrastructure must tell. */
export function requiredFacts(environment: BoshEnvironment): Fact[] {
  const cpi = cpiOf(environment);
  const publicAddress: Fact = { name: "haproxy_public_ip", holds: "address of haproxy to the outside" };
  return [...cpi.facts, ...(needsPublicAddress(environment, cpi) ? [publicAddress] : [])];
}

/** Gives the variables of cf-deployment that are no secrets. */
export function cfVariables(environment: BoshEnvironment, { facts }: Pick<BoshValues, "facts">): Variables {
  const { systemDomain, database, blobstore } = environment.applicationPlatform;
  const [tcpRoutes] = instanceGroups["tcp-router"].gatewayPorts ?? [];
  const [haproxy] = haproxyAddresses(environment);
  return {
    system_domain: systemDomain,
    default_router_group_reservable_ports: `${tcpRoutes?.fromPort}-${tcpRoutes?.toPort}`,
    ...(haproxy ? { haproxy_private_ip: haproxy } : {}),
    ...(needsPublicAddress(environment, cpiOf(environment)) ? { haproxy_public_ip: facts.haproxy_public_ip } : {}),
    ...databaseVariables(database),
    ...blobstoreVariables(blobstore),
  };
}

/** Gives the names of the stack's secrets that an environment needs. Throws UserError where there is no CPI. */
export function secretNames(environment: BoshEnvironment): string[] {
  const { database, blobstore, directorSecret } = environment.applicationPlatform;
  return [
    ...(cpiOf(environment).credentials.length > 0 ? [directorSecret] : []),
    ...(database.kind === "external" ? [database.passwordsSecret] : []),
    ...(blobstore.kind === "external" ? [blobstore.credentialsSecret] : []),
  ];
}

/** Gives the cloud's user that the director is, where its CPI wants one. Throws UserError where the secret lacks it. */
export function directorUser({ applicationPlatform }: BoshEnvironment, secrets: BoshValues["secrets"]) {
  const { directorSecret } = applicationPlatform;
  return {
    username: secretValue(secrets, directorSecret, "username"),
    password: secretValue(secrets, directorSecret, "password"),
  };
}

function secretValue(secrets: BoshValues["secrets"], name: string, key: string): string {
  const value = secrets[name]?.[key];
  if (value) return value;
  throw new UserError(
    `the stack's secret kpaas:${name} lacks ${key}`,
    `write it as a map with \`pulumi config set --secret kpaas:${name} < file.json\``,
  );
}

/**
 * Gives the variables of cf-deployment that are secrets of the environment's own: CredHub makes every other one. Throws
 * UserError.
 */
export function cfSecrets(
  { applicationPlatform }: BoshEnvironment,
  { secrets }: Pick<BoshValues, "secrets">,
): Variables {
  const { database, blobstore } = applicationPlatform;
  const read = (name: string, key: string): string => secretValue(secrets, name, key);
  return {
    ...(database.kind === "external"
      ? Object.fromEntries(
          Object.keys(databases).map((key) => [
            `external_${key}_database_password`,
            read(database.passwordsSecret, key),
          ]),
        )
      : {}),
    ...(blobstore.kind === "external"
      ? {
          blobstore_access_key_id: read(blobstore.credentialsSecret, "accessKeyId"),
          blobstore_secret_access_key: read(blobstore.credentialsSecret, "secretAccessKey"),
        }
      : {}),
  };
}

function databaseVariables(database: ApplicationPlatformSettings["database"]): Variables {
  if (database.kind !== "external") return {};
  const each = Object.entries(databases).flatMap(([key, name]) => [
    [`external_${key}_database_name`, name],
    [`external_${key}_database_username`, name],
    [`external_${key}_database_address`, database.host],
  ]);
  return {
    external_database_type: database.engine,
    external_database_port: database.port,
    ...Object.fromEntries(each),
  };
}

function blobstoreVariables(blobstore: ApplicationPlatformSettings["blobstore"]): Variables {
  if (blobstore.kind !== "external") return {};
  const { region, buckets } = blobstore;
  return {
    aws_region: region,
    buildpack_directory_key: buckets.buildpacks,
    droplet_directory_key: buckets.droplets,
    app_package_directory_key: buckets.packages,
    resource_directory_key: buckets.resources,
  };
}
