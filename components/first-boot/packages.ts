/** What two HAProxy machines share their address by. */
export const pairPackages = ["keepalived"];

/** What a worker needs to mount volumes of the storage server. */
export const nfsClientPackages = ["nfs-common"];
