import { factsOf } from "../config/infrastructure/catalog.ts";
import { alike, type ResourceTypes } from "../config/infrastructure/resource-types.ts";
import { roleFacts, roles } from "../config/roles/index.ts";

/** Types that are the same on every infrastructure. */
export const neutralTypes: ResourceTypes = {
  ...alike("it is a component: the resources in it are judged", [
    ...roles.map((role) => roleFacts[role].component),
    "kpaas:index:ApplicationPlatform",
    "kpaas:index:ContainerPlatform",
    "kpaas:index:InstanceGroup",
    "kpaas:index:LoadBalancer",
    "kpaas:index:PlatformSecrets",
    "pulumi:pulumi:Stack",
  ]),
  ...alike("it is a secret or a value in the encrypted state", [
    "kpaas:index:Certificate",
    "kpaas:index:CertificateAuthority",
    "kpaas:index:KeyPair",
    "kpaas:index:PackageSource",
    "kpaas:index:Pinned",
    "kpaas:index:PlatformRecord",
    "kpaas:index:RandomSecret",
    "kpaas:index:SshKeyPair",
  ]),
  ...alike("it speaks to a machine that is judged itself", [
    "kpaas:index:FirstBoot",
    "kpaas:index:MachineFiles",
    "kpaas:index:Node",
    "kpaas:index:PackageRepository",
    "kpaas:index:RegistryImages",
  ]),
  ...alike("it asks no cloud", ["pulumi:providers:kpaas"]),
};

/** Gives every type that a program may register on an infrastructure. Throws RangeError for a kind that is not registered. */
export const resourceTypesOf = (infrastructure: { kind: string }): ResourceTypes => ({
  ...neutralTypes,
  ...factsOf(infrastructure).resourceTypes,
});
