import type { Resource } from "../../policies/resource.ts";
import { resource } from "./policies.ts";

interface Cases {
  broken: Resource[];
  kept: Resource[];
}

const gateway = { parentTypes: ["kpaas:index:ContainerPlatform", "kpaas:index:HaProxy"] };
const everybody = "0.0.0.0/0";
const office = "203.0.113.0/24";
const tags = { "kpaas-environment": "a", "kpaas-role": "worker" };

const openStackRule = (properties: Record<string, unknown>) =>
  resource("openstack:networking/secGroupRule:SecGroupRule", { direction: "ingress", protocol: "tcp", ...properties });
const awsGroup = (...ingress: unknown[]) => resource("aws:ec2/securityGroup:SecurityGroup", { ingress });
const awsIngress = (properties: Record<string, unknown>) =>
  resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { ipProtocol: "tcp", ...properties });
const azureRule = (properties: Record<string, unknown>) =>
  resource("azure-native:network:SecurityRule", { access: "Allow", direction: "Inbound", ...properties });
const gcpFirewall = (sourceRanges: string[], ports?: string[]) =>
  resource("gcp:compute/firewall:Firewall", { sourceRanges, allows: [{ protocol: "tcp", ports }] });
const alicloudRule = (cidrIp: string, portRange: string, more = {}) =>
  resource("alicloud:ecs/securityGroupRule:SecurityGroupRule", { type: "ingress", cidrIp, portRange, ...more });

const naverRules = (...inbounds: unknown[]) =>
  resource("ncloud:index/accessControlGroupRule:AccessControlGroupRule", { inbounds });
const listener = (properties: Record<string, unknown>) =>
  resource("openstack:loadbalancer/listener:Listener", { protocol: "TCP", ...properties });

const disk = (type: string, properties: Record<string, unknown>) => resource(type, properties, { protect: true });

