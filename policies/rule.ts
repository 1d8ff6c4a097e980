import type { EnforcementLevel } from "../config/environment.ts";

export type Severity = "low" | "medium" | "high" | "critical";

/**
 * CIS: Kubernetes Benchmark as kube-bench's cis-1.12 has it. ISMS-P: the Korean certification's items of 2023. CSAP: the domains
 * of the cloud security assurance programme. Operation: what no framework asks for, but who runs a platform does.
 */
export type Framework = "CIS" | "ISMS-P" | "CSAP" | "Operation";

export interface FrameworkItem {
  framework: Framework;
  /** The framework's own number; a short word for Operation. */
  item: string;
}

/** One breach of a rule. */
export interface Finding {
  /** Path in the environment file or in a machine's file, or of a resource's property. */
  path: string;
  /** The value there; never a secret. Absent where there is none. */
  value?: unknown;
  message: string;
}

/** A rule as plain data with one pure function over plain facts; facts that are not known yet break no rule. */
export interface Rule<Facts> {
  /** Unique; the key by which an environment sets its enforcement. */
  name: string;
  /** A sentence on what holds where the rule is kept, and why. */
  description: string;
  severity: Severity;
  frameworks: FrameworkItem[];
  level: EnforcementLevel;
  /** The way to mend what breaks it. */
  remedy: string;
  check(facts: Facts): Finding[];
}

export const cis = (...items: string[]) => refer("CIS", items);
export const ismsp = (...items: string[]) => refer("ISMS-P", items);
export const csap = (...items: string[]) => refer("CSAP", items);
export const operation = (...items: string[]) => refer("Operation", items);

function refer(framework: Framework, items: string[]): FrameworkItem[] {
  return items.map((item) => ({ framework, item }));
}
