import { VirtualMachine, type VirtualMachineArgs } from "@pulumi/azure-native/compute/virtualMachine.js";
import { VirtualMachineScaleSet } from "@pulumi/azure-native/compute/virtualMachineScaleSet.js";
import { getNetworkInterfaceOutput } from "@pulumi/azure-native/network/getNetworkInterface.js";
import { NetworkInterface } from "@pulumi/azure-native/network/networkInterface.js";
import * as pulumi from "@pulumi/pulumi";
import type { Disk, Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { gzippedBase64 } from "../shared/gzip.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { zoneName } from "../shared/zones.ts";
import type { Context } from "./context.ts";
import type { RoleGroups } from "./firewall.ts";
import { publicAddress } from "./network.ts";
import { placed } from "./provider.ts";

type Opts = pulumi.CustomResourceOptions;

/** Properties that Azure cannot change of a machine that is there. */
const fixedParts = ["osProfile", "networkProfile", "storageProfile.imageReference", "virtualMachineScaleSet", "zones"];

/** Makes once what all machines share: the key, the sets that keep machines on hosts of their own. */
export function machineMaker(context: Context, platformOpts: Opts, cloudOpts: Opts) {
  const { environment, settings } = context;
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const zones = Array.from({ length: environment.network.zones }, (_, zone) => zoneName(context, zone));
  const scaleSets = new Map(
    antiAffinityRoles.map((role) => {
      const name = `${role}-scale-set`;
      // One fault domain is Azure's word for as many hosts as there are.
      const args = {
        ...placed(context, name),
        orchestrationMode: "Flexible",
        platformFaultDomainCount: 1,
        zones,
      } as const;
      return [role, new VirtualMachineScaleSet(name, { vmScaleSetName: name, ...args }, cloudOpts)];
    }),
  );

  return (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    const publicIp = publicPorts && publicAddress(context, `${name}-address`, plan.zone, on);
    const nic = plan.privateIp ? createInterface(context, name, args, publicIp?.id, on) : undefined;
    const scaleSet = scaleSets.get(plan.role);
    const common = placed(context, name);
    const machine = new VirtualMachine(
      name,
      {
        vmName: name,
        ...common,
        tags: { ...common.tags, "kpaas-role": plan.role },
        // What it may do is the identity's roles' to say.
        identity: args.instanceIdentity && { type: "UserAssigned", userAssignedIdentities: [args.instanceIdentity] },
        zones: [zoneName(context, plan.zone)],
        virtualMachineScaleSet: scaleSet && { id: scaleSet.id },
        hardwareProfile: { vmSize: machineTypeOf(settings, plan) },
        osProfile: {
          computerName: plan.hostname,
          adminUsername: settings.sshUser,
          // Unlike user-data of Azure's own kind, the metadata service does not give it away.
          customData: gzippedBase64(args.userData),
          linuxConfiguration: {
            disablePasswordAuthentication: true,
            ssh: {
              publicKeys: [{ path: `/home/${settings.sshUser}/.ssh/authorized_keys`, keyData: key.publicKeyOpenSsh }],
            },
          },
        },
        securityProfile: {
          encryptionAtHost: settings.encryptionAtHost,
          securityType: "TrustedLaunch",
          uefiSettings: { secureBootEnabled: true, vTpmEnabled: true },
        },
        storageProfile: {
          imageReference: pulumi.output(args.pin("image", settings.image)).apply(imageReference),
          osDisk: {
            createOption: "FromImage",
            deleteOption: "Delete",
            diskSizeGB: plan.size.diskGiB,
            managedDisk: { storageAccountType: settings.diskType },
          },
          dataDisks: dataDisk && [attached(dataDisk)],
        },
        networkProfile: nic ? { networkInterfaces: [{ id: nic.id, primary: true }] } : ownInterface(name, args),
      },
      // A name, an address and a data disk belong to one machine at a time.
      { ...on, deleteBeforeReplace: true, replaceOnChanges: fixedParts },
    );
    const privateIp = plan.privateIp ? pulumi.output(plan.privateIp) : addressOf(context, machine, cloudOpts);
    const address = publicIp ? publicIp.ipAddress.apply((ip) => ip ?? "") : undefined;
    return {
      // Its resource's id says the name alone.
      id: machine.vmId,
      privateIp,
      connection: sshConnection(
        { key, user: settings.sshUser, machineId: machine.vmId, address: address ?? privateIp },
        args,
      ),
      publicEndpoints:
        address && publicPorts ? endpointsAt(address, publicPorts) : pulumi.output<Record<string, string>>({}),
    };
  };
}

/** Reads an image setting: `publisher:offer:sku:version`, or the resource id of an image or of a version in a gallery. */
function imageReference(image: string) {
  if (image.startsWith("/")) return { id: image };
  const [publisher, offer, sku, version] = image.split(":");
  return { publisher, offer, sku, version };
}

/** Describes the attached data disk, for which first boot waits. */
function attached({ id }: Disk) {
  return { lun: 0, createOption: "Attach", deleteOption: "Detach", managedDisk: { id } } as const;
}

function ipConfiguration({ plan, network, securityGroup }: MachineArgs) {
  return {
    name: "primary",
    primary: true,
    subnet: { id: network.subnetId(plan) },
    applicationSecurityGroups: [{ id: (securityGroup as RoleGroups).applicationSecurityGroupId }],
  };
}

/** Makes a network interface, which stays with its fixed address when its machine is replaced. */
function createInterface(
  context: Context,
  name: string,
  args: MachineArgs,
  publicIpId: pulumi.Output<string> | undefined,
  opts: Opts,
): NetworkInterface {
  const nicName = `${name}-nic`;
  return new NetworkInterface(
    nicName,
    {
      networkInterfaceName: nicName,
      ...placed(context, nicName),
      enableAcceleratedNetworking: true,
      networkSecurityGroup: { id: args.securityGroup.id },
      ipConfigurations: [
        {
          ...ipConfiguration(args),
          privateIPAllocationMethod: "Static",
          privateIPAddress: args.plan.privateIp,
          publicIPAddress: publicIpId && { id: publicIpId },
        },
      ],
    },
    // An address belongs to one at a time.
    { ...opts, deleteBeforeReplace: true },
  );
}

/** Describes a network interface that is made and removed with its machine, so that a worker is one resource. */
function ownInterface(name: string, args: MachineArgs): NonNullable<VirtualMachineArgs["networkProfile"]> {
  return {
    networkApiVersion: "2022-11-01",
    networkInterfaceConfigurations: [
      {
        name: `${name}-nic`,
        primary: true,
        deleteOption: "Delete",
        enableAcceleratedNetworking: true,
        networkSecurityGroup: { id: args.securityGroup.id },
        ipConfigurations: [ipConfiguration(args)],
      },
    ],
  };
}

/** Gives a machine's address, which Azure tells by its network interface only. */
function addressOf({ resourceGroupName }: Context, machine: VirtualMachine, opts: Opts): pulumi.Output<string> {
  const networkInterfaceName = machine.networkProfile.apply((profile) => {
    const id = profile?.networkInterfaces?.[0]?.id ?? "";
    return id.slice(id.lastIndexOf("/") + 1);
  });
  return getNetworkInterfaceOutput({ resourceGroupName, networkInterfaceName }, opts).apply(
    ({ ipConfigurations }) => ipConfigurations?.[0]?.privateIPAddress ?? "",
  );
}
