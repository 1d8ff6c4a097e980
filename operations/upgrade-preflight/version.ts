/** Gives the number of a minor: 36 of `1.36`, `1.36.3` or `v1.36.3`. */
export const minorNumber = (version: string): number => Number(version.replace(/^v/, "").split(".")[1]);
