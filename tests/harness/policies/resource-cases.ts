import type { Resource } from "../../../policies/resource.ts";
import { resource as inWorkerPool } from "./program-resources.ts";

/** A resource on an infrastructure. */
export interface Case extends Resource {
  kind: string;
}

interface Cases {
  broken: Case[];
  kept: Case[];
}

/** Infrastructures by the package of whose types they alone, or they first, are made. */
const kindsByPackage: Record<string, string> = {
  alicloud: "alibaba",
  aws: "aws",
  "azure-native": "azure",
  gcp: "gcp",
  ibm: "ibm",
  kpaas: "local",
  ncloud: "naver",
  openstack: "openstack",
  tencentcloud: "tencent",
};

function resource(type: string, properties: Record<string, unknown>, more: Partial<Case> = {}): Case {
  const [packageName = "", , provider = ""] = type.split(":");
  const owner = packageName === "pulumi" ? provider : packageName;
  const kind = Object.hasOwn(kindsByPackage, owner) ? kindsByPackage[owner] : undefined;
  return { kind: kind ?? "local", ...inWorkerPool(type, properties, more), ...more };
}

/** Gives the same resource as a cloud that is built on OpenStack has it. */
const on = (kind: string, one: Case): Case => ({ ...one, kind });

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

const tencentRules = (...ingresses: unknown[]) =>
  resource("tencentcloud:index/securityGroupRuleSet:SecurityGroupRuleSet", { ingresses });
const ibmRule = (properties: Record<string, unknown>) =>
  resource("ibm:index/isSecurityGroupRule:IsSecurityGroupRule", {
    direction: "inbound",
    protocol: "tcp",
    ...properties,
  });
const openToSsh = openStackRule({ remoteIpPrefix: everybody, portRangeMin: 22, portRangeMax: 22 });
const volume = (properties: Record<string, unknown>) => disk("openstack:blockstorage/volume:Volume", properties);
const bootingFrom = (device: Record<string, unknown>) =>
  resource("openstack:compute/instance:Instance", { blockDevices: [{ sourceType: "image", ...device }] });

const disk = (type: string, properties: Record<string, unknown>) => resource(type, properties, { protect: true });

