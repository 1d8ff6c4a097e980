/** Users of the platform's registry. */
export const registryUsers = { admin: "kpaas-admin", pull: "kpaas-node" } as const;
