import { type BootFile, type PlatformFacts, serviceName } from "../components/first-boot/facts.ts";
import { nfsServer } from "../components/first-boot/storage.ts";
import { gatewayAddress } from "../config/addresses.ts";
import { images } from "../config/images.ts";
import { gatewayServices } from "../config/ports.ts";
import { toYamlDocuments } from "../lib/yaml.ts";
import { clusterDns } from "./cluster-dns.ts";
import { flannel } from "./flannel.ts";
import { nfsStorage } from "./nfs-storage.ts";
import type { KubernetesObject } from "./objects.ts";
import { registryPullAccess } from "./registry-pull.ts";
import { sharedDirectoryStorage } from "./shared-directory-storage.ts";

/** Objects that a cluster needs to be a platform, by addon. Calico is not among them: its own manifest is applied as it is. */
export function addons(facts: PlatformFacts): Record<string, KubernetesObject[]> {
  const { network, containerPlatform } = facts.environment;
  const gateway = gatewayAddress(facts.environment);
  const { podCidr } = network;
  return {
    "registry-pull": registryPullAccess(),
    "cluster-dns": [
      clusterDns({
        address: gateway,
        names: gatewayServices.map((service) => serviceName(service, facts)),
      }),
    ],
    ...(containerPlatform.podNetwork === "flannel"
      ? { flannel: flannel({ image: images.flannel, podCidr, api: { host: gateway, port: 6443 } }) }
      : {}),
    storage: storage(facts),
  };
}

function storage(facts: PlatformFacts): KubernetesObject[] {
  const { className } = facts.environment.containerPlatform.storage;
  if (!facts.sharedVolumePath) return nfsStorage({ image: images.nfsProvisioner, server: nfsServer(facts), className });
  return sharedDirectoryStorage({
    image: images.localPathProvisioner,
    helperImage: images.busybox,
    path: facts.sharedVolumePath,
    className,
  });
}

/** The addons as files for `kubectl apply -f /etc/kpaas/addons`. */
export function addonFiles(facts: PlatformFacts): BootFile[] {
  return Object.entries(addons(facts)).map(([name, objects]) => ({
    path: `/etc/kpaas/addons/${name}.yaml`,
    content: toYamlDocuments(objects),
  }));
}
