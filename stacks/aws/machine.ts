import * as ec2 from "@pulumi/aws/ec2/index.js";
import * as ssm from "@pulumi/aws/ssm/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Disk, Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { gzippedBase64 } from "../shared/gzip.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { tagsOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's id, the groups that keep machines on hosts of their own. */
export function machineMaker({ environment, settings }: Context, platformOpts: Opts, cloudOpts: Opts) {
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const tags = (resource: string) => tagsOf(environment.name, resource);
  const resourceName = `kpaas-${environment.name}`;
  const { keyName } = new ec2.KeyPair(
    "key-pair",
    { keyName: resourceName, publicKey: key.publicKeyOpenSsh, tags: tags("key-pair") },
    cloudOpts,
  );
  const imageId = findImage(settings.image, cloudOpts);
  const placementGroups = new Map(
    antiAffinityRoles.map((role) => {
      const name = `${role}-placement-group`;
      const args = { name: `${resourceName}-${role}`, strategy: "spread", tags: tags(name) } as const;
      return [role, new ec2.PlacementGroup(name, args, cloudOpts)];
    }),
  );

  const createMachine = (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, network, securityGroup, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    const instance = new ec2.Instance(
      name,
      {
        ami: args.pin("image", imageId),
        instanceType: machineTypeOf(settings, plan),
        subnetId: network.subnetId(plan),
        privateIp: plan.privateIp,
        vpcSecurityGroupIds: [securityGroup.id],
        keyName,
        iamInstanceProfile: args.instanceIdentity,
        placementGroup: placementGroups.get(plan.role)?.name,
        userDataBase64: gzippedBase64(args.userData),
        userDataReplaceOnChange: true,
        rootBlockDevice: {
          volumeSize: plan.size.diskGiB,
          volumeType: settings.diskType,
          encrypted: true,
          deleteOnTermination: true,
        },
        // Pods are one hop further than the machine, and the service asks for a token.
        metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
        tags: { ...tags(name), Name: plan.hostname, "kpaas-role": plan.role },
      },
      // An address and a data disk belong to one instance at a time.
      { ...on, deleteBeforeReplace: true },
    );
    if (dataDisk) attach(`${name}-data`, instance, dataDisk, on);
    const publicIp = publicPorts && publicAddress(`${name}-address`, instance, tags(`${name}-address`), on);
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

function findImage(image: string, opts: Opts): pulumi.Output<string> {
  return image.startsWith("/") ? ssm.getParameterOutput({ name: image }, opts).value : pulumi.output(image);
}

/** Attaches a disk, for which first boot waits. The instance knows it under another name than EBS does. */
function attach(name: string, { id: instanceId }: ec2.Instance, { id: volumeId }: Disk, opts: Opts): void {
  const onReplace = { ...opts, deleteBeforeReplace: true };
  new ec2.VolumeAttachment(
    name,
    { instanceId, volumeId, deviceName: "/dev/sdf", stopInstanceBeforeDetaching: true },
    onReplace,
  );
}

/** Makes a public address, which stays when its instance is replaced. */
function publicAddress(name: string, { id: instanceId }: ec2.Instance, tags: Record<string, string>, opts: Opts) {
  const { id: allocationId, publicIp } = new ec2.Eip(name, { tags }, opts);
  const { publicIp: associated } = new ec2.EipAssociation(name, { allocationId, instanceId }, opts);
  return pulumi.all([publicIp, associated]).apply(([address]) => address);
}
