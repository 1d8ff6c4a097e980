import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { cloudConfig } from "../../bosh/cloud-config.ts";
import { deployable } from "../../bosh/deployable.ts";
import { directorOperations } from "../../bosh/director.ts";
import { parseEnvironment } from "../../config/parse.ts";
import {
  applicationInputs,
  jumpHostFiles,
  recordApplications,
} from "../../tests/harness/mocks/application-platform.ts";
import { ofType, type Recorded, record } from "../../tests/harness/mocks/mocks.ts";
import { changePermissions, lookPermissions, onlyOfBosh } from "./director-identity.ts";
import { createInfrastructure } from "./index.ts";
import { lookedFor } from "./recovery.ts";

// The longest name there is: with it groups' names are longer than tags may be.
const name = "t".repeat(40);
const environment = deployable(
  parseEnvironment(name, {
    infrastructure: { kind: "gcp" },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", clientCidrs: ["198.51.100.0/24"] },
  }),
);
let recorded: Recorded;

beforeAll(async () => {
  recorded = await recordApplications(environment, createInfrastructure);
}, 60_000);

const applications = (type: string) => applicationInputs(recorded, `gcp:${type}`);
const rules = () => applications("compute/firewall:Firewall");
const account = "-cf-director@project-1.iam.gserviceaccount.com";

const file = (path: string): Record<string, unknown> => parse(jumpHostFiles(recorded)[`bosh/files/${path}`] ?? "null");

describe("the network", () => {
  test("has a subnet for each zone in the machines' network, whose NAT takes every subnet", () => {
    const subnets = applications("compute/subnetwork:Subnetwork");
    expect(subnets.map(({ ipCidrRange, network }) => [ipCidrRange, network])).toEqual(
      ["10.182.0.0/24", "10.182.1.0/24", "10.182.2.0/24"].map((cidr) => [cidr, "platform-network-id"]),
    );
    const [nat] = ofType(recorded, "gcp:compute/routerNat:RouterNat");
    expect(nat?.inputs).toMatchObject({
      sourceSubnetworkIpRangesToNat: "ALL_SUBNETWORKS_ALL_IP_RANGES",
      natIpAllocateOption: "MANUAL_ONLY",
      natIps: ["platform-network-nat-address link"],
    });
  });

  test("without an application platform Google gives the NAT its addresses", async () => {
    const alone = parseEnvironment("test", {
      infrastructure: { kind: "gcp" },
      network: { adminCidrs: ["203.0.113.0/24"] },
    });
    const small = await record(() => {
      createInfrastructure(alone, {}).network("network", {});
    });
    const [nat] = ofType(small, "gcp:compute/routerNat:RouterNat");
    expect(nat?.inputs.natIpAllocateOption).toBe("AUTO_ONLY");
    expect(ofType(small, "gcp:compute/address:Address")).toEqual([]);
  });
});

describe("the firewall", () => {
  const from = (group: string, port: string) =>
    ofType(recorded, "gcp:compute/firewall:Firewall")
      .filter(({ name }) => name === `applications-firewall-${group}-${port}`)
      .flatMap(({ inputs }) => [...(inputs.sourceRanges ?? []), ...(inputs.sourceTags ?? [])]);

  test("every tag that a rule names is one that BOSH gives VMs, or the jump host's, and one that Google takes", () => {
    const given = environment && JSON.stringify([cloudConfig(environment), directorOperations(environment)]);
    const named = rules().flatMap(({ targetTags, sourceTags }) => [...targetTags, ...(sourceTags ?? [])] as string[]);
    const [jumphost] = ofType(recorded, "gcp:compute/instance:Instance").filter(
      ({ inputs }) => inputs.labels["kpaas-role"] === "jumphost",
    );
    const known = [...new Set(named)].filter(
      (tag) => given?.includes(`"${tag}"`) || jumphost?.inputs.tags.includes(tag),
    );
    // What errands would come with is let in, though nothing is left open where one is absent.
    const absent = [...new Set(named)].filter((tag) => !known.includes(tag));
    expect(absent.every((tag) => /rotate-cc-database-key$/.test(tag))).toBe(true);
    expect(known.length).toBeGreaterThan(15);
    for (const tag of named) expect(tag).toMatch(/^[a-z][a-z0-9-]{0,61}[a-z0-9]$/);
  });

  test("only the jump host talks to the director, and only the director enters VMs", () => {
    const [jumphost] = from("director", "tcp-25555");
    expect(jumphost).toMatch(/jumphost$/);
    expect(from("director", "tcp-25555")).toHaveLength(1);
    expect(from("vms", "tcp-22")).toEqual([expect.stringMatching(/-cf-director$/)]);
    expect(from("director", "tcp-4222")).toEqual(["10.182.0.0/22"]);
  });

  test("VMs reach the gateway by its outer address, too: they come from the NAT's", () => {
    expect(from("haproxy", "tcp-443").sort()).toEqual([
      "10.182.0.0/22",
      "198.51.100.0/24",
      "platform-network-nat-address address/32",
    ]);
    expect(from("haproxy", "tcp-2222")).toEqual(["203.0.113.0/24"]);
    expect(from("router", "tcp-443")).toEqual([expect.stringMatching(/-cf-haproxy$/)]);
  });

  test("no two rules have one name, and each has a source", () => {
    const names = ofType(recorded, "gcp:compute/firewall:Firewall").map(({ inputs }) => inputs.name as string);
    expect(new Set(names).size).toBe(names.length);
    for (const { sourceRanges, sourceTags } of rules()) expect(sourceRanges ?? sourceTags).not.toEqual([]);
  });
});

