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
import { ofType, type Recorded } from "../../tests/harness/mocks/mocks.ts";
import { boshActions, networkActions, subnetActions } from "./director-identity.ts";
import { createInfrastructure } from "./index.ts";
import { untagged } from "./recovery.ts";

// The longest name there is.
const name = "t".repeat(40);
const environment = deployable(
  parseEnvironment(name, {
    infrastructure: { kind: "azure" },
    network: { cidr: "10.180.0.0/22", zones: 3, adminCidrs: ["203.0.113.0/24"] },
    applicationPlatform: { systemDomain: "cf.example.com", clientCidrs: ["198.51.100.0/24"] },
  }),
);
let recorded: Recorded;

beforeAll(async () => {
  recorded = await recordApplications(environment, createInfrastructure);
}, 60_000);

const applications = (type: string) => applicationInputs(recorded, `azure-native:${type}`);
const subscription = "/subscriptions/subscription-1";

const file = (path: string): Record<string, unknown> => parse(jumpHostFiles(recorded)[`bosh/files/${path}`] ?? "null");

test("the VMs have a further range of the virtual network, a subnet for each zone that goes out by the zone's NAT gateway", () => {
  const [network] = ofType(recorded, "azure-native:network:VirtualNetwork");
  expect(network?.inputs.addressSpace.addressPrefixes).toEqual(["10.180.0.0/22", "10.182.0.0/22"]);
  const subnets: { name: string; addressPrefix: string; natGateway: { id: string } }[] = network?.inputs.subnets;
  const own = subnets.filter(({ name }) => name.startsWith("applications"));
  expect(own.map(({ addressPrefix, natGateway }) => [addressPrefix, natGateway.id])).toEqual([
    ["10.182.0.0/24", "platform-network-nat-1-id"],
    ["10.182.1.0/24", "platform-network-nat-2-id"],
    ["10.182.2.0/24", "platform-network-nat-3-id"],
  ]);
});

describe("names that BOSH is given", () => {
  test("each group of the cloud-config is made twice, in BOSH's resource group", () => {
    const given = environment && JSON.stringify([cloudConfig(environment), directorOperations(environment)]);
    const named = new Set(given?.match(/kpaas-t+-cf-[a-z0-9-]+/g));
    expect(named.size).toBeGreaterThan(15);
    for (const [type, nameInput] of [
      ["network:ApplicationSecurityGroup", "applicationSecurityGroupName"],
      ["network:NetworkSecurityGroup", "networkSecurityGroupName"],
    ] as const) {
      const made = applications(type);
      expect([...named].filter((one) => !made.some((group) => group[nameInput] === one))).toEqual([]);
      for (const group of made) {
        expect(group[nameInput].length).toBeLessThanOrEqual(80);
        expect(group.resourceGroupName).toBe(`kpaas-${name}-cf`);
      }
    }
  });

  test("the resource groups, network, subnets and identity are told by their names", () => {
    expect(file("cloud-config/vars.yml")).toMatchObject({
      network_resource_group_name: `kpaas-${name}`,
      vnet_name: "platform-network",
      subnet_name_z1: "applications-1",
      subnet_name_z3: "applications-3",
    });
    expect(file("director/vars.yml")).toMatchObject({
      subscription_id: "subscription-1",
      resource_group_name: `kpaas-${name}-cf`,
      "azure-managed-identity": `kpaas-${name}-cf-director`,
    });
    expect(file("cf/vars.yml")).toMatchObject({ haproxy_public_ip: "applications-haproxy address" });
  });

  test("no secret of the stack is asked for", () => {
    expect(file("director/secrets.yml")).toBeNull();
  });
});

