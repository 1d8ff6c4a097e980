import { Address4 } from "ip-address";
import { firewallGroupName } from "../config/application-platform/names.ts";
import { type Operation, replace } from "../config/application-platform/ops-file.ts";
import { applicationSubnets, directorDisks, workingType } from "../config/application-platform/plan.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { vmType } from "./cloud-config.ts";
import { cpiOf } from "./cpi.ts";
import { type UpstreamFiles, upstreamFiles } from "./pinned.ts";

/** Validity of the director's certificates; upstream's default is the same, K-PaaS's ten years. */
const certificateDays = 365;

/** Offset of the director's address in the first zone's subnet, behind what a cloud keeps for itself (up to six addresses). */
const directorOffset = 6n;

/** Gives the address that the director has, in the first zone. */
export function directorAddress(environment: BoshEnvironment): string {
  const { start } = firstSubnet(environment);
  return Address4.fromBigInt(start + directorOffset).correctForm();
}

/** Gives the manifest of `bosh create-env`, then upstream's ops files in their order; ours come after. */
export function directorFiles(environment: BoshEnvironment): UpstreamFiles {
  const { name, opsFiles } = cpiOf(environment);
  const durations = ["bosh", "uaa", "credhub"].map((part) => `misc/certificate-duration/${part}.yml`);
  const applied = [`${name}/cpi.yml`, "jumpbox-user.yml", "uaa.yml", "credhub.yml", ...opsFiles, ...durations];
  return upstreamFiles(["bosh.yml", ...applied].map((file) => `bosh-deployment/${file}`));
}

/** Gives the differences from upstream's director: its machine, disks, network and firewall, as the cloud-config has them. */
export function directorOperations(environment: BoshEnvironment): Operation[] {
  const cpi = cpiOf(environment);
  const { infrastructure } = environment;
  const groups = [firewallGroupName(environment, "vms"), firewallGroupName(environment, "director")];
  return [
    replace("/resource_pools/name=vms/cloud_properties", {
      ...cpi.az(infrastructure.availabilityZones?.[0]),
      ...vmType(environment, cpi, workingType(environment.applicationPlatform), directorDisks.ephemeralGiB),
      ...cpi.firewall(groups),
      ...cpi.directorVm,
    }),
    replace("/disk_pools/name=disks/cloud_properties?", cpi.persistentDisk),
    replace("/networks/name=default/subnets/0/cloud_properties", cpi.subnet(0)),
    replace("/networks/name=default/subnets/0/dns", cpi.dns),
    ...cpi.directorOperations,
  ];
}

/** Gives the variables of the director's manifest that the environment tells. The rest is the infrastructure's, or generated. */
export function directorVariables(environment: BoshEnvironment): Record<string, unknown> {
  const { cidr, gateway } = firstSubnet(environment);
  return {
    director_name: `${environment.name}-director`,
    internal_ip: directorAddress(environment),
    internal_cidr: cidr,
    internal_gw: gateway,
    certificate_duration: certificateDays,
    ...cpiOf(environment).directorVariables,
  };
}

function firstSubnet({ network, applicationPlatform }: BoshEnvironment) {
  const [subnet] = applicationSubnets(applicationPlatform, network.zones);
  if (!subnet) throw new RangeError("no zones");
  return { ...subnet, start: new Address4(subnet.cidr).startAddress().bigInt() };
}