describe("facts that BOSH is given", () => {
  test("project, network and subnets are told by their names, with the director's account", () => {
    expect(file("cloud-config/vars.yml")).toMatchObject({
      subnetwork_z1: expect.stringMatching(/^kpaas-t+-applications-1$/),
      network: expect.stringMatching(/^kpaas-t+/),
    });
    expect(file("director/vars.yml")).toMatchObject({
      project_id: "project-1",
      service_account: expect.stringContaining(account),
    });
    expect(file("cf/vars.yml")).toMatchObject({ haproxy_public_ip: "applications-haproxy address" });
  });

  test("no secret of the stack is asked for", () => {
    expect(file("director/secrets.yml")).toBeNull();
  });
});

describe("the director's identity", () => {
  test("is the jump host's, too, and no other machine's", () => {
    const withAccount = ofType(recorded, "gcp:compute/instance:Instance").filter(({ inputs }) => inputs.serviceAccount);
    expect(withAccount.map(({ inputs }) => inputs.labels["kpaas-role"])).toEqual(["jumphost"]);
    expect(withAccount[0]?.inputs.serviceAccount.email).toContain(account);
  });

  test("has a name that Google takes", () => {
    const [{ accountId } = {}] = applications("serviceaccount/account:Account");
    expect(accountId).toMatch(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/);
  });

  test("only looks everywhere: what it changes is limited to what BOSH names", () => {
    for (const permission of lookPermissions) expect(permission).toMatch(/\.(get|list)$/);
    const members = applications("projects/iAMMember:IAMMember");
    const changing = members.filter(({ role }) => !role.endsWith("_look"));
    expect(changing.map(({ condition }) => condition.expression)).toEqual([onlyOfBosh]);
    expect(onlyOfBosh).toContain('resource.name.extract("/instances/{name}").startsWith("vm-")');
    expect(onlyOfBosh.match(/&&|\|\|/g)?.length).toBeLessThanOrEqual(12);
    const { roles } = { roles: applications("projects/iAMCustomRole:IAMCustomRole") };
    expect(roles.map(({ permissions }) => permissions)).toEqual([lookPermissions, changePermissions]);
  });

  test("this installer's machines and disks have no name of BOSH's", () => {
    const made = ["compute/instance:Instance", "compute/disk:Disk"]
      .flatMap((type) => ofType(recorded, `gcp:${type}`))
      .map(({ inputs }) => inputs.name as string);
    expect(made.length).toBeGreaterThan(5);
    for (const own of made) expect(own).not.toMatch(/^(vm|disk|snapshot)-/);
  });

  test("makes VMs in its own subnets, with its own account", () => {
    expect(changePermissions.filter((permission) => /subnetworks|networks|actAs/.test(permission))).toEqual([]);
    const users = applications("compute/subnetworkIAMMember:SubnetworkIAMMember");
    expect(users.map(({ role }) => role)).toEqual(Array(3).fill("roles/compute.networkUser"));
    expect(applications("serviceaccount/iAMMember:IAMMember")).toEqual([
      expect.objectContaining({
        role: "roles/iam.serviceAccountUser",
        serviceAccountId: expect.stringContaining(account),
      }),
    ]);
  });
});

test("what a killed run left is looked for; only grants are made again", () => {
  const types = recorded.resources
    .filter(({ type, name }) => type.startsWith("gcp:") && /^(applications|platform-network)/.test(name))
    .map(({ type }) => type);
  expect([...new Set(types)].filter((type) => !lookedFor.includes(type)).sort()).toEqual([
    "gcp:compute/subnetworkIAMMember:SubnetworkIAMMember",
    "gcp:projects/iAMMember:IAMMember",
    "gcp:serviceaccount/iAMMember:IAMMember",
  ]);
});
