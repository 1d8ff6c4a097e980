import { type OnRecord, presentWithoutFirstHostKey } from "../config/on-record.ts";

/** Facts of the platform that a run of the engine has told this process. */
let before: OnRecord | undefined;
let after: OnRecord | undefined;
let wanted: ReadonlySet<string> | undefined;
let isKnown = false;
let lives = false;

/** Takes note of what is on record from the run before, if there is any, and of what this one wants. */
export function noteRecord(olds: OnRecord | undefined, news: OnRecord): void {
  [before, after, wanted, isKnown] = [olds, news, new Set(Object.values(news.machines).flat()), true];
  if (olds) lives = true;
}

/** Takes note that the platform's own authority is there already: a run before this one has made it. */
export function noteLife(): void {
  lives = true;
}

/**
 * Variable with the names of machines, separated by commas, that have ever been through: `./kpaas` knows them from the state. Without it,
 * as under plain Pulumi, all on record count.
 */
export const machinesBeforeVariable = "KPAAS_MACHINES_BEFORE";

/** Names of the machines that were there before this run, or "all" where the platform lives and nothing is on record. */
export function machinesBefore(): string[] | "all" {
  const told = process.env[machinesBeforeVariable];
  if (told !== undefined) return told.split(",").filter((name) => name !== "");
  if (before) return Object.values(before.machines).flat();
  return lives || !isKnown ? "all" : [];
}

/** Names of the workers whose user-data gives them no host key. */
export const machinesWithoutFirstHostKey = (): string[] => (after ? presentWithoutFirstHostKey(before, after) : []);

/** Tells whether the platform had a single master before this run; where nothing is on record, nobody knows. */
export const isOnlyMaster = (): boolean => before?.machines.master?.length === 1;

/** Tells whether a machine stays in the platform: one that goes is replaced then. Without a record every one stays. */
export function stays(machine: string): boolean {
  return !wanted || wanted.has(machine);
}
