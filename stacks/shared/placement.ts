import type { Role } from "../../config/roles/index.ts";

/** Roles whose machines stand in for one another: the cloud keeps them on hosts of their own. */
export const antiAffinityRoles: readonly Role[] = ["master", "haproxy"];
