import { z } from "zod";

/**
 * The part of each CPI's documented cloud properties that is used here; anything else is a mistake, as a CPI ignores what it does not
 * know. Sources: https://bosh.io/docs/{openstack,aws,google,azure,alicloud,docker}-cpi/; gp3 from bosh-deployment's aws/cpi.yml, cloud_essd from
 * pull request 202 of bosh-alicloud-cpi-release.
 */
interface Documented {
  az: z.ZodType;
  subnet: z.ZodType;
  /** Properties that a VM type, its extensions and its zone have together; nothing else is required of them. */
  vm: z.ZodType;
  diskType: z.ZodType;
}

const text = z.string().min(1);
const texts = z.array(text).min(1);
const port = z.int().min(1).max(65535);
const mebibytes = z.int().min(1024).multipleOf(1024);

const awsDisk = { type: z.enum(["standard", "gp2", "gp3", "io1"]), encrypted: z.boolean() };
const alicloudCategory = z.enum(["cloud_efficiency", "cloud_ssd", "cloud_essd"]);

export const documentedProperties: Record<string, Documented> = {
  openstack: {
    az: z.strictObject({ availability_zone: text }),
    subnet: z.strictObject({ net_id: text, security_groups: texts.optional() }),
    vm: z.strictObject({
      instance_type: text,
      availability_zone: text.optional(),
      security_groups: texts,
      key_name: text.optional(),
      root_disk: z.strictObject({ size: z.int().min(1).describe("in GB") }),
      boot_from_volume: z.boolean(),
      loadbalancer_pools: z
        .array(z.strictObject({ name: text, port, monitoring_port: port.optional() }))
        .min(1)
        .optional(),
    }),
    diskType: z.strictObject({ type: text.optional() }),
  },
  aws: {
    az: z.strictObject({ availability_zone: text }),
    subnet: z.strictObject({ subnet: text, security_groups: texts.optional() }),
    vm: z.strictObject({
      instance_type: text,
      availability_zone: text,
      security_groups: texts,
      key_name: text.optional(),
      lb_target_groups: texts.optional(),
      iam_instance_profile: text.optional(),
      ephemeral_disk: z.strictObject({ size: mebibytes, ...awsDisk }),
    }),
    diskType: z.strictObject(awsDisk),
  },
  gcp: {
    az: z.strictObject({ zone: text }),
    subnet: z.strictObject({
      network_name: text,
      subnetwork_name: text,
      ephemeral_external_ip: z.boolean().optional(),
      tags: texts.optional(),
    }),
    vm: z.strictObject({
      machine_type: text,
      zone: text,
      root_disk_size_gb: z.int().min(10),
      root_disk_type: text,
      service_account: text.optional(),
      tags: texts,
    }),
    diskType: z.strictObject({ type: text }),
  },
  azure: {
    az: z.strictObject({ availability_zone: z.enum(["1", "2", "3"]) }),
    subnet: z.strictObject({
      resource_group_name: text.optional(),
      virtual_network_name: text,
      subnet_name: text,
      security_group: text.optional(),
      application_security_groups: texts.optional(),
    }),
    vm: z.strictObject({
      instance_type: text,
      availability_zone: text,
      security_group: text.optional(),
      application_security_groups: texts,
      ephemeral_disk: z.strictObject({ use_root_disk: z.boolean(), size: mebibytes.min(30 * 1024) }),
    }),
    diskType: z.strictObject({ storage_account_type: z.enum(["Standard_LRS", "Premium_LRS"]) }),
  },
  alicloud: {
    az: z.strictObject({ availability_zone: text }),
    subnet: z.strictObject({ vswitch_id: text, security_group_ids: texts.optional() }),
    vm: z.strictObject({
      instance_type: text,
      availability_zone: text,
      key_pair_name: text,
      security_group_ids: texts,
      slbs: texts.optional(),
      system_disk: z.strictObject({ size: mebibytes.min(20 * 1024), category: alicloudCategory }),
      ephemeral_disk: z.strictObject({
        size: mebibytes.min(20 * 1024),
        category: alicloudCategory,
        encrypted: z.boolean(),
      }),
    }),
    diskType: z.strictObject({ category: alicloudCategory, encrypted: z.boolean() }),
  },
  docker: {
    az: z.strictObject({}),
    subnet: z.strictObject({ name: text }),
    // It takes `ports`, and all of the container engine's HostConfig.
    vm: z.strictObject({
      mounts: z
        .array(z.strictObject({ type: z.literal("bind"), source: text, target: text }))
        .length(1)
        .optional(),
    }),
    diskType: z.strictObject({}),
  },
};
