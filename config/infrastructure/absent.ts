/** Stand-in for a fact of an infrastructure that is not known, or for a thing that it does not have. */
export interface Absent {
  /** Told to users after a colon: lower case, no full stop. */
  reason: string;
}

export const absent = (reason: string): Absent => ({ reason });

/** Gives the fact itself; undefined where it is absent. */
export function known<T extends object>(fact: T | Absent): T | undefined {
  return "reason" in fact ? undefined : fact;
}
