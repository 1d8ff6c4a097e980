export interface Finding {
  name: string;
  level: "ok" | "warning" | "blocks";
  found: string;
  /** A way to mend it. */
  remedy?: string;
}

export type Examination = () => Promise<Finding[]>;
