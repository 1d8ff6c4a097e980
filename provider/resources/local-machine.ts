import { z } from "zod";
import { ensureRelease, lacksPrograms } from "../../local/kubernetes-release.ts";
import {
  createMachine,
  type MachineState,
  machineState,
  removeMachine,
  setFirewall,
  startMachine,
} from "../../local/machine.ts";
import { messageOf } from "../errors.ts";
import { PartlyCreated, resource } from "../resource.ts";

const fullVersion = z.string().regex(/^\d+\.\d+\.\d+$/, "must be a full version");

const inputs = z.strictObject({
  hostname: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must be a host name"),
  environment: z.string(),
  role: z.string(),
  machineName: z.string(),
  image: z.string(),
  networkId: z.string(),
  furtherNetworkId: z.string().optional(),
  privateIp: z.ipv4().optional(),
  userData: z.string().startsWith("#cloud-config\n"),
  firewall: z.string(),
  volumes: z.record(z.string(), z.string()),
  engineSocket: z.string().startsWith("/").optional(),
  publicPorts: z.array(z.int().min(1).max(65535)),
  kubernetesVersion: fullVersion.optional(),
  olderVersions: z.array(fullVersion).optional(),
  hostPorts: z.record(z.string(), z.int().min(1).max(65535)).optional(),
});
type Inputs = z.output<typeof inputs>;

interface Outputs {
  address: string;
  publicEndpoints: Record<string, string>;
  running: boolean;
  /** True where the programs of its Kubernetes version are gone from it. */
  lacksPrograms?: true;
}

export const handler = resource<Inputs, Outputs>({
  inputs,
  replaceOn: [
    ...(["hostname", "environment", "role", "machineName", "image", "networkId", "furtherNetworkId"] as const),
    ...(["privateIp", "userData", "volumes", "engineSocket", "publicPorts"] as const),
  ],
  // A machine that is there stays reached where it is; these are for the next one.
  keeps: ["hostPorts"],
  digests: ["userData"],
  needsUpdate: ({ running, lacksPrograms }) => !running || lacksPrograms === true,
  async create(spec, { report, warn }) {
    const state = await createMachine(spec, warn);
    const outputs = outputsOf(state);
    try {
      await ensureRelease(spec, report);
    } catch (error) {
      // The machine is there and the next `up` goes on with it.
      throw new PartlyCreated(state.id, outputs, messageOf(error));
    }
    return { id: state.id, outputs };
  },
  async read(id, holder) {
    const state = await machineState(holder.hostname);
    // A container of the same name that somebody else made is not this machine.
    if (state?.id !== id) return undefined;
    return { ...outputsOf(state), ...((await lacksPrograms(holder)) ? { lacksPrograms: true } : {}) };
  },
  async update(_id, state, spec, { report }) {
    await startMachine(spec.hostname);
    if (state.firewall !== spec.firewall) await setFirewall(spec.hostname, spec.firewall);
    await ensureRelease(spec, report);
    return { address: state.address, publicEndpoints: state.publicEndpoints, running: true };
  },
  delete: removeMachine,
});

function outputsOf({ privateIp, publicEndpoints, running }: MachineState): Outputs {
  return { address: privateIp, publicEndpoints, running };
}
