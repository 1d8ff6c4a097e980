import { getImageOutput } from "@pulumi/gcp/compute/getImage.js";
import { Instance } from "@pulumi/gcp/compute/instance.js";
import { ResourcePolicy } from "@pulumi/gcp/compute/resourcePolicy.js";
import * as pulumi from "@pulumi/pulumi";
import type { Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { gzippedBase64 } from "../shared/gzip.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { zoneName } from "../shared/zones.ts";
import { createAddress } from "./network.ts";
import { labelsOf, nameOf } from "./provider.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's id, the policies that keep machines on hosts of their own. */
export function machineMaker(context: Context, platformOpts: Opts, cloudOpts: Opts) {
  const { environment, settings } = context;
  const { region } = settings;
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const image = findImage(settings.image, cloudOpts);
  const placementPolicies = new Map(
    antiAffinityRoles.map((role) => {
      const name = `${role}-placement-policy`;
      const groupPlacementPolicy = { availabilityDomainCount: 3 };
      const args = { name: nameOf(environment.name, name), region, groupPlacementPolicy };
      return [role, new ResourcePolicy(name, args, cloudOpts)];
    }),
  );

  return (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, network, securityGroup, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    const publicIp = publicPorts && createAddress(context, `${name}-address`, on).address;
    const instance = new Instance(
      name,
      {
        // Its agent makes this the host name.
        name: plan.hostname,
        zone: zoneName(context, plan.zone),
        machineType: machineTypeOf(settings, plan),
        allowStoppingForUpdate: true,
        networkInterfaces: [
          {
            subnetwork: network.subnetId(plan),
            networkIp: plan.privateIp,
            accessConfigs: publicIp && [{ natIp: publicIp }],
          },
        ],
        tags: [securityGroup.id],
        resourcePolicies: placementPolicies.get(plan.role)?.id,
        bootDisk: {
          autoDelete: true,
          initializeParams: {
            image: args.pin("image", image),
            size: plan.size.diskGiB,
            type: settings.diskType,
          },
        },
        // First boot waits for the disk.
        attachedDisks: dataDisk && [{ source: dataDisk.id, deviceName: "data" }],
        metadata: {
          "user-data": gzippedBase64(args.userData),
          "user-data-encoding": "base64",
          "ssh-keys": pulumi.interpolate`${settings.sshUser}:${key.publicKeyOpenSsh}`,
          "block-project-ssh-keys": "true",
          "enable-oslogin": "FALSE",
          "serial-port-enable": "FALSE",
        },
        // What it may do is the account's roles' to say.
        serviceAccount: args.instanceIdentity && { email: args.instanceIdentity, scopes: ["cloud-platform"] },
        shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true },
        labels: { ...labelsOf(environment.name, name), "kpaas-role": plan.role },
      },
      // A name, an address and a data disk belong to one instance at a time. User-data is read at the first boot only.
      { ...on, deleteBeforeReplace: true, replaceOnChanges: ['metadata["user-data"]'] },
    );
    const privateIp = instance.networkInterfaces.apply(([primary]) => primary?.networkIp ?? "");
    return {
      // Its resource's id says the name alone.
      id: instance.instanceId,
      privateIp,
      connection: sshConnection(
        { key, user: settings.sshUser, machineId: instance.instanceId, address: publicIp ?? privateIp },
        args,
      ),
      publicEndpoints: publicIp ? endpointsAt(publicIp, publicPorts) : pulumi.output<Record<string, string>>({}),
    };
  };
}

function findImage(image: string, opts: Opts): pulumi.Output<string> {
  const [, project, family] = /^projects\/([^/]+)\/global\/images\/family\/([^/]+)$/.exec(image) ?? [];
  return family ? getImageOutput({ project, family }, opts).selfLink : pulumi.output(image);
}
