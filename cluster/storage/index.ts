import { images, pinnedReference } from "../../config/images.ts";
import { nfsServer } from "../../config/services.ts";
import type { ClusterPart } from "../part.ts";
import { deploymentAvailable } from "../workload.ts";
import * as nfs from "./nfs.ts";
import * as sharedDirectory from "./shared-directory.ts";

/** The default storage class: volumes of the storage machine, or of a directory that the workers share. */
export const storage: ClusterPart = {
  name: "storage",
  example: {},
  isIn: () => true,
  images: ({ sharedVolumePath }) =>
    sharedVolumePath ? [images.localPathProvisioner, images.busybox] : [images.nfsProvisioner],
  ports: ({ sharedVolumePath }) => (sharedVolumePath ? [] : [{ role: "storage", protocol: "tcp", port: 2049 }]),
  objects: ({ environment, machines, sharedVolumePath: path, imageDigests }) => {
    const { className } = environment.containerPlatform.storage;
    const pinned = (reference: string) => pinnedReference(reference, imageDigests);
    if (!path) return nfs.nfsStorage({ image: pinned(images.nfsProvisioner), server: nfsServer(machines), className });
    const [image, helperImage] = [pinned(images.localPathProvisioner), pinned(images.busybox)];
    return sharedDirectory.sharedDirectoryStorage({ image, helperImage, path, className });
  },
  checks: [
    {
      name: "the default storage class has its provisioner",
      run: async (cluster, { containerPlatform }) => {
        const { className } = containerPlatform.storage;
        const { provisioner } = await cluster.get<{ provisioner: string }>(
          `/apis/storage.k8s.io/v1/storageclasses/${className}`,
        );
        const { namespace, name } = provisioner === nfs.provisioner ? nfs : sharedDirectory;
        return deploymentAvailable(cluster, namespace, name);
      },
    },
  ],
};
