/** The places where an infrastructure's provider looks for credentials, as far as a machine shows them without asking anybody. */
export interface Credentials {
  /** Environment variables; one set of them suffices. */
  variables: readonly (readonly string[])[];
  /** Files, one of which suffices: absolute, below the home folder (`~/`), or below the working directory. */
  files: readonly string[];
  /** Beginning of the vendor's name in the DMI of the cloud's own machines, to which it can lend an identity. */
  lendsToVendor?: string;
  /** The way to give them, as it follows "next:". */
  remedy: string;
}

/** This machine, as far as the question needs it. */
export interface Machine {
  variables: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
  /** Name of the machine's vendor; empty where the machine tells none. */
  vendor(): string;
}

/** Tells whether there is any sign of credentials; only the cloud knows whether they are good. */
export function hasCredentials(
  { variables, files, lendsToVendor }: Credentials,
  { variables: set, exists, vendor }: Machine,
): boolean {
  const { HOME = "" } = set;
  return (
    variables.some((names) => names.every((name) => set[name])) ||
    files.some((path) => exists(path.replace(/^~(?=\/)/, HOME))) ||
    (lendsToVendor !== undefined && vendor().startsWith(lendsToVendor))
  );
}
