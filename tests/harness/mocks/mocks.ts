import "../../../stacks/infrastructures.ts";
import * as pulumi from "@pulumi/pulumi";
import type { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { vi } from "vitest";

export interface Recorded {
  resources: pulumi.runtime.MockResourceArgs[];
  /** Ties of each resource, keyed as in `names`. */
  ties: Map<string, Ties>;
  outputs: unknown;
}

/** A resource's ties to others, by their `names`, and to its own past. */
interface Ties {
  dependencies: string[];
  parent?: string;
  deletedWith?: string;
  /** Properties that keep what the state has. */
  ignoredChanges: string[];
  /** Properties whose change makes it anew, besides those of which its provider says so. */
  replacedOn: string[];
}

/** Gives `<type> <name>` of each resource. */
export const names = ({ resources }: Recorded): string[] => resources.map(({ type, name }) => `${type} ${name}`);

export const ofType = ({ resources }: Recorded, type: string): Recorded["resources"] =>
  resources.filter((resource) => resource.type === type);

export interface RecordOptions {
  /** Computed values are unknown, as in a preview of an environment that does not exist yet. */
  unknown?: boolean;
  /** Machines that the provider says there were before this run. @default none */
  machinesBefore?: string[];
  /** Hears of each resource when it is registered; what depends on it goes on when this has ended. */
  registering?(resource: pulumi.runtime.MockResourceArgs): Promise<void> | void;
}

/** Runs a program against Pulumi's mocks and records every registered resource. */
export async function record(program: () => unknown, options: RecordOptions = {}): Promise<Recorded> {
  const { unknown = false, machinesBefore = [], registering } = options;
  const resources: pulumi.runtime.MockResourceArgs[] = [];
  const computed = (value: unknown) => (unknown ? pulumi.runtime.unknownValue : value);
  await pulumi.runtime.setMocks(
    {
      newResource: async (args) => {
        resources.push(args);
        await registering?.(args);
        return {
          id: unknown ? undefined : `${args.name}-id`,
          state: { ...args.inputs, ...mapValues(computedOutputs(args), computed) },
        };
      },
      call: ({ token, inputs }) =>
        token === "kpaas:index:machinesBefore"
          ? { all: false, machines: machinesBefore }
          : { ...inputs, ...found(token, inputs) },
    },
    "kpaas",
    "test",
    unknown,
  );
  // The mocks are told less than the engine is.
  const registered = vi.spyOn(pulumi.runtime.getMonitor() as ResourceMonitorClient, "registerResource");
  // A throw inside the stack would surface as unhandled rejections as well: it is caught here and thrown once.
  let failure: unknown;
  const outputs = await pulumi.runtime.runInPulumiStack(async () => {
    try {
      return await program();
    } catch (error) {
      failure = error;
    }
  });
  await pulumi.runtime.disconnect();
  if (failure) throw failure;
  const ties = new Map(
    registered.mock.calls.map(([request]) => [`${request.getType()} ${request.getName()}`, tiesOf(request)]),
  );
  return { resources, ties, outputs };
}

function tiesOf(request: RegisterResourceRequest): Ties {
  const [deletedWith, parent] = [request.getDeletedwith(), request.getParent()];
  return {
    dependencies: request.getDependenciesList().map(nameOf),
    parent: parent ? nameOf(parent) : undefined,
    deletedWith: deletedWith ? nameOf(deletedWith) : undefined,
    ignoredChanges: request.getIgnorechangesList(),
    replacedOn: request.getReplaceonchangesList(),
  };
}

/** Gives a resource's name as in `names`. */
function nameOf(urn: string): string {
  const [types = "", name] = urn.split("::").slice(2);
  return `${types.slice(types.lastIndexOf("$") + 1)} ${name}`;
}

/** Gives the cloud's answer to a data source. */
function found(token: string, { name, cidr }: Record<string, unknown>): Record<string, unknown> {
  if (token === "tencentcloud:index/getImages:getImages")
    return { images: [{ imageId: "img-1", createdTime: "2025-01-01T00:00:00Z" }] };
  if (token === "ncloud:index/getServerImageNumbers:getServerImageNumbers")
    return { imageNumberLists: [{ serverImageNumber: "1" }] };
  if (token === "alicloud:ecs/getImages:getImages") return { images: [{ id: "m-1" }] };
  if (/^openstack:networking\/get(Network|Subnet):/.test(token)) return { id: `${cidr ?? name}-id` };
  if (token === "azure-native:authorization:getClientConfig") return { subscriptionId: "subscription-1" };
  if (token !== "openstack:identity/getAuthScope:getAuthScope") return {};
  const keystone = { interface: "public", region: "region-1", url: "https://keystone.example.com:5000/v3/" };
  return {
    projectName: "project-1",
    projectDomainName: "Default",
    region: "region-1",
    serviceCatalogs: [{ type: "identity", endpoints: [keystone] }],
  };
}

/** Gives the outputs that the provider would compute, by resource type. */
function computedOutputs({ type, name, inputs }: pulumi.runtime.MockResourceArgs): Record<string, unknown> {
  switch (type) {
    case "kpaas:index:CertificateAuthority":
      return { certPem: `${name} cert`, keyPem: `${name} SECRET`, publicKeyPin: `sha256:${"0".repeat(64)}` };
    case "kpaas:index:Certificate":
      return { certPem: `${name} cert`, keyPem: `${name} SECRET`, notAfter: "2030-01-01T00:00:00Z" };
    case "kpaas:index:KeyPair":
      return { privateKeyPem: `${name} SECRET`, publicKeyPem: `${name} public` };
    case "kpaas:index:RandomSecret":
      return { value: `${name} SECRET` };
    case "kpaas:index:MachineFiles":
      return { revision: `${name} revision` };
    case "kpaas:index:PackageSource":
      return { suite: "bookworm", publicKey: `${name} public`, revision: `${name} revision` };
    case "kpaas:local:ContainerEngine":
      return { host: "unix:///var/run/docker.sock", owned: false };
    case "kpaas:local:MachineImage":
      return { reference: `image:${inputs.flavor}` };
    case "kpaas:local:PublishedPorts":
      return { hostPorts: Object.fromEntries(inputs.ports.map((port: number) => [port, 20_000 + (port % 10_000)])) };
    case "kpaas:local:Machine":
      return {
        address: inputs.privateIp ?? "10.180.0.130",
        running: true,
        publicEndpoints: Object.fromEntries(inputs.publicPorts.map((port: number) => [port, `127.0.0.1:${port}`])),
      };
    case "tencentcloud:index/clbListener:ClbListener":
      return { listenerId: `${name} listener` };
    case "openstack:networking/router:Router":
      return { externalFixedIps: [{ ipAddress: "198.51.100.1", subnetId: "external" }] };
    case "openstack:networking/floatingIp:FloatingIp":
      return { address: "198.51.100.9" };
    case "alicloud:ecs/eipAddress:EipAddress":
      return { ipAddress: `${name} address` };
    case "alicloud:slb/applicationLoadBalancer:ApplicationLoadBalancer":
      return { address: `${name} address` };
    case "azure-native:network:PublicIPAddress":
      return { ipAddress: `${name} address` };
    case "azure-native:managedidentity:UserAssignedIdentity":
      return { principalId: `${name} principal`, name: inputs.resourceName };
    case "azure-native:network:VirtualNetwork":
      return { name: inputs.virtualNetworkName };
    case "azure-native:resources:ResourceGroup":
      return { name: inputs.resourceGroupName };
    case "gcp:compute/address:Address":
      return { address: `${name} address`, selfLink: `${name} link` };
    case "gcp:serviceaccount/account:Account": {
      const email = `${inputs.accountId}@project-1.iam.gserviceaccount.com`;
      return {
        email,
        member: `serviceAccount:${email}`,
        uniqueId: "12345",
        name: `accounts/${email}`,
        project: "project-1",
      };
    }
    case "gcp:projects/iAMCustomRole:IAMCustomRole":
      return { name: `projects/project-1/roles/${inputs.roleId}` };
    default:
      if (type.startsWith("gcp:")) return { project: "project-1" };
      return type.startsWith("aws:") ? { arn: `${name} arn` } : {};
  }
}

function mapValues(record: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