describe("the firewall", () => {
  interface SecurityRule {
    name: string;
    access: string;
    priority: number;
    sourceAddressPrefix?: string;
    sourceApplicationSecurityGroups?: { id: string }[];
    destinationPortRange: string;
  }
  const rulesOf = (group: string): SecurityRule[] =>
    ofType(recorded, "azure-native:network:NetworkSecurityGroup").find(
      ({ name }) => name === `applications-firewall-${group}`,
    )?.inputs.securityRules;
  const from = (group: string, port: string) =>
    rulesOf(group)
      .filter(({ destinationPortRange, access }) => destinationPortRange === port && access === "Allow")
      .map((rule) => rule.sourceAddressPrefix ?? rule.sourceApplicationSecurityGroups?.[0]?.id);

  test("only the jump host talks to the director, and only the director enters VMs, whatever their group", () => {
    expect(from("director", "25555")).toEqual(["platform-firewall-jumphost-members-id"]);
    expect(from("vms", "22")).toEqual(["applications-firewall-director-members-id"]);
    expect(from("router", "22")).toEqual(["applications-firewall-director-members-id"]);
  });

  test("VMs reach the gateway by its outer address, too: they come from their NAT gateways", () => {
    expect(from("haproxy", "443").sort()).toEqual([
      "10.182.0.0/22",
      "198.51.100.0/24",
      "platform-network-nat-1-address address/32",
      "platform-network-nat-2-address address/32",
      "platform-network-nat-3-address address/32",
    ]);
    expect(from("haproxy", "2222")).toEqual(["203.0.113.0/24"]);
    expect(from("router", "443")).toEqual(["applications-firewall-haproxy-members-id"]);
  });

  test("each group ends with a rule that keeps out the rest of the virtual network, and has each name and priority once", () => {
    const groups = applications("network:NetworkSecurityGroup").map(({ securityRules }) => securityRules);
    for (const rules of groups as SecurityRule[][]) {
      expect(rules.at(-1)).toMatchObject({ access: "Deny", sourceAddressPrefix: "VirtualNetwork" });
      expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
      expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
      for (const rule of rules) expect(rule.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9]$/);
    }
  });
});

describe("the director's identity", () => {
  test("is the jump host's, too, and no other machine's", () => {
    const withIdentity = ofType(recorded, "azure-native:compute:VirtualMachine").filter(
      ({ inputs }) => inputs.identity,
    );
    expect(withIdentity.map(({ inputs }) => [inputs.tags["kpaas-role"], inputs.identity])).toEqual([
      ["jumphost", { type: "UserAssigned", userAssignedIdentities: ["applications-director-identity-id"] }],
    ]);
  });

  test("changes things in BOSH's resource group only, where none of the container platform's is", () => {
    const scopes = applications("authorization:RoleAssignment").map(({ scope, roleDefinitionId }) => [
      scope,
      roleDefinitionId,
    ]);
    const roles = applications("authorization:RoleDefinition").map(({ permissions, roleDefinitionId }) => [
      `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleDefinitionId}`,
      permissions[0].actions,
    ]);
    const actionsAt = (scope: unknown) =>
      roles.filter(([id]) => scopes.some((one) => one[0] === scope && one[1] === id)).flatMap(([, actions]) => actions);
    expect(actionsAt("applications-resource-group-id")).toEqual(boshActions);
    const elsewhere = scopes.map(([scope]) => scope).filter((scope) => scope !== "applications-resource-group-id");
    const [network, ...subnets] = elsewhere;
    expect(network).toBe(`${subscription}/resourceGroups/kpaas-${name}`);
    expect(actionsAt(network)).toEqual(networkActions);
    for (const action of networkActions) expect(action).toMatch(/\/read$/);
    expect(subnets).toEqual([1, 2, 3].map((zone) => `platform-network-id/subnets/applications-${zone}`));
    for (const subnet of subnets) expect(actionsAt(subnet)).toEqual(subnetActions);
    const others = recorded.resources.filter(
      ({ name, inputs }) => name.startsWith("platform") && inputs.resourceGroupName === `kpaas-${environment?.name}-cf`,
    );
    expect(others).toEqual([]);
  });

  test("neither opens the firewall nor gives rights to anybody", () => {
    const all = [...boshActions, ...networkActions, ...subnetActions];
    expect(all.filter((action) => /SecurityGroups\/write|Authorization|\*/.test(action))).toEqual([]);
  });

  test("roles and assignments have numbers of their own, the same at every run", () => {
    const numbers = [
      ...applications("authorization:RoleDefinition").map(({ roleDefinitionId }) => roleDefinitionId),
      ...applications("authorization:RoleAssignment").map(({ roleAssignmentName }) => roleAssignmentName),
    ];
    expect(numbers).toHaveLength(8);
    expect(new Set(numbers).size).toBe(8);
    for (const number of numbers)
      expect(number).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

test("stemcells have a storage account that the CPI knows by its tags, private and with a name that Azure takes", () => {
  const [storage] = applications("storage:StorageAccount");
  expect(storage).toMatchObject({
    accountName: expect.stringMatching(/^[a-z0-9]{24}$/),
    tags: { "user-agent": "bosh", type: "stemcell", "kpaas-environment": name },
    allowBlobPublicAccess: false,
    enableHttpsTrafficOnly: true,
  });
});

test("what a killed run left is looked for by tags, or by a number that nobody else has", () => {
  const unknown = recorded.resources
    .filter(({ type, name }) => type.startsWith("azure-native:") && /^(applications|platform-network)/.test(name))
    .filter(({ inputs, type }) => inputs.tags?.["kpaas-environment"] !== name && !(type in untagged))
    .map(({ type }) => type);
  expect([...new Set(unknown)]).toEqual([]);
});
