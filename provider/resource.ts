import type { z } from "zod";

/** What a handler may use while it works. */
export interface Context {
  /** Pulumi name of the resource. */
  name: string;
  /** Name of the stack, which is the environment's. */
  environment: string;
  /** Aborted when the engine cancels (Ctrl-C). */
  signal: AbortSignal;
  /** Shown beside the resource while it is being worked on. */
  report(message: string): void;
  /** Shown, and kept among what the engine says at the end: something was not done as it should. */
  warn(message: string): void;
}

export interface Created<O> {
  id: string;
  outputs: O;
}

/** One resource type. Inputs are validated before any of this is called; state is inputs and outputs together. */
export interface ResourceHandler<I extends object = object, O extends object = object> {
  inputs: z.ZodType<I>;
  /** A changed input here replaces the resource; any other updates it. */
  replaceOn?: readonly (keyof I & string)[];
  /** The replacement is made before the old one goes. Only for what two can be of at once. @default false */
  createBeforeDelete?: boolean;
  /** Inputs whose change alone is none: they count when something else changes. */
  keeps?: readonly (keyof I & string)[];
  /** Large inputs, of which outputs hold a digest only. */
  digests?: readonly (keyof I & string)[];
  /** Outputs that are secret in state. */
  secretOutputs?: readonly string[];
  /** Outputs that are secret in state where the input that they repeat is: its name by the output's. */
  repeats?: Readonly<Record<string, keyof I & string>>;
  /** Reasons to update although no input changed: an expiring certificate, a stopped machine. */
  needsUpdate?(state: I & O): boolean;
  /** Told the inputs that are wanted of each existing resource, before any other of its type is deleted. */
  wanted?(inputs: I): void;
  /** Must go on from what a killed run left. @throws PartlyCreated when something is there that the engine must know of. */
  create(inputs: I, context: Context): Promise<Created<O>>;
  /** The live state, or undefined when the resource is gone. Without it the state is taken as true. */
  read?(id: string, state: I & O, context: Context): Promise<O | undefined>;
  /** Without it every change replaces. Called, too, to end what a `PartlyCreated` began; outputs may then be missing. */
  update?(id: string, state: I & O, inputs: I, context: Context): Promise<O>;
  /** Must accept that the thing is already gone. */
  delete?(id: string, state: I & O, context: Context): Promise<void>;
}

/** Keeps the types of a handler's inputs and outputs together where it is written, and lets it be stored with others. */
export function resource<I extends object, O extends object>(handler: ResourceHandler<I, O>): ResourceHandler {
  return handler as unknown as ResourceHandler;
}

/** Created in part: the engine keeps it in its state under `id`, marked as failed, so that the next `up` updates it. */
export class PartlyCreated extends Error {
  readonly id: string;
  readonly outputs: object;

  constructor(id: string, outputs: object, reason: string) {
    super(reason);
    this.id = id;
    this.outputs = outputs;
  }
}
