import { azName, everywhere, factsByZone, mebibytes, variable } from "../../bosh/cpi-helpers.ts";
import { firewallGroupName } from "../../config/application-platform/names.ts";
import type { BoshEnvironment, CloudProperties, Cpi, VmDisks } from "../../config/infrastructure/cpi.ts";

/**
 * Describes the CPI with its properties: https://bosh.io/docs/aws-cpi/. The director has an instance profile, so that
 * no access key is kept anywhere.
 */
export function cpi(environment: BoshEnvironment): Cpi {
  const { region, diskType } = environment.infrastructure;
  const disks = ({ ephemeralGiB }: VmDisks): CloudProperties => ({
    ephemeral_disk: { size: mebibytes(ephemeralGiB), type: diskType, encrypted: true },
  });
  return {
    name: "aws",
    opsFiles: ["aws/iam-instance-profile.yml", "aws/cli-iam-instance-profile.yml"],
    cfOpsFiles: ["aws"],
    // The name server of every VPC: https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
    dns: ["169.254.169.253"],
    hasPublicAddresses: true,
    facts: [
      { name: "default_key_name", holds: "key pair of the VMs", isAskedUpstream: true },
      { name: "iam_instance_profile", holds: "instance profile of the director" },
      ...factsByZone(environment, "subnet_id", "subnet"),
      ...(environment.applicationPlatform.gateway === "load-balancer"
        ? ["router", "tcp-router", "scheduler"].map((group) => ({
            name: `lb_target_groups_${group}`,
            holds: `list of names of the target groups that ${group} serves`,
          }))
        : []),
    ],
    credentials: [],
    directorVariables: { region, default_security_groups: [firewallGroupName(environment, "vms")] },
    directorVm: { iam_instance_profile: variable("iam_instance_profile") },
    directorOperations: everywhere("aws", "encrypted", true),
    az: (zone) => ({ availability_zone: zone }),
    subnet: (zone) => ({
      subnet: variable(`subnet_id_${azName(zone)}`),
      security_groups: [firewallGroupName(environment, "vms")],
    }),
    firewall: (groups) => ({ security_groups: groups }),
    vm: (instance_type, sizes) => ({ instance_type, ...disks(sizes) }),
    disks,
    persistentDisk: { type: diskType, encrypted: true },
    loadBalancer: (group) => ({ lb_target_groups: variable(`lb_target_groups_${group}`) }),
  };
}
