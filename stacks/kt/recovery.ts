export { createFinder } from "../openstack/recovery.ts";
