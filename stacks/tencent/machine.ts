import * as pulumi from "@pulumi/pulumi";
import type { Disk, Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { gzippedBase64 } from "../shared/gzip.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { lookUp } from "../shared/terraform-bridge.ts";
import { zoneName } from "../shared/zones.ts";
import { leastDiskGiB } from "./disk.ts";
import { createAddress } from "./network.ts";
import { keyPairName, nameOf, tagsOf } from "./provider.ts";
import { CbsStorageAttachment, EipAssociation, Instance, KeyPair, PlacementGroup, tencentcloud } from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's id, the groups that keep machines on hosts of their own. */
export function machineMaker(context: Context, platformOpts: Opts, cloudOpts: Opts) {
  const { environment, settings } = context;
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const { id: keyId } = new KeyPair(
    "key-pair",
    { keyName: keyPairName(environment.name), publicKey: key.publicKeyOpenSsh },
    cloudOpts,
  );
  const imageId = findImage(settings.image, cloudOpts);
  const placementGroups = new Map(
    antiAffinityRoles.map((role) => {
      const args = { name: nameOf(environment.name, role), type: "HOST" } as const;
      return [role, new PlacementGroup(`${role}-placement-group`, args, cloudOpts)];
    }),
  );

  return (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, network, securityGroup, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    // No role is given to it: all that pods could ask its metadata service for is its user-data, in which there is no secret. The
    // cloud's provider cannot make the service ask for a token.
    const instance = new Instance(
      name,
      {
        instanceName: plan.hostname,
        imageId: args.pin("image", imageId),
        instanceType: machineTypeOf(settings, plan),
        availabilityZone: zoneName(context, plan.zone),
        vpcId: network.id,
        subnetId: network.subnetId(plan),
        privateIp: plan.privateIp,
        orderlySecurityGroups: [securityGroup.id],
        keyIds: [keyId],
        placementGroupId: placementGroups.get(plan.role)?.id,
        userData: gzippedBase64(args.userData),
        userDataReplaceOnChange: true,
        systemDiskType: settings.diskType,
        systemDiskSize: Math.max(plan.size.diskGiB, leastDiskGiB),
        systemDiskEncrypt: true,
        tags: { ...tagsOf(environment.name, name), "kpaas-role": plan.role },
      },
      {
        ...on,
        // An address and a data disk belong to one instance at a time.
        deleteBeforeReplace: true,
        // The cloud would install another system under the node's name.
        replaceOnChanges: ["imageId"],
        // Encrypting a disk replaces its machine: those that an earlier version made stay as they are, and break a rule that says so,
        // until each is taken out and put back. No update of kpaas replaces a whole platform.
        ignoreChanges: ["systemDiskEncrypt"],
      },
    );
    if (dataDisk) attach(`${name}-data`, instance, dataDisk, on);
    const publicIp = publicPorts && publicAddress(context, `${name}-address`, instance, on);
    return {
      id: instance.id,
      privateIp: instance.privateIp,
      connection: sshConnection(
        { key, user: settings.sshUser, machineId: instance.id, address: publicIp ?? instance.privateIp },
        args,
      ),
      publicEndpoints: publicIp ? endpointsAt(publicIp, publicPorts) : pulumi.output<Record<string, string>>({}),
    };
  };
}

interface Images {
  images: { imageId: string; createdTime: string }[];
}

function findImage(image: string, opts: Opts): pulumi.Output<string> {
  if (image.startsWith("img-")) return pulumi.output(image);
  const asked = { imageTypes: ["PUBLIC_IMAGE"], imageNameRegex: `^${image}` };
  return lookUp<Images>(tencentcloud, "tencentcloud_images", asked, opts).apply(({ images }) => {
    const [newest] = [...images].sort((a, b) => b.createdTime.localeCompare(a.createdTime));
    if (!newest) throw new Error(`no public image whose name begins with ${image}`);
    return newest.imageId;
  });
}

/** Attaches a disk, for which first boot waits. */
function attach(name: string, { id: instanceId }: Instance, { id: storageId }: Disk, opts: Opts): void {
  new CbsStorageAttachment(name, { instanceId, storageId }, { ...opts, deleteBeforeReplace: true });
}

/** Makes a public address, which stays when its instance is replaced. */
function publicAddress(context: Context, name: string, { id: instanceId }: Instance, opts: Opts) {
  const { id: eipId, publicIp } = createAddress(context, name, opts);
  const onReplace = { ...opts, deleteBeforeReplace: true };
  const { id: association } = new EipAssociation(name, { eipId, instanceId }, onReplace);
  return pulumi.all([publicIp, association]).apply(([address]) => address);
}
