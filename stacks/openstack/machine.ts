import * as compute from "@pulumi/openstack/compute/index.js";
import * as images from "@pulumi/openstack/images/index.js";
import * as networking from "@pulumi/openstack/networking/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import type { Context } from "./context.ts";
import type { NamedSecurityGroup } from "./firewall.ts";
import type { PortAddress } from "./virtual-address.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's id, the groups that keep machines on hosts of their own. */
export function machineMaker(context: Context, platformOpts: Opts, cloudOpts: Opts) {
  const { environment, settings, variant } = context;
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const resourceName = `kpaas-${environment.name}`;
  const { name: keyPair } = new compute.Keypair(
    "key-pair",
    { name: resourceName, publicKey: key.publicKeyOpenSsh },
    cloudOpts,
  );
  const latestImageId = findImage(settings.image, cloudOpts);
  const serverGroups = new Map(
    antiAffinityRoles.map((role) => [
      role,
      new compute.ServerGroup(
        `${role}-server-group`,
        { name: `${resourceName}-${role}`, policies: ["soft-anti-affinity"] },
        cloudOpts,
      ),
    ]),
  );

  const ports: networking.Port[] = [];

  const createMachine = (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, securityGroup } = args;
    const on = { ...opts, ...cloudOpts };
    const port = plan.privateIp ? portOf(name, args, plan.privateIp, on) : undefined;
    if (port) ports.push(port);
    const flavorName = machineTypeOf(settings, plan);
    const imageId = args.pin("image", latestImageId);
    const fromHost = variant.bootsFromHost(flavorName);
    const server = new compute.Instance(
      name,
      {
        name: plan.hostname,
        flavorName,
        availabilityZone: settings.availabilityZones?.[plan.zone],
        keyPair,
        networks: [port ? { port: port.id } : { uuid: args.network.id }],
        securityGroups: port ? undefined : [(securityGroup as NamedSecurityGroup).name],
        // The provider wants it named twice where no volume is made of it.
        imageId: fromHost ? imageId : undefined,
        blockDevices: [bootDisk(context, args, imageId, fromHost), ...dataDisks(args)],
        schedulerHints: serverGroupHint(serverGroups.get(plan.role)),
        userData: variant.userData
          ? args.pin("wrapped-user-data", variant.userData(args.userData, settings), "machine")
          : args.userData,
        metadata: { "kpaas-environment": environment.name, "kpaas-role": plan.role },
      },
      // A port, a data disk and a host name belong to one server at a time.
      pulumi.mergeOptions(on, {
        deleteBeforeReplace: true,
        // Of an existing network any address may be given out: the fixed ones are taken first.
        dependsOn: settings.network && !port ? ports : [],
      }),
    );
    const publicIp =
      args.publicPorts && port && plan.privateIp
        ? variant.createPublicAddress(
            context,
            name,
            { portId: port.id, privateIp: plan.privateIp, ports: args.publicPorts },
            on,
          )
        : undefined;
    return {
      id: server.id,
      privateIp: server.accessIpV4,
      connection: sshConnection(
        { key, user: settings.sshUser, machineId: server.id, address: publicIp ?? server.accessIpV4 },
        args,
      ),
      publicEndpoints: publicIp
        ? endpointsAt(publicIp, args.publicPorts ?? [])
        : pulumi.output<Record<string, string>>({}),
    };
  };
  return { createMachine, keyPair };
}

function findImage(image: string, opts: Opts): pulumi.Output<string> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(image)) return pulumi.output(image);
  return images.getImageOutput({ name: image, mostRecent: true }, opts).id;
}

/** Makes the machine's own port, but for one that has the virtual address for its own. */
function portOf(name: string, args: MachineArgs, ipAddress: string, opts: Opts): networking.Port {
  const { plan, network, securityGroup, virtualAddress } = args;
  if (virtualAddress?.address === ipAddress) return (virtualAddress as PortAddress).port;
  return new networking.Port(
    `${name}-port`,
    {
      name: plan.hostname,
      networkId: network.id,
      fixedIps: [{ subnetId: network.subnetId(plan), ipAddress }],
      securityGroupIds: [securityGroup.id],
      allowedAddressPairs: virtualAddress ? [{ ipAddress: virtualAddress.address }] : undefined,
    },
    opts,
  );
}

/** Describes the boot disk, which goes with its server. */
function bootDisk({ settings }: Context, { plan }: MachineArgs, imageId: pulumi.Input<string>, fromHost: boolean) {
  return {
    uuid: imageId,
    sourceType: "image",
    destinationType: fromHost ? "local" : "volume",
    bootIndex: 0,
    volumeSize: plan.size.diskGiB,
    volumeType: fromHost ? undefined : settings.diskType,
    deleteOnTermination: true,
  };
}

/** Describes the data disks, which stay when their server goes. */
function dataDisks({ dataDisk }: MachineArgs) {
  if (!dataDisk) return [];
  return [
    {
      uuid: dataDisk.id,
      sourceType: "volume",
      destinationType: "volume",
      bootIndex: -1,
      deleteOnTermination: false,
    },
  ];
}

function serverGroupHint(group: compute.ServerGroup | undefined) {
  return group && [{ group: group.id }];
}
