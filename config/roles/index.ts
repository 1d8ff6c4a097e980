import type { z } from "zod";
import { bastion } from "./bastion.ts";
import { database } from "./database.ts";
import { haproxy } from "./haproxy.ts";
import { jumphost } from "./jumphost.ts";
import { master } from "./master.ts";
import { registry } from "./registry.ts";
import type { RoleFacts } from "./role.ts";
import { storage } from "./storage.ts";
import { worker } from "./worker.ts";

/** Roles with one machine of their own, always there, whose settings are `containerPlatform.<role>` in the environment file. */
export const supportRoles = { registry, database, storage };

const allRoles = { bastion, jumphost, haproxy, master, worker, ...supportRoles };

export type SupportRole = keyof typeof supportRoles;

export type Role = keyof typeof allRoles;

/** The one list of roles, in the order in which they are told to users. */
export const roleFacts: Readonly<Record<Role, RoleFacts>> = allRoles;

export const roles = Object.keys(roleFacts) as readonly Role[];

/** The settings of support machines, after validation. */
export type SupportSettings = { [R in SupportRole]: z.output<(typeof supportRoles)[R]["settings"]> };

/** Checks of the settings of support machines, by role. */
export const supportSchemas = Object.fromEntries(
  Object.entries(supportRoles).map(([role, { settings }]) => [role, settings]),
) as { [R in SupportRole]: (typeof supportRoles)[R]["settings"] };

export const isSupportRole = (role: Role): role is SupportRole => role in supportRoles;

/** Roles whose machines are nodes of the cluster. */
export const nodeRoles = roles.filter((role) => roleFacts[role].isNode);

export const isNode = (role: Role): boolean => nodeRoles.includes(role);

/** Tells whether machines of the role may have public addresses. */
export const isInFront = (role: Role): boolean => roleFacts[role].tier === "front";

/** Gives the Pulumi types of the components whose machines have no public address. */
export const innerComponents = (): string[] =>
  roles.filter((role) => !isInFront(role)).map((role) => roleFacts[role].component);
