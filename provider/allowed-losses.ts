/** Variable with the names of machines, separated by commas, whose data the user gives away: `--allow-loss` of `./kpaas`. */
export const allowLossVariable = "KPAAS_ALLOW_LOSS";

/** Tells whether the user gives away what only this machine has. */
export function mayBeLost(nodeName: string): boolean {
  const names = (process.env[allowLossVariable] ?? "").split(",").filter((name) => name !== "");
  return names.some((name) => nodeName === name || nodeName.endsWith(`-${name}`));
}
