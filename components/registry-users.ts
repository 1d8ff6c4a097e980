/** A login's right at the platform's registry. */
export type RegistryRight = "pull" | "push";

/** Users of the platform's registry. */
export const registryUsers = { admin: "kpaas-admin", pull: "kpaas-node" } as const;

type RegistryUser = (typeof registryUsers)[keyof typeof registryUsers];

/** Rights of each user: the registry's program knows none, so each right has an instance of its own, with the logins that have it. */
export const registryRights: Readonly<Record<RegistryUser, readonly RegistryRight[]>> = {
  [registryUsers.admin]: ["pull", "push"],
  // On every node, where whoever is root reads it.
  [registryUsers.pull]: ["pull"],
};
