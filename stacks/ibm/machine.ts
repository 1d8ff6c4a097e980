import * as pulumi from "@pulumi/pulumi";
import type { Disk, Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { lookUp } from "../shared/terraform-bridge.ts";
import { zoneName } from "../shared/zones.ts";
import { smallestBootVolumeGiB } from "./facts.ts";
import { instanceName, nameOf, tagsOf } from "./provider.ts";
import { IsFloatingIp, IsInstance, IsInstanceVolumeAttachment, IsPlacementGroup, IsSshKey, ibm } from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's id, the groups that keep machines on hosts of their own. */
export function machineMaker(context: Context, platformOpts: Opts, cloudOpts: Opts) {
  const { environment, settings } = context;
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const called = (resource: string) => ({
    name: nameOf(environment.name, resource),
    tags: tagsOf(environment.name, resource),
  });
  const keyPair = new IsSshKey(
    "key-pair",
    { ...called("key-pair"), publicKey: key.publicKeyOpenSsh, type: "ed25519" },
    cloudOpts,
  );
  const imageId = findImage(settings.image, cloudOpts);
  const placementGroups = new Map(
    antiAffinityRoles.map((role) => {
      const name = `${role}-placement-group`;
      return [role, new IsPlacementGroup(name, { ...called(name), strategy: "host_spread" }, cloudOpts)];
    }),
  );

  return (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, network, securityGroup, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    const instance = new IsInstance(
      name,
      {
        name: instanceName(plan.hostname),
        tags: [...tagsOf(environment.name, name), `kpaas-role:${plan.role}`],
        vpc: network.id,
        zone: zoneName(context, plan.zone),
        profile: machineTypeOf(settings, plan),
        image: args.pin("image", imageId),
        keys: [keyPair.id],
        placementGroup: placementGroups.get(plan.role)?.id,
        userData: args.userData,
        bootVolume: {
          ...called(`${name}-boot`),
          size: Math.max(plan.size.diskGiB, smallestBootVolumeGiB),
          encryption: settings.diskEncryptionKey,
          autoDeleteVolume: true,
        },
        primaryNetworkInterface: {
          subnet: network.subnetId(plan),
          securityGroups: [securityGroup.id],
          primaryIp: plan.privateIp === undefined ? undefined : { address: plan.privateIp },
        },
        // First boot reads user-data from a disk; pods have nothing to ask.
        metadataService: { enabled: false },
      },
      // An address and a data disk belong to one instance at a time.
      { ...on, deleteBeforeReplace: true },
    );
    if (dataDisk) attach(`${name}-data`, called(`${name}-data`).name, instance, dataDisk, on);
    const addressName = `${name}-address`;
    const { id: target, primaryIp } = instance.primaryNetworkInterface;
    // Stays when its instance is replaced.
    const publicIp = publicPorts && new IsFloatingIp(addressName, { ...called(addressName), target }, on).address;
    const privateIp = primaryIp.address;
    return {
      id: instance.id,
      privateIp,
      connection: sshConnection(
        { key, user: settings.sshUser, machineId: instance.id, address: publicIp ?? privateIp },
        args,
      ),
      publicEndpoints: publicIp ? endpointsAt(publicIp, publicPorts) : pulumi.output<Record<string, string>>({}),
    };
  };
}

function findImage(image: string, opts: Opts): pulumi.Output<string> {
  if (/^r\d+-[0-9a-f-]{36}$/.test(image)) return pulumi.output(image);
  return lookUp<{ id: string }>(ibm, "ibm_is_image", { name: image }, opts).apply(({ id }) => id);
}

/** Attaches a disk, for which first boot waits, and which outlives the instance. */
function attach(name: string, cloudName: string, instance: IsInstance, { id: volume }: Disk, opts: Opts): void {
  new IsInstanceVolumeAttachment(
    name,
    {
      name: cloudName,
      instance: instance.id,
      volume,
      deleteVolumeOnAttachmentDelete: false,
      deleteVolumeOnInstanceDelete: false,
    },
    { ...opts, deleteBeforeReplace: true },
  );
}
