import { images } from "../../config/images.ts";
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
  objects: ({ environment, machines, sharedVolumePath: path }) => {
    const { className } = environment.containerPlatform.storage;
    if (!path) return nfs.nfsStorage({ image: images.nfsProvisioner, server: nfsServer(machines), className });
    const { localPathProvisioner: image, busybox: helperImage } = images;
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