/** For every resource rule, resources of each cloud that break it and that keep it. */
export const resourceCases: Record<string, Cases> = {
  "cloud-firewall-is-not-world-open": {
    broken: [
      openStackRule({ remoteIpPrefix: everybody, portRangeMin: 22, portRangeMax: 22 }),
      openStackRule({ remoteIpPrefix: "::/0", portRangeMin: 2379, portRangeMax: 2380 }),
      openStackRule({ remoteIpPrefix: "128.0.0.0/1", portRangeMin: 6443, portRangeMax: 6443 }),
      openStackRule({ remoteIpPrefix: everybody }),
      awsGroup({ cidrBlocks: [office] }, { cidrBlocks: [office, everybody], fromPort: 10000, toPort: 11000 }),
      awsGroup({ ipv6CidrBlocks: ["::/0"], protocol: "-1", fromPort: 0, toPort: 0 }),
      resource("aws:ec2/securityGroupRule:SecurityGroupRule", {
        type: "ingress",
        cidrBlocks: [everybody],
        fromPort: 30080,
        toPort: 30080,
      }),
      awsIngress({ cidrIpv4: everybody, fromPort: 6443, toPort: 6443 }),
      awsIngress({ cidrIpv6: "::/0", ipProtocol: "-1" }),
      azureRule({ sourceAddressPrefix: "*", destinationPortRange: "22" }),
      azureRule({ sourceAddressPrefix: "Internet", destinationPortRanges: ["443", "30000-32767"] }),
      azureRule({ sourceAddressPrefixes: [office, everybody], destinationPortRange: "*" }),
      resource("azure-native:network:NetworkSecurityGroup", {
        securityRules: [
          { access: "Allow", direction: "Inbound", sourceAddressPrefix: "*", destinationPortRange: "6443" },
        ],
      }),
      gcpFirewall([everybody], ["22"]),
      gcpFirewall([office, everybody]),
      alicloudRule(everybody, "22/22"),
      alicloudRule(everybody, "1/65535"),
      naverRules({ ipBlock: office, portRange: "22" }, { ipBlock: everybody, portRange: "30000-32767" }),
      naverRules({ ipBlock: everybody }),
      listener({ protocolPort: 6443 }),
      listener({ protocolPort: 6443, allowedCidrs: [office, everybody] }),
    ],
    kept: [
      openStackRule({ remoteIpPrefix: office, portRangeMin: 22, portRangeMax: 22 }),
      openStackRule({ remoteGroupId: "g", portRangeMin: 22, portRangeMax: 22 }),
      openStackRule({ direction: "egress", remoteIpPrefix: everybody }),
      openStackRule({ remoteIpPrefix: everybody, portRangeMin: 443, portRangeMax: 443 }),
      awsGroup({ cidrBlocks: [everybody], fromPort: 443, toPort: 443 }),
      awsIngress({ cidrIpv4: office, fromPort: 6443, toPort: 6443 }),
      azureRule({ access: "Deny", sourceAddressPrefix: "*", destinationPortRange: "*" }),
      azureRule({ sourceAddressPrefix: "*", destinationPortRange: "443" }),
      gcpFirewall([office], ["22"]),
      gcpFirewall([everybody], ["80", "443"]),
      alicloudRule(office, "22/22"),
      alicloudRule(everybody, "22/22", { policy: "drop" }),
      naverRules({ ipBlock: office, portRange: "22" }, { ipBlock: everybody, portRange: "443" }),
      naverRules({ sourceAccessControlGroupNo: "7", portRange: "22" }),
      listener({ protocolPort: 6443, allowedCidrs: [office] }),
    ],
  },
  "only-the-front-has-public-addresses": {
    broken: [
      resource("openstack:networking/floatingIp:FloatingIp", { pool: "public" }),
      resource("aws:ec2/eip:Eip", {}),
      resource("aws:ec2/instance:Instance", { associatePublicIpAddress: true }),
      resource("azure-native:network:PublicIPAddress", {}),
      resource("azure-native:network:NetworkInterface", { ipConfigurations: [{ publicIPAddress: { id: "x" } }] }),
      resource("gcp:compute/address:Address", {}),
      resource("gcp:compute/instance:Instance", { networkInterfaces: [{ accessConfigs: [{ natIp: "1.2.3.4" }] }] }),
      resource("alicloud:ecs/eipAddress:EipAddress", {}),
      resource("alicloud:ecs/instance:Instance", { internetMaxBandwidthOut: 5 }),
      resource("ncloud:index/publicIp:PublicIp", {}),
      resource("kpaas:local:Machine", { publicPorts: [30080] }),
    ],
    kept: [
      resource("openstack:networking/floatingIp:FloatingIp", { pool: "public" }, gateway),
      resource("aws:ec2/eip:Eip", {}, { parentTypes: ["kpaas:index:ContainerPlatform"] }),
      resource("aws:ec2/instance:Instance", { associatePublicIpAddress: false }),
      resource("azure-native:network:NetworkInterface", { ipConfigurations: [{ subnet: { id: "x" } }] }),
      resource("gcp:compute/address:Address", { addressType: "INTERNAL" }),
      resource("gcp:compute/instance:Instance", { networkInterfaces: [{}] }),
      resource("alicloud:ecs/instance:Instance", { internetMaxBandwidthOut: 0 }),
      resource("kpaas:local:Machine", { publicPorts: [] }),
      resource("kpaas:local:Machine", { publicPorts: [6443] }, gateway),
    ],
  },
  "disks-are-encrypted": {
    broken: [
      disk("openstack:blockstorage/volume:Volume", { size: 10 }),
      resource("openstack:compute/instance:Instance", { blockDevices: [{ sourceType: "image" }] }),
      disk("aws:ebs/volume:Volume", {}),
      disk("aws:ebs/volume:Volume", { encrypted: false }),
      resource("aws:ec2/instance:Instance", { rootBlockDevice: { volumeSize: 20 } }),
      resource("aws:ec2/instance:Instance", {}),
      disk("alicloud:ecs/ecsDisk:EcsDisk", {}),
      resource("alicloud:ecs/instance:Instance", {}),
    ],
    kept: [
      disk("openstack:blockstorage/volume:Volume", { volumeType: "LUKS" }),
      resource("openstack:compute/instance:Instance", {
        blockDevices: [{ sourceType: "image", volumeType: "LUKS" }, { sourceType: "volume" }],
      }),
      disk("aws:ebs/volume:Volume", { encrypted: true }),
      resource("aws:ec2/instance:Instance", { rootBlockDevice: { encrypted: true } }),
      disk("alicloud:ecs/ecsDisk:EcsDisk", { encrypted: true }),
      resource("alicloud:ecs/instance:Instance", { systemDiskEncrypted: true }),
      disk("gcp:compute/disk:Disk", {}),
    ],
  },
  "data-disks-are-protected": {
    broken: [
      resource("openstack:blockstorage/volume:Volume", {}),
      resource("aws:ebs/volume:Volume", {}),
      resource("azure-native:compute:Disk", {}),
      resource("gcp:compute/disk:Disk", {}),
      resource("alicloud:ecs/ecsDisk:EcsDisk", {}),
      resource("ncloud:index/blockStorage:BlockStorage", {}),
    ],
    kept: [disk("openstack:blockstorage/volume:Volume", {}), resource("aws:ec2/instance:Instance", {})],
  },
  "machines-are-tagged": {
    broken: [
      resource("openstack:compute/instance:Instance", {}),
      resource("aws:ec2/instance:Instance", { tags: { Name: "x" } }),
      resource("azure-native:compute:VirtualMachine", { tags: { "kpaas-role": "worker" } }),
      resource("gcp:compute/instance:Instance", { labels: {} }),
      resource("alicloud:ecs/instance:Instance", {}),
    ],
    kept: [
      resource("openstack:compute/instance:Instance", { metadata: tags }),
      resource("aws:ec2/instance:Instance", { tags: { "kpaas:environment": "a", "kpaas:role": "worker" } }),
      resource("azure-native:compute:VirtualMachine", { tags }),
      resource("gcp:compute/instance:Instance", { labels: tags }),
      resource("alicloud:ecs/instance:Instance", { tags }),
    ],
  },
  "metadata-service-asks-for-a-token": {
    broken: [
      resource("aws:ec2/instance:Instance", {}),
      resource("aws:ec2/instance:Instance", { metadataOptions: { httpTokens: "optional" } }),
      resource("alicloud:ecs/instance:Instance", { httpTokens: "optional" }),
    ],
    kept: [
      resource("aws:ec2/instance:Instance", { metadataOptions: { httpTokens: "required" } }),
      resource("alicloud:ecs/instance:Instance", { httpTokens: "required" }),
    ],
  },
  "resources-are-in-korea": {
    broken: [
      resource("pulumi:providers:aws", { region: "us-east-1" }),
      resource("pulumi:providers:gcp", { region: "asia-northeast1" }),
      resource("pulumi:providers:alicloud", { region: "cn-hangzhou" }),
      resource("azure-native:resources:ResourceGroup", { location: "japaneast" }),
    ],
    kept: [
      resource("pulumi:providers:aws", { region: "ap-northeast-2" }),
      resource("pulumi:providers:aws", {}),
      resource("pulumi:providers:gcp", { region: "asia-northeast3" }),
      resource("pulumi:providers:alicloud", { region: "ap-northeast-2" }),
      resource("azure-native:resources:ResourceGroup", { location: "KoreaCentral" }),
    ],
  },
  "certificates-live-at-most-398-days": {
    broken: [resource("kpaas:index:Certificate", { validityDays: 3650 })],
    kept: [resource("kpaas:index:Certificate", {}), resource("kpaas:index:Certificate", { validityDays: 398 })],
  },
  "generated-secrets-cannot-be-guessed": {
    broken: [resource("kpaas:index:RandomSecret", { bytes: 8 })],
    kept: [resource("kpaas:index:RandomSecret", {}), resource("kpaas:index:RandomSecret", { bytes: 16 })],
  },
  "odd-number-of-masters": {
    broken: [resource("kpaas:index:MasterNodes", { count: 2 })],
    kept: [resource("kpaas:index:MasterNodes", { count: 3 }), resource("kpaas:index:MasterNodes", {})],
  },
};
