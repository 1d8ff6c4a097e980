/** A resource as a preview knows it; what is not known yet is absent. */
export interface Resource {
  /** Pulumi's type token. */
  type: string;
  name: string;
  properties: Record<string, unknown>;
  protect?: boolean;
}
