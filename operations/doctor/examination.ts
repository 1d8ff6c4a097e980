export interface Finding {
  name: string;
  level: "ok" | "warning" | "blocks";
  found: string;
  /** What to do about it. */
  remedy?: string;
}

export type Examination = () => Promise<Finding[]>;
