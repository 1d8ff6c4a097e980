/** Packages by which two HAProxy machines share their address. */
export const pairPackages = ["keepalived"];

/** Packages by which the registry's machine serves packages. */
export const packageServerPackages = ["nginx"];

/** Packages that a worker needs to mount volumes of the storage server. */
export const nfsClientPackages = ["nfs-common"];
