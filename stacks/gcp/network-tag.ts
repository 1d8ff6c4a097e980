import { shortName } from "../../config/short-name.ts";

/** Google's limit of the length of a network tag. */
const longestTag = 63;

/** Gives the network tag that stands for a firewall group. */
export const networkTag = (groupName: string): string => shortName(groupName, longestTag);
