import * as pulumi from "@pulumi/pulumi";
import type { Machine, MachineArgs } from "../../components/infrastructure.ts";
import { machineTypeOf } from "../../config/machine-types.ts";
import { SshKeyPair } from "../../provider/sdk.ts";
import { antiAffinityRoles } from "../shared/placement.ts";
import { endpointsAt, sshConnection } from "../shared/ssh-access.ts";
import { lookUp } from "../shared/terraform-bridge.ts";
import { inTens, type ServerDisk } from "./disk.ts";
import { initScript } from "./init-script.ts";
import { nameOf, serverName } from "./provider.ts";
import { InitScript, LoginKey, NetworkInterface, ncloud, PlacementGroup, PublicIp, Server } from "./sdk.ts";
import type { Context } from "./settings.ts";

type Opts = pulumi.CustomResourceOptions;

/** Makes once what all machines share: the key, the image's number, the groups that keep machines on hosts of their own. */
export function machineMaker({ environment, settings }: Context, platformOpts: Opts, cloudOpts: Opts) {
  const key = new SshKeyPair("ssh-key", {}, platformOpts);
  const cloudName = (resource: string) => nameOf(environment.name, resource);
  // Servers do not come without one; the way in is by the platform's own key, which first boot brings.
  const loginKey = new LoginKey("login-key", { keyName: cloudName("login-key") }, cloudOpts);
  const imageNumber = findImage(settings.image, cloudOpts);
  const placementGroups = new Map(
    antiAffinityRoles.map((role) => {
      const name = `${role}-placement-group`;
      return [role, new PlacementGroup(name, { name: cloudName(name), placementGroupType: "AA" }, cloudOpts)];
    }),
  );

  return (name: string, args: MachineArgs, opts: Opts): Machine => {
    const { plan, network, securityGroup, dataDisk, publicPorts } = args;
    const on = { ...opts, ...cloudOpts };
    // An address and a data disk belong to one server at a time, a name to one resource.
    const onReplace = { ...on, deleteBeforeReplace: true };
    const subnetNo = network.subnetId(plan);
    const interfaceName = `${name}-interface`;
    const networkInterface =
      plan.privateIp === undefined
        ? undefined
        : new NetworkInterface(
            interfaceName,
            {
              name: cloudName(interfaceName),
              subnetNo,
              privateIp: plan.privateIp,
              accessControlGroups: [securityGroup.id],
            },
            onReplace,
          );
    const script = new InitScript(
      `${name}-init-script`,
      {
        name: cloudName(`${name}-init-script`),
        content: args.pin("init-script", initScript(plan.hostname, args.userData, key), "machine"),
      },
      onReplace,
    );
    const server = new Server(
      name,
      {
        name: serverName(plan.hostname),
        serverImageNumber: args.pin("image", imageNumber),
        serverSpecCode: machineTypeOf(settings, plan),
        subnetNo,
        networkInterfaces: networkInterface && [{ networkInterfaceNo: networkInterface.id, order: 0 }],
        loginKeyName: loginKey.id,
        placementGroupNo: placementGroups.get(plan.role)?.id,
        initScriptNo: script.id,
        baseBlockStorageSize: inTens(plan.size.diskGiB),
      },
      onReplace,
    );
    if (dataDisk) (dataDisk as ServerDisk).attachTo(server.id);
    const publicIp = publicPorts && publicAddress(`${name}-address`, server, cloudName(`${name}-address`), on);
    const privateIp = networkInterface?.privateIp ?? server.privateIp;
    return {
      id: server.id,
      privateIp,
      connection: sshConnection(
        { key, user: settings.sshUser, machineId: server.id, address: publicIp ?? privateIp },
        args,
      ),
      publicEndpoints: publicIp ? endpointsAt(publicIp, publicPorts) : pulumi.output<Record<string, string>>({}),
    };
  };
}

interface Images {
  imageNumberLists: { serverImageNumber: string }[];
}

function findImage(image: string, opts: Opts): pulumi.Output<string> {
  if (/^\d+$/.test(image)) return pulumi.output(image);
  const filters = [
    { name: "name", values: [image] },
    { name: "hypervisor_type", values: ["KVM"] },
  ];
  return lookUp<Images>(ncloud, "ncloud_server_image_numbers", { filters }, opts).apply(({ imageNumberLists }) => {
    const [found] = imageNumberLists;
    if (!found) throw new Error(`Naver Cloud has no image for KVM servers called ${image}`);
    return found.serverImageNumber;
  });
}

/** Makes a public address, which stays when its server is replaced. */
function publicAddress(name: string, { id: serverInstanceNo }: Server, description: string, opts: Opts) {
  return new PublicIp(name, { description, serverInstanceNo }, opts).publicIp;
}
