import { type Operation, replace } from "../config/application-platform/ops-file.ts";
import type { ApplicationPlatformSettings } from "../config/environment.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { certificateOperations } from "./certificates.ts";
import { needsPublicAddress, networkNames } from "./cloud-config.ts";
import { cpiOf } from "./cpi.ts";
import { variable } from "./cpi-helpers.ts";
import { directorFiles } from "./director.ts";
import { groupsInManifest } from "./groups.ts";
import { mirrorOperations, stemcellOf, type UpstreamFiles, upstreamFiles } from "./pinned.ts";

/** Gives the manifest of `bosh deploy`, then upstream's ops files in their order; ours come after. */
export function cfFiles(environment: BoshEnvironment): UpstreamFiles {
  const { gateway, database, blobstore, groups } = environment.applicationPlatform;
  const { cfOpsFiles = [] } = cpiOf(environment);
  const applied = [
    ...cfOpsFiles,
    gateway === "haproxy" && "use-haproxy",
    database.kind === "external" && "use-external-dbs",
    (groups.database?.count ?? 0) > 1 && "scale-database-cluster",
    ...(blobstore.kind === "external" ? ["use-external-blobstore", "use-s3-blobstore"] : []),
    "configure-default-router-group",
  ];
  const operations = applied.filter((file) => file !== false).map((file) => `operations/${file}`);
  return upstreamFiles(["cf-deployment", ...operations].map((file) => `cf-deployment/${file}.yml`));
}

/** Gives the differences from upstream's manifest, group by group, and what no ops file of upstream does. */
export function cfOperations(environment: BoshEnvironment): Operation[] {
  const { files } = cfFiles(environment);
  return [
    ...groupsInManifest(environment).flatMap(({ name, instances, azs, vmType, vmExtensions, persistentDiskType }) => {
      const at = `/instance_groups/name=${name}`;
      return [
        replace(`${at}/instances`, instances),
        replace(`${at}/azs`, azs),
        replace(`${at}/vm_type`, vmType),
        replace(`${at}/vm_extensions?`, vmExtensions),
        ...(persistentDiskType ? [replace(`${at}/persistent_disk_type`, persistentDiskType)] : []),
      ];
    }),
    ...haproxyOperations(environment),
    ...blobstoreOperations(environment.applicationPlatform.blobstore),
    ...(cpiOf(environment).cfOperations ?? []),
    // The director's own: bosh-deployment pins its digest, cf-deployment names a version of the same line and no digest.
    replace("/stemcells/alias=default/version", stemcellOf(directorFiles(environment).files).version),
    ...certificateOperations(files),
    ...mirrorOperations(environment, files),
  ];
}

/** Opens the port of log streams, which upstream's haproxy leaves closed, and gives haproxy an address to the outside. */
function haproxyOperations(environment: BoshEnvironment): Operation[] {
  if (environment.applicationPlatform.gateway !== "haproxy") return [];
  const haproxy = "/instance_groups/name=haproxy";
  const address = { name: networkNames.vms, static_ips: [variable("haproxy_private_ip")] };
  return [
    replace(`${haproxy}/jobs/name=haproxy/properties/ha_proxy/enable_4443?`, true),
    ...(needsPublicAddress(environment, cpiOf(environment))
      ? [
          replace(`${haproxy}/networks`, [
            { ...address, default: ["dns", "gateway"] },
            { name: networkNames.public, static_ips: [variable("haproxy_public_ip")] },
          ]),
        ]
      : []),
  ];
}

/** Jobs of the cloud controller, each of which is told of the blobstore. */
const blobstoreJobs = [
  ["api", "cloud_controller_ng"],
  ["cc-worker", "cloud_controller_worker"],
  ["scheduler", "cloud_controller_clock"],
] as const;

const blobKinds = ["buildpacks", "droplets", "packages", "resource_pool"] as const;

/**
 * Names the blobstore's host and port, as upstream's ops file knows AWS only. `host` and `port` are those of
 * capi-release's `connection_config`.
 */
function blobstoreOperations(blobstore: ApplicationPlatformSettings["blobstore"]): Operation[] {
  if (blobstore.kind !== "external" || !blobstore.endpoint) return [];
  const { hostname, port } = new URL(blobstore.endpoint);
  return blobstoreJobs.flatMap(([group, job]) =>
    blobKinds.flatMap((kind) => {
      const at = `/instance_groups/name=${group}/jobs/name=${job}/properties/cc/${kind}/connection_config`;
      return [replace(`${at}/host?`, hostname), ...(port ? [replace(`${at}/port?`, Number(port))] : [])];
    }),
  );
}
