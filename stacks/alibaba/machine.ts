import * as ecs from "@pulumi/alicloud/ecs/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Disk, Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { gzippedBase64 } from "../shared/gzip.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { leastDiskGiB } from "./disk.ts";
import { createAddress } from "./network.ts";
import { nameOf, tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's id, the sets that keep machines on hosts of their own. */
export function machineMaker(context: Context, platformOpts: Opts, cloudOpts: Opts) {
  const { environment, settings } = context;
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const { keyPairName: keyName } = new ecs.EcsKeyPair(
    "key-pair",
    { keyPairName: `kpaas-${environment.name}`, publicKey: key.publicKeyOpenSsh, tags: tags("key-pair") },
    cloudOpts,
  );
  const imageId = findImage(settings.image, cloudOpts);
  const deploymentSets = new Map(
    antiAffinityRoles.map((role) => {
      const args = { deploymentSetName: nameOf(environment.name, role), strategy: "Availability" };
      return [role, new ecs.EcsDeploymentSet(`${role}-deployment-set`, args, cloudOpts)];
    }),
  );

  const createMachine = (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, network, securityGroup, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    const instance = new ecs.Instance(
      name,
      {
        instanceName: plan.hostname,
        imageId: args.pin("image", imageId),
        instanceType: machineTypeOf(settings, plan),
        vswitchId: network.subnetId(plan),
        privateIp: plan.privateIp,
        securityGroups: [securityGroup.id],
        keyName,
        deploymentSetId: deploymentSets.get(plan.role)?.id,
        userData: gzippedBase64(args.userData),
        systemDiskSize: Math.max(plan.size.diskGiB, leastDiskGiB),
        systemDiskCategory: settings.diskType,
        systemDiskEncrypted: true,
        // Pods are one hop further than the machine, which is more than the service answers to, and it asks for a token.
        httpTokens: "required",
        tags: { ...tags(name), "kpaas-role": plan.role },
      },
      {
        ...on,
        // An address and a data disk belong to one instance at a time.
        deleteBeforeReplace: true,
        // The cloud would change them under the running machine, whose first boot has long been.
        replaceOnChanges: ["imageId", "userData"],
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
  return { createMachine, keyName };
}

/** Finds an image's id. Public images' ids end in the format of their files, others begin with a letter for what they are. */
function findImage(image: string, opts: Opts): pulumi.Output<string> {
  if (/\.vhd$|^m-/.test(image)) return pulumi.output(image);
  const { images } = ecs.getImagesOutput({ nameRegex: `^${image}`, owners: "system", mostRecent: true }, opts);
  return images.apply(([newest]) => {
    if (!newest) throw new Error(`no public image whose name begins with ${image}`);
    return newest.id;
  });
}

/** Attaches a disk, for which first boot waits. */
function attach(name: string, { id: instanceId }: ecs.Instance, { id: diskId }: Disk, opts: Opts): void {
  new ecs.EcsDiskAttachment(name, { instanceId, diskId }, { ...opts, deleteBeforeReplace: true });
}

/** Makes a public address, which stays when its instance is replaced. */
function publicAddress(context: Context, name: string, { id: instanceId }: ecs.Instance, opts: Opts) {
  const { id: allocationId, ipAddress } = createAddress(context, name, opts);
  const onReplace = { ...opts, deleteBeforeReplace: true };
  const { id: association } = new ecs.EipAssociation(name, { allocationId, instanceId }, onReplace);
  return pulumi.all([ipAddress, association]).apply(([address]) => address);
}
