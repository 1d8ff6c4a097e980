import { applicationFirewall } from "../../config/application-platform/firewall.ts";
import { gatewayListeners } from "../../config/application-platform/gateway.ts";
import type { Environment } from "../../config/environment.ts";
import type { Properties } from "../../provider/values.ts";
import { networkTag } from "../../stacks/gcp/network-tag.ts";
import { isType } from "../harness/simulated-cloud/cloud.ts";
import type { CloudObject } from "../harness/simulated-cloud/simulated-cloud.ts";

/** One way into a group's VMs. */
export interface Inflow {
  /** The group's name in the cloud. */
  group: string;
  protocol: string;
  /** Absent for protocols without ports. */
  fromPort?: number;
  toPort?: number;
  /** A range, or a group's name. */
  source: string;
}

/** Facts of a cloud that BOSH makes the application platform on. */
export interface ApplicationCloud {
  /** Package that the simulated cloud stands for. */
  package: string;
  /** Settings that its part of the environment must have. */
  infrastructure?: Record<string, unknown>;
  /** Number of zones, set where the cloud has no more than one. @default 2 */
  zones?: number;
  /** Counts of the application platform's objects by the names of their types, without rules of the firewall. */
  counts(environment: Environment): Record<string, number>;
  inflows(objects: readonly CloudObject[]): Inflow[];
  /** Gives the cloud's name of a firewall group. */
  groupName?(name: string): string;
  /** Each group also lets in what every VM does. */
  groupsHoldEveryVms?: true;
  /** Range from which the load balancer reaches VMs, where it is in no group of ours. */
  balancerRange?: string;
  /** The load balancer only checks health from that range: VMs see clients' addresses, and it has a list of them for each port. */
  passesClientsOn?: true;
  /** BOSH's variables whose values are ids or names of the cloud's objects. */
  told: RegExp;
}

const ofType = (objects: readonly CloudObject[], type: string) => objects.filter((object) => isType(object.type, type));

/** Gives a function that finds a group's name by its id. */
function namesOf(objects: readonly CloudObject[], type: string, nameInput: string): (id: unknown) => string {
  const names = new Map(ofType(objects, type).map(({ id, inputs }) => [id, String(inputs[nameInput])]));
  return (id) => names.get(String(id)) ?? `nothing called ${id}`;
}

/** Gives no ports for a protocol without them, for which clouds have their own words. */
function portsOf(from: unknown, to: unknown): Pick<Inflow, "fromPort" | "toPort"> {
  return Number(from) > 0 ? { fromPort: Number(from), toPort: Number(to) } : {};
}

const groupsOf = (environment: Environment) => applicationFirewall(environment).size;

/** Listeners share lists of clients; a list takes fifty listeners. All listeners but that of SSH are for the same clients. */
const listsOfClients = Math.ceil((gatewayListeners.length - 1) / 50);

/** OpenStack in a network that is there already, as these two clouds require. */
const openstack: ApplicationCloud = {
  package: "openstack",
  told: /^(default_key_name)$/,
  counts: (environment) => ({ Instance: 1, Port: 1, SecGroup: groupsOf(environment), Volume: 1 }),
  inflows: (objects) => {
    const nameOf = namesOf(objects, "networking/secGroup:SecGroup", "name");
    return ofType(objects, "networking/secGroupRule:SecGroupRule")
      .map(({ inputs }) => inputs)
      .filter(({ direction }) => direction === "ingress")
      .map((rule) => ({
        group: nameOf(rule.securityGroupId),
        protocol: String(rule.protocol),
        ...portsOf(rule.portRangeMin, rule.portRangeMax),
        source: String(rule.remoteIpPrefix ?? nameOf(rule.remoteGroupId)),
      }));
  },
};

