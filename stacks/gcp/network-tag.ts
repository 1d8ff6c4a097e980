import { shortName } from "../../config/short-name.ts";

/** Google's limit of a network tag. */
const longestTag = 63;

/** The network tag that stands for a firewall group. */
export const networkTag = (groupName: string): string => shortName(groupName, longestTag);
