import { Address4 } from "ip-address";
import { z } from "zod";
import { dnsName, isUnique, privateRange, range, secretName, text } from "../formats.ts";
import { dataDiskGiB, generation, size } from "../machine-fields.ts";
import { must } from "../problems.ts";
import { type GroupName, platformSizes } from "./group.ts";
import { instanceGroups, sizedGroupNames } from "./instance-groups.ts";
import { vmTypeNames } from "./vm-types.ts";

/** Length that the certificates' common names leave of 64 characters (X.520): `*.login.<systemDomain>` is the longest. */
const longestSystemDomain = 55;

const database = z
  .discriminatedUnion(
    "kind",
    [
      z
        .strictObject({ kind: z.literal("internal").describe("Kind of database.") })
        .describe("MySQL on VMs of the platform's own."),
      z
        .strictObject({
          kind: z.literal("external").describe("Kind of database."),
          engine: z.enum(["mysql", "postgres"]).default("mysql").describe("What answers."),
          host: dnsName(253).or(z.ipv4()).describe("Name or address of the server."),
          port: z.int().min(1).max(65535).optional().describe("Default: 3306 of mysql, 5432 of postgres."),
          passwordsSecret: secretName(
            "a map of each database's password: uaa, cc, bbs, routing_api, policy_server, silk_controller, locket, credhub",
          ),
        })
        .describe("A database service that you run or rent."),
    ],
    { error: oneOf("internal", "external") },
  )
  .default({ kind: "internal" })
  .describe("Where the components keep their tables.");

const bucket = (holds: string) =>
  text("be a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens", (name) =>
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name),
  ).describe(`Bucket of ${holds}.`);

const blobstore = z
  .discriminatedUnion(
    "kind",
    [
      z
        .strictObject({ kind: z.literal("internal").describe("Kind of blobstore.") })
        .describe("One VM of the platform's own; it cannot be doubled."),
      z
        .strictObject({
          kind: z.literal("external").describe("Kind of blobstore."),
          endpoint: z
            .url({ protocol: /^https$/, error: must("be an address such as https://objects.example.com") })
            .optional()
            .describe("Address of the store. Default: AWS' own of the region."),
          region: text("be a region's name", (name) => /^[a-z0-9-]{2,40}$/.test(name)).describe(
            "Region of the buckets.",
          ),
          buckets: z
            .strictObject({
              buildpacks: bucket("buildpacks"),
              droplets: bucket("staged applications"),
              packages: bucket("pushed source"),
              resources: bucket("files that several packages share"),
            })
            .refine((buckets) => isUnique(Object.values(buckets)), { error: must("name four buckets, each once") })
            .describe("Existing buckets, one for each kind of blob."),
          credentialsSecret: secretName("a map of accessKeyId and secretAccessKey"),
        })
        .describe("An object store that speaks S3."),
    ],
    { error: oneOf("internal", "external") },
  )
  .default({ kind: "internal" })
  .describe("Where packages, droplets and buildpacks are kept.");

function oneOf(...kinds: string[]) {
  return (issue: z.core.$ZodRawIssue) => {
    if (issue.code !== "invalid_union") return undefined;
    return must(`be ${kinds.join(" or ")}`)({ input: (issue.input as { kind?: unknown } | undefined)?.kind });
  };
}

function group(name: GroupName) {
  const { most, isQuorum, purpose } = instanceGroups[name];
  const count = z
    .int()
    .min(1, { abort: true })
    .max(most, {
      abort: true,
      error: most === 1 ? must("be 1: upstream has no way to double it") : undefined,
    });
  const countOfQuorum = count.refine((count) => count % 2 === 1, {
    error: must("be odd so that a majority decides", (count) => `use ${Number(count) - 1} or ${Number(count) + 1}`),
  });
  return z
    .strictObject({
      count: (isQuorum ? countOfQuorum : count).optional().describe("Number of VMs. Default: by size."),
      vmType: z.enum(vmTypeNames).optional().describe("Type of its VMs. Default: by size."),
    })
    .optional()
    .describe(`${purpose[0]?.toUpperCase()}${purpose.slice(1)}.`);
}

const groups = z
  .strictObject(
    Object.fromEntries(sizedGroupNames.map((name) => [name, group(name)])) as Record<
      GroupName,
      ReturnType<typeof group>
    >,
  )
  .default({})
  .describe("Groups of VMs whose count or type is not that of the size.");

const jumpHost = z
  .strictObject({ size: size(2, 4, 20), dataDiskGiB: dataDiskGiB(50), generation })
  .prefault({})
  .describe("Machine that runs `bosh`; its data disk keeps the director's state and credentials.");

export const applicationPlatform = z
  .strictObject({
    size: z
      .enum(platformSizes)
      .optional()
      .describe(
        "minimum: one VM of each group. standard: as upstream counts them. operation: survives the loss of a zone. Default: " +
          "minimum for development, operation for operation.",
      ),
    systemDomain: dnsName(longestSystemDomain).describe(
      "DNS domain of the API (api.<systemDomain>), of logins and, if nothing else is said later, of applications.",
    ),
    cidr: privateRange(16, 24)
      .default("10.182.0.0/22")
      .describe("Range of the VMs' own addresses, /16 to /24, split evenly over network.zones."),
    clientCidrs: z
      .array(
        range().refine((cidr) => cidr === "0.0.0.0/0" || new Address4(cidr).subnetMask >= 8, {
          error: must("be 0.0.0.0/0 or no wider than /8"),
        }),
      )
      .min(1)
      .refine(isUnique, { error: must("name every range once") })
      .optional()
      .describe(
        "Who may reach applications and the API (80, 443, 4443, TCP routes); 0.0.0.0/0 for everybody. SSH into applications is for " +
          "network.adminCidrs only. Default: network.adminCidrs.",
      ),
    gateway: z
      .enum(["haproxy", "load-balancer"])
      .optional()
      .describe(
        "What stands before the routers. Default: the cloud's own load balancer where it is built, else haproxy.",
      ),
    mirrorBaseUrl: z
      .url({ protocol: /^https$/, error: must("be an address such as https://mirror.example.com/bosh") })
      .optional()
      .describe(
        "Address under which a mirror has BOSH's releases and stemcells, for sites without the Internet. Default: upstream's own.",
      ),
    groups,
    database,
    blobstore,
    jumpHost,
    directorSecret: secretName(
      "username and password of the cloud's user that the director is, where its CPI wants one (openstack, nhn, kt; alibaba: id and secret of an access key)",
    ).default("bosh-director"),
  })
  .optional()
  .describe("Cloud Foundry on VMs, which BOSH makes. Absent: none.");
