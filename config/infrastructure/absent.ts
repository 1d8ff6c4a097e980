/** Stands where a fact of an infrastructure is not known, or there is no such thing. */
export interface Absent {
  /** Told to users after a colon: lower case, no full stop. */
  reason: string;
}

export const absent = (reason: string): Absent => ({ reason });

/** The fact itself; undefined where it is absent. */
export function known<T extends object>(fact: T | Absent): T | undefined {
  return "reason" in fact ? undefined : fact;
}