export const applicationClouds = {
  alibaba: {
    package: "alicloud",
    told: /^(vswitch_id_|security_group_|slbs_|key_pair_name$)/,
    balancerRange: "100.64.0.0/10",
    passesClientsOn: true,
    counts: (environment) => ({
      Acl: 1 + listsOfClients,
      // One for operators; three each for clients, the VMs, and the address by which they go out.
      AclEntryAttachment: 1 + 3 * listsOfClients,
      ApplicationLoadBalancer: 1,
      EcsDisk: 1,
      EcsDiskAttachment: 1,
      Instance: 1,
      Ipv4CidrBlock: 1,
      Listener: gatewayListeners.length,
      SecurityGroup: groupsOf(environment) - 1,
      SnatEntry: environment.network.zones,
      Switch: environment.network.zones,
    }),
    inflows: (objects) => {
      const nameOf = namesOf(objects, "ecs/securityGroup:SecurityGroup", "securityGroupName");
      const toVms = ofType(objects, "ecs/securityGroupRule:SecurityGroupRule").map(({ inputs: rule }) => {
        const [from, to] = String(rule.portRange).split("/");
        return {
          group: nameOf(rule.securityGroupId),
          protocol: String(rule.ipProtocol),
          ...portsOf(from, to),
          source: String(rule.cidrIp ?? nameOf(rule.sourceSecurityGroupId)),
        };
      });
      const balancer = namesOf(objects, "slb/applicationLoadBalancer:ApplicationLoadBalancer", "loadBalancerName");
      const entries = ofType(objects, "slb/aclEntryAttachment:AclEntryAttachment").map(({ inputs }) => inputs);
      const toGateway = ofType(objects, "slb/listener:Listener").flatMap(({ inputs: listener }) => {
        const lists = [listener.aclIds].flat();
        const sources =
          listener.aclStatus === "on"
            ? entries.filter(({ aclId }) => lists.includes(aclId)).map(({ entry }) => String(entry))
            : ["0.0.0.0/0"];
        return sources.map((source) => ({
          group: balancer(listener.loadBalancerId),
          protocol: String(listener.protocol),
          ...portsOf(listener.frontendPort, listener.frontendPort),
          source,
        }));
      });
      return [...toVms, ...toGateway];
    },
  },
  aws: {
    package: "aws",
    told: /^(subnet_id_|lb_target_groups_|iam_instance_profile$|default_key_name$)/,
    // Two ports of the gateway lead to one of the router's.
    counts: (environment) => ({
      Instance: 1,
      InstanceProfile: 1,
      Listener: gatewayListeners.length,
      LoadBalancer: 1,
      Role: 1,
      RolePolicy: 1,
      RouteTableAssociation: environment.network.zones,
      SecurityGroup: groupsOf(environment),
      Subnet: environment.network.zones,
      TargetGroup: gatewayListeners.length - 1,
      Volume: 1,
      VolumeAttachment: 1,
      VpcIpv4CidrBlockAssociation: 1,
    }),
    inflows: (objects) => {
      const nameOf = namesOf(objects, "ec2/securityGroup:SecurityGroup", "name");
      return ofType(objects, "vpc/securityGroupIngressRule:SecurityGroupIngressRule").map(({ inputs: rule }) => ({
        group: nameOf(rule.securityGroupId),
        protocol: String(rule.ipProtocol),
        ...portsOf(rule.fromPort, rule.toPort),
        source: String(rule.cidrIpv4 ?? nameOf(rule.referencedSecurityGroupId)),
      }));
    },
  },
  azure: {
    package: "azure-native",
    told: /resource_group_name$|^(vnet_name|subnet_name_|azure-managed-identity)/,
    groupsHoldEveryVms: true,
    // The director's roles are for BOSH's resource group, the virtual network's, and each subnet.
    counts: (environment) => ({
      ApplicationSecurityGroup: groupsOf(environment),
      Disk: 1,
      NetworkInterface: 1,
      NetworkSecurityGroup: groupsOf(environment),
      PublicIPAddress: 1,
      ResourceGroup: 1,
      RoleAssignment: 2 + environment.network.zones,
      RoleDefinition: 3,
      StorageAccount: 1,
      UserAssignedIdentity: 1,
      VirtualMachine: 1,
    }),
    inflows: (objects) => {
      const nameOf = namesOf(objects, "network:ApplicationSecurityGroup", "applicationSecurityGroupName");
      return ofType(objects, "network:NetworkSecurityGroup").flatMap(({ inputs }) =>
        (inputs.securityRules as Properties[])
          .filter(({ access }) => access === "Allow")
          .map((rule) => {
            const [from, to = from] = String(rule.destinationPortRange).split("-");
            const [group] = (rule.sourceApplicationSecurityGroups ?? []) as Properties[];
            return {
              group: String(inputs.networkSecurityGroupName),
              protocol: String(rule.protocol).toLowerCase(),
              ...portsOf(from, to),
              source: String(rule.sourceAddressPrefix ?? nameOf(group?.id)),
            };
          }),
      );
    },
  },
  gcp: {
    package: "gcp",
    told: /^(network$|subnetwork_|service_account$)/,
    groupName: networkTag,
    // The director looks, changes, is itself, and makes VMs in each subnet.
    counts: ({ network }) => ({
      Account: 1,
      Address: 1,
      Disk: 1,
      IAMCustomRole: 2,
      IAMMember: 3,
      Instance: 1,
      SubnetworkIAMMember: network.zones,
      Subnetwork: network.zones,
    }),
    inflows: (objects) =>
      ofType(objects, "compute/firewall:Firewall").flatMap(({ inputs }) => {
        const { targetTags, sourceRanges = [], sourceTags = [], allows } = inputs;
        const [{ protocol, ports } = {}] = allows as { protocol?: string; ports?: string[] }[];
        const [from, to = from] = ports?.[0]?.split("-") ?? [];
        return [sourceRanges, sourceTags].flat().map((source) => ({
          group: String([targetTags].flat()[0]),
          protocol: String(protocol),
          ...portsOf(from, to),
          source: String(source),
        }));
      }),
  },
  kt: {
    ...openstack,
    zones: 1,
    infrastructure: { network: "kpaas", image: "ubuntu", availabilityZones: ["DX-M1"], dnsServers: ["192.0.2.53"] },
  },
  nhn: {
    ...openstack,
    zones: 1,
    balancerRange: "10.182.0.0/22",
    infrastructure: { network: "kpaas", image: "ubuntu", dnsServers: ["192.0.2.53"] },
    counts: (environment) => ({
      ...openstack.counts(environment),
      FloatingIp: 1,
      Listener: gatewayListeners.length,
      LoadBalancer: 1,
      Monitor: gatewayListeners.length,
      Pool: gatewayListeners.length,
    }),
  },
} satisfies Record<string, ApplicationCloud>;
