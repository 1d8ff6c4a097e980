import type { Role } from "../../config/roles/index.ts";
import type { Connection } from "../../provider/sdk.ts";
import { notUp, openExisting } from "../engine/workspace.ts";

export interface MachineOutput {
  role: Role;
  hostname: string;
  privateIp: string;
  connection: Connection;
}

/** Outputs of the program: `program/outputs.ts`. */
export interface PlatformOutputs {
  kubeconfig: string;
  /** `host:port` as reached from here. */
  endpoints: { api: string; registry: string; database: string };
  machines: Record<string, MachineOutput>;
  registry: {
    name: string;
    endpoint: string;
    user: string;
    password: string;
    caCertPem: string;
    /** The way to its machine, by which images are put there; absent where an earlier release brought the platform up. */
    connection?: Connection;
  };
  database: { endpoint: string; passwords: Record<string, string>; caCertPem: string };
  /** Absent where there is no application platform, or no address of its gateway yet. */
  applications?: { gatewayAddress: string };
  /** End of validity by name, RFC 3339. */
  certificates: Record<string, string>;
}

/** Reads the outputs of the last `up`, as far as it got. Throws UserError where there was none. */
export async function readOutputs(name: string): Promise<Partial<PlatformOutputs>> {
  const stack = await openExisting(name);
  if (!stack) throw notUp(name);
  const outputs = await stack.outputs();
  return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
}

/** Reads the outputs of an environment that is up as a whole. Throws UserError where it is not. */
export async function readAllOutputs(name: string): Promise<PlatformOutputs> {
  const outputs = await readOutputs(name);
  if (isComplete(outputs)) return outputs;
  throw notUp(name);
}

const outputNames = ["kubeconfig", "endpoints", "machines", "registry", "database", "certificates"] as const;

const isComplete = (outputs: Partial<PlatformOutputs>): outputs is PlatformOutputs =>
  outputNames.every((name) => outputs[name] !== undefined);