/** Resources of each cloud that break or keep a rule, for every resource rule. */
export const resourceCases: Record<string, Cases> = {
  "resource-type-is-known": {
    broken: [
      resource("aws:s3/bucket:Bucket", {}),
      resource("tencentcloud:index/securityGroupLiteRule:SecurityGroupLiteRule", {}),
      on("tencent", resource("aws:ec2/eip:Eip", {})),
      resource("random:index/randomPassword:RandomPassword", {}),
      resource("kpaas:index:Toaster", {}),
      resource("constructor", {}),
    ],
    kept: [
      resource("aws:ec2/eip:Eip", {}),
      resource("tencentcloud:index/vpc:Vpc", {}),
      resource("kpaas:index:Certificate", {}),
      resource("pulumi:pulumi:Stack", {}),
    ],
  },
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
      tencentRules(
        { action: "ACCEPT", protocol: "TCP", port: "443", cidrBlock: everybody },
        { action: "ACCEPT", protocol: "TCP", port: "22", cidrBlock: everybody },
      ),
      tencentRules({ action: "ACCEPT", protocol: "ALL", port: "ALL", ipv6CidrBlock: "::/0" }),
      tencentRules({ action: "ACCEPT", protocol: "TCP", port: "80,22", cidrBlock: everybody }),
      ibmRule({ remote: everybody, portMin: 22, portMax: 22 }),
      ibmRule({ remote: everybody, protocol: "any" }),
      on("kt", openToSsh),
      on("nhn", openToSsh),
      resource("alicloud:slb/listener:Listener", { frontendPort: 22, aclStatus: "off" }),
      resource("alicloud:slb/aclEntryAttachment:AclEntryAttachment", { entry: everybody }),
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
      tencentRules(
        { action: "ACCEPT", protocol: "TCP", port: "22", cidrBlock: office },
        { action: "ACCEPT", protocol: "TCP", port: "22", sourceSecurityId: "sg-1" },
        { action: "ACCEPT", protocol: "TCP", port: "80-443", cidrBlock: everybody },
        { action: "DROP", protocol: "ALL", port: "ALL", cidrBlock: everybody },
      ),
      ibmRule({ remote: office, portMin: 22, portMax: 22 }),
      ibmRule({ remote: "r022-group", portMin: 22, portMax: 22 }),
      ibmRule({ direction: "outbound", remote: everybody, protocol: "any" }),
      on("nhn", listener({ protocolPort: 6443 })),
      resource("alicloud:slb/listener:Listener", { frontendPort: 443, aclStatus: "off" }),
      resource("alicloud:slb/listener:Listener", { frontendPort: 22, aclStatus: "on" }),
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
      resource("tencentcloud:index/eip:Eip", {}),
      resource("tencentcloud:index/instance:Instance", { allocatePublicIp: true }),
      resource("tencentcloud:index/instance:Instance", { internetMaxBandwidthOut: 10 }),
      resource("tencentcloud:index/clbInstance:ClbInstance", { networkType: "OPEN" }),
      resource("ibm:index/isFloatingIp:IsFloatingIp", { target: "x" }),
      on("kt", resource("openstack:networking/portForwardingV2:PortForwardingV2", { externalPort: 22 })),
      on("nhn", resource("openstack:networking/floatingIp:FloatingIp", { pool: "Public Network" })),
      resource("aws:lb/loadBalancer:LoadBalancer", {}),
      resource("alicloud:nlb/loadBalancer:LoadBalancer", { addressType: "Internet" }),
      resource("azure-native:compute:VirtualMachine", {
        networkProfile: {
          networkInterfaceConfigurations: [{ ipConfigurations: [{ publicIPAddressConfiguration: { name: "x" } }] }],
        },
      }),
      // A component that is added later is behind the front unless it is told to be it.
      resource("aws:ec2/eip:Eip", {}, { parentTypes: ["kpaas:index:ContainerPlatform", "kpaas:index:LogServer"] }),
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
      resource("tencentcloud:index/eip:Eip", {}, gateway),
      resource("tencentcloud:index/instance:Instance", { internetMaxBandwidthOut: 0 }),
      resource("tencentcloud:index/clbInstance:ClbInstance", { networkType: "INTERNAL" }),
      resource("ibm:index/isFloatingIp:IsFloatingIp", { target: "x" }, gateway),
      on("kt", resource("openstack:networking/portForwardingV2:PortForwardingV2", { externalPort: 6443 }, gateway)),
      resource("aws:lb/loadBalancer:LoadBalancer", { internal: true }),
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
      disk("tencentcloud:index/cbsStorage:CbsStorage", {}),
      disk("tencentcloud:index/cbsStorage:CbsStorage", { encrypt: false }),
      resource("tencentcloud:index/instance:Instance", {}),
      resource("ncloud:index/server:Server", {}),
      disk("ncloud:index/blockStorage:BlockStorage", {}),
      on("kt", volume({})),
      on("kt", bootingFrom({})),
      on("nhn", volume({ volumeType: "General SSD" })),
      on("nhn", bootingFrom({ volumeType: "General SSD" })),
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
      disk("tencentcloud:index/cbsStorage:CbsStorage", { encrypt: true }),
      resource("tencentcloud:index/instance:Instance", { systemDiskEncrypt: true }),
      disk("ibm:index/isVolume:IsVolume", {}),
      on("kt", volume({ volumeType: "LUKS" })),
      on("kt", bootingFrom({ volumeType: "LUKS" })),
      on("nhn", volume({ volumeType: "Encrypted SSD" })),
      on("nhn", bootingFrom({ volumeType: "Encrypted HDD" })),
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
      resource("tencentcloud:index/cbsStorage:CbsStorage", {}),
      resource("ibm:index/isVolume:IsVolume", {}),
      on("kt", resource("openstack:blockstorage/volume:Volume", {})),
      on("nhn", resource("openstack:blockstorage/volume:Volume", {})),
    ],
    kept: [
      disk("tencentcloud:index/cbsStorage:CbsStorage", {}),
      disk("ibm:index/isVolume:IsVolume", {}),
      disk("ncloud:index/blockStorage:BlockStorage", {}),
      disk("openstack:blockstorage/volume:Volume", {}),
      resource("aws:ec2/instance:Instance", {}),
    ],
  },
  "machines-are-tagged": {
    broken: [
      resource("openstack:compute/instance:Instance", {}),
      resource("aws:ec2/instance:Instance", { tags: { Name: "x" } }),
      resource("azure-native:compute:VirtualMachine", { tags: { "kpaas-role": "worker" } }),
      resource("gcp:compute/instance:Instance", { labels: {} }),
      resource("alicloud:ecs/instance:Instance", {}),
      resource("tencentcloud:index/instance:Instance", { tags: { "kpaas-environment": "a" } }),
      resource("ibm:index/isInstance:IsInstance", { tags: ["kpaas-environment:a", "kpaas-resource:w"] }),
      on("kt", resource("openstack:compute/instance:Instance", {})),
      on("nhn", resource("openstack:compute/instance:Instance", {})),
    ],
    kept: [
      resource("openstack:compute/instance:Instance", { metadata: tags }),
      resource("aws:ec2/instance:Instance", { tags: { "kpaas:environment": "a", "kpaas:role": "worker" } }),
      resource("azure-native:compute:VirtualMachine", { tags }),
      resource("gcp:compute/instance:Instance", { labels: tags }),
      resource("alicloud:ecs/instance:Instance", { tags }),
      resource("tencentcloud:index/instance:Instance", { tags }),
      resource("ibm:index/isInstance:IsInstance", { tags: ["kpaas-environment:a", "kpaas-role:worker"] }),
      on("kt", resource("openstack:compute/instance:Instance", { metadata: tags })),
      on("nhn", resource("openstack:compute/instance:Instance", { metadata: tags })),
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
      resource("pulumi:providers:tencentcloud", { region: "ap-guangzhou" }),
      resource("pulumi:providers:ibm", { region: "jp-osa" }),
      resource("pulumi:providers:ncloud", { region: "JPN" }),
      on("nhn", resource("pulumi:providers:openstack", { region: "JP1" })),
    ],
    kept: [
      resource("pulumi:providers:aws", { region: "ap-northeast-2" }),
      resource("pulumi:providers:aws", {}),
      resource("pulumi:providers:gcp", { region: "asia-northeast3" }),
      resource("pulumi:providers:alicloud", { region: "ap-northeast-2" }),
      resource("azure-native:resources:ResourceGroup", { location: "KoreaCentral" }),
      resource("pulumi:providers:tencentcloud", { region: "ap-seoul" }),
      resource("pulumi:providers:ncloud", { region: "KR" }),
      on("nhn", resource("pulumi:providers:openstack", { region: "KR1" })),
      resource("pulumi:providers:openstack", { region: "RegionOne" }),
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
